//! Records what a harness could not do when a case asked for it.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;

use otp_facade::{Challenge, ChallengeId, Code, CreateRequest, OtpProvider};

use crate::Harness;

/// Forwards every method to a harness and records the abilities that it lacks. Methods with a default are forwarded, too:
/// the harness may have replaced them.
pub(crate) struct RecordingHarness<'a> {
    harness: &'a dyn Harness,
    missing: Mutex<BTreeSet<&'static str>>,
}

impl<'a> RecordingHarness<'a> {
    pub(crate) fn new(harness: &'a dyn Harness) -> Self {
        Self { harness, missing: Mutex::default() }
    }

    pub(crate) fn missing(self) -> BTreeSet<&'static str> {
        self.missing.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    fn record(&self, ability: &'static str) {
        self.missing.lock().unwrap_or_else(PoisonError::into_inner).insert(ability);
    }
}

#[async_trait]
impl Harness for RecordingHarness<'_> {
    fn provider(&self) -> &dyn OtpProvider {
        self.harness.provider()
    }

    fn request(&self) -> CreateRequest {
        self.harness.request()
    }

    fn template(&self) -> String {
        self.harness.template()
    }

    async fn code(&self, challenge: &Challenge) -> Option<Code> {
        self.harness.code(challenge).await
    }

    async fn advance(&self, by: Duration) -> bool {
        // Recorded only when it is asked for: a case that needs no clock counts in full.
        let moved = self.harness.advance(by).await;
        if !moved {
            self.record("move the clock");
        }
        moved
    }

    fn requests(&self) -> Option<usize> {
        let requests = self.harness.requests();
        if requests.is_none() {
            self.record("count requests");
        }
        requests
    }

    fn attempts(&self) -> u32 {
        self.harness.attempts()
    }

    fn lifetime(&self) -> Duration {
        self.harness.lifetime()
    }

    fn unknown(&self, id: &ChallengeId) -> ChallengeId {
        self.harness.unknown(id)
    }
}
