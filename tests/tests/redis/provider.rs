//! A guard over a fake provider, as one process has it.

use std::sync::Arc;
use std::time::Duration;

use otp_facade::stores::RedisStore;
use otp_facade::{CreateRequest, Guard, GuardSettings, Recipient, RecipientKind};
use otp_tests::FakeProvider;

/// A provider that accepts the right code as often as it is asked.
pub(crate) fn fake() -> FakeProvider {
    FakeProvider::new("fake").accepting_only_the_right_code().able(|able| {
        able.recipient = RecipientKind::Phone;
        (able.cancel, able.status) = (false, false);
    })
}

pub(crate) type Guarded = Arc<Guard<FakeProvider, RedisStore>>;

/// A guard as one process has it. Several URLs, with commas between them, are those of a cluster.
pub(crate) fn guard(
    provider: &FakeProvider,
    url: &str,
    prefix: &str,
    deadline: Duration,
    attempts: u32,
) -> Guarded {
    let store = match url.contains(',') {
        true => RedisStore::cluster(url.split(',')),
        false => RedisStore::new(url),
    };
    let store = store.expect("a URL").with_prefix(prefix).expect("a prefix");
    let settings = GuardSettings::new("a key of at least 32 characters, kept like a password")
        .with_max_attempts(attempts)
        // Many attempts at once count as failures until they are settled.
        .with_max_failures(None);
    Arc::new(Guard::new(provider.clone(), store.with_deadline(deadline), settings).expect("valid settings"))
}

/// A request for somebody else each time.
pub(crate) fn request(number: usize) -> CreateRequest {
    CreateRequest::new(Recipient::phone(format!("+4915112{number:06}")))
}
