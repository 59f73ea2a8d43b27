//! Whether a provider is worth asking.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// A call that is dropped unanswered after so long counts as a failure: most likely a deadline outside has passed.
const PATIENCE: Duration = Duration::from_secs(2);

/// Longer cool-downs would leave the range of the clock.
const FOREVER: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// Counts failures in a row; after some, lets one call through per cool-down.
pub(super) struct Breaker {
    failures: u32,
    cool_down: Duration,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    failures: u32,
    next_trial: Option<Instant>,
}

impl Breaker {
    pub(super) fn new(failures: u32, cool_down: Duration) -> Self {
        Self { failures: failures.max(1), cool_down: cool_down.min(FOREVER), state: Mutex::default() }
    }

    /// Whether to make a call now. Yes to a trial is said once: the next one is a cool-down later, whatever becomes of
    /// this one.
    pub(super) fn admits(&self) -> bool {
        let mut state = self.lock();
        let now = Instant::now();
        match state.next_trial {
            Some(at) if now < at => false,
            Some(_) => {
                state.next_trial = Some(now + self.cool_down);
                true
            }
            None => true,
        }
    }

    /// A call that is made now; what becomes of it must be said.
    pub(super) fn call(&self) -> Call<'_> {
        Call { breaker: self, began: Instant::now(), is_settled: false }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A call under way.
pub(super) struct Call<'a> {
    breaker: &'a Breaker,
    began: Instant,
    is_settled: bool,
}

impl Call<'_> {
    /// The provider is there.
    pub(super) fn succeeded(mut self) {
        self.is_settled = true;
        *self.breaker.lock() = State::default();
    }

    /// The provider is not there, or not able.
    pub(super) fn failed(mut self) {
        self.fail();
    }

    /// It says nothing of the provider.
    pub(super) fn ignored(mut self) {
        self.is_settled = true;
    }

    fn fail(&mut self) {
        self.is_settled = true;
        let mut state = self.breaker.lock();
        state.failures = state.failures.saturating_add(1);
        if state.failures >= self.breaker.failures {
            state.next_trial = Some(Instant::now() + self.breaker.cool_down);
        }
    }
}

impl Drop for Call<'_> {
    fn drop(&mut self) {
        if !self.is_settled && self.began.elapsed() >= PATIENCE {
            self.fail();
        }
    }
}
