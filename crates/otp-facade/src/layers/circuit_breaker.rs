//! Circuit breaker: keeps a provider that is down from costing every call its time-out.
//!
//! It is a state machine of three states. *Closed*: calls pass, failures in a row are counted. *Open*: no call passes until
//! the cool-down is over. *Half-open*: one trial call per cool-down passes; its success closes the breaker.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::{metrics, report};

/// A call that is dropped without a response after this time counts as a failure: most likely an outer deadline passed.
const SLOW_CALL: Duration = Duration::from_secs(2);

/// Longer cool-downs, and clocks that are further ahead, would leave the range of the clock.
const MAX_COOL_DOWN: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// The circuit breaker of one provider.
pub(super) struct CircuitBreaker {
    provider: String,
    failure_threshold: u32,
    cool_down: Duration,
    /// How far tests have moved the clock.
    ahead: Box<dyn Fn() -> Duration + Send + Sync>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    failures: u32,
    /// When the next trial call may pass. None: the breaker is closed.
    half_open_at: Option<Instant>,
    reported: Reported,
}

/// The state that operators see. A breaker is half-open from its trial call until the outcome of one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Reported {
    #[default]
    Closed,
    HalfOpen,
    Open,
}

impl Reported {
    #[cfg(feature = "tracing")]
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::HalfOpen => "half_open",
            Self::Open => "open",
        }
    }
}

impl State {
    /// Reports the state once, however many calls find the breaker in it.
    fn report(&mut self, provider: &str, state: Reported) {
        if self.reported != state {
            self.reported = state;
            report::breaker_changed(provider, state);
        }
    }
}

impl CircuitBreaker {
    pub(super) fn new(provider: &str, failure_threshold: u32, cool_down: Duration) -> Self {
        let (provider, cool_down) = (provider.to_owned(), cool_down.min(MAX_COOL_DOWN));
        let failure_threshold = failure_threshold.max(1);
        // Without an event, since nothing changed: the gauge is there from the start.
        metrics::breaker_changed(&provider, Reported::Closed);
        let ahead = Box::new(|| Duration::ZERO);
        Self { provider, failure_threshold, cool_down, ahead, state: Mutex::default() }
    }

    /// Sets how far tests have moved the clock.
    #[cfg(feature = "config")]
    pub(super) fn set_ahead(&mut self, ahead: impl Fn() -> Duration + Send + Sync + 'static) {
        self.ahead = Box::new(ahead);
    }

    fn now(&self) -> Instant {
        Instant::now() + (self.ahead)().min(MAX_COOL_DOWN)
    }

    /// Whether a call may pass now. In the half-open state it grants the one trial call of this cool-down.
    pub(super) fn try_acquire(&self) -> bool {
        let mut state = self.lock();
        let now = self.now();
        match state.half_open_at {
            Some(at) if now < at => false,
            Some(_) => {
                // Half-open. The next caller waits another cool-down, also if this trial call is dropped and never
                // records an outcome: a trial must not need a response to be followed by another.
                state.half_open_at = Some(now + self.cool_down);
                state.report(&self.provider, Reported::HalfOpen);
                true
            }
            None => true,
        }
    }

    /// How long until a call may pass. `None` if one may pass now, which it does not take.
    pub(super) fn time_to_trial(&self) -> Option<Duration> {
        let wait = self.lock().half_open_at?.saturating_duration_since(self.now());
        (!wait.is_zero()).then_some(wait)
    }

    /// Starts a call, whose outcome must be recorded.
    pub(super) fn call(&self) -> Call<'_> {
        Call { breaker: self, began: Instant::now(), is_recorded: false }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A call under way.
pub(super) struct Call<'a> {
    breaker: &'a CircuitBreaker,
    began: Instant,
    is_recorded: bool,
}

impl Call<'_> {
    /// The provider works: the breaker closes.
    pub(super) fn record_success(mut self) {
        self.is_recorded = true;
        let mut state = self.breaker.lock();
        (state.failures, state.half_open_at) = (0, None);
        state.report(&self.breaker.provider, Reported::Closed);
    }

    /// The provider is down or overloaded.
    pub(super) fn record_failure(mut self) {
        self.fail();
    }

    /// The outcome says nothing about the provider's health.
    pub(super) fn record_neutral(mut self) {
        self.is_recorded = true;
    }

    fn fail(&mut self) {
        self.is_recorded = true;
        let mut state = self.breaker.lock();
        state.failures = state.failures.saturating_add(1);
        // A failed trial opens the breaker again at once: the failures in a row are still at the threshold.
        if state.failures >= self.breaker.failure_threshold {
            state.half_open_at = Some(self.breaker.now() + self.breaker.cool_down);
            state.report(&self.breaker.provider, Reported::Open);
        }
    }
}

impl Drop for Call<'_> {
    fn drop(&mut self) {
        // An outer deadline drops the call before it can record an outcome. An early drop is a decision of the caller.
        if !self.is_recorded && self.began.elapsed() >= SLOW_CALL {
            self.fail();
        }
    }
}
