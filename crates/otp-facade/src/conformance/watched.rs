//! What a bench could not do when a case asked for it.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;

use super::bench::Bench;
use crate::challenge::{Challenge, ChallengeId};
use crate::provider::OtpProvider;
use crate::request::CreateRequest;
use crate::secret::Code;

/// A bench that remembers what it was asked for in vain. It hands on everything, what has a default too.
pub(super) struct Watched<'a> {
    bench: &'a dyn Bench,
    missing: Mutex<BTreeSet<&'static str>>,
}

impl<'a> Watched<'a> {
    pub(super) fn new(bench: &'a dyn Bench) -> Self {
        Self { bench, missing: Mutex::default() }
    }

    pub(super) fn missing(self) -> BTreeSet<&'static str> {
        self.missing.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    fn misses(&self, ability: &'static str) {
        self.missing.lock().unwrap_or_else(PoisonError::into_inner).insert(ability);
    }
}

#[async_trait]
impl Bench for Watched<'_> {
    fn provider(&self) -> &dyn OtpProvider {
        self.bench.provider()
    }

    fn request(&self) -> CreateRequest {
        self.bench.request()
    }

    async fn code(&self, challenge: &Challenge) -> Option<Code> {
        self.bench.code(challenge).await
    }

    async fn advance(&self, by: Duration) -> bool {
        let moved = self.bench.advance(by).await;
        if !moved {
            self.misses("move the clock");
        }
        moved
    }

    fn requests(&self) -> Option<usize> {
        let requests = self.bench.requests();
        if requests.is_none() {
            self.misses("count requests");
        }
        requests
    }

    fn attempts(&self) -> u32 {
        self.bench.attempts()
    }

    fn lifetime(&self) -> Duration {
        self.bench.lifetime()
    }

    fn unknown(&self, id: &ChallengeId) -> ChallengeId {
        self.bench.unknown(id)
    }
}
