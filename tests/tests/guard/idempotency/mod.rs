//! Idempotency keys: of all creates with one key, one sends a message, and the others get its challenge.

mod at_once;
mod keys;
mod outcomes;
mod replays;
mod rotation;

use std::time::Duration;

use otp_facade::stores::ChallengeStore;
use otp_facade::{CreateRequest, Guard};
use otp_tests::{FakeProvider, Step};

use crate::fixtures::{PHONE, guard, request, settings};

const HOUR: Duration = Duration::from_secs(60 * 60);
const LIFETIME: Duration = Duration::from_secs(600);
const LEASE: Duration = Duration::from_secs(30);
/// How long a slow provider takes.
const SLOW: Step = Step::Hang(Duration::from_millis(800));

fn keyed(key: &str) -> CreateRequest {
    request(PHONE).with_idempotency_key(key)
}

/// Two machines with one store.
fn machines<S: ChallengeStore + Clone>(fake: &FakeProvider, store: &S) -> [Guard<FakeProvider, S>; 2] {
    [guard(fake, store.clone(), settings()), guard(fake, store.clone(), settings())]
}
