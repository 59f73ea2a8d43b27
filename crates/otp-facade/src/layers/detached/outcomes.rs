//! The outcomes of verify calls whose callers are gone, each for the next caller with the same request.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::{Instant, sleep_until};

use crate::challenge::{ChallengeId, Verified};
use crate::error::Result;
use crate::request::VerifyRequest;
use crate::secret::Code;

/// How long an outcome is kept for the next caller.
const RETENTION: Duration = Duration::from_secs(30);

/// The verify calls in flight, and the outcomes that no caller got.
pub(super) struct Outcomes {
    calls: Mutex<HashMap<ChallengeId, Vec<Call>>>,
    /// One permit for each outcome that is kept: people who drop many calls must not fill the memory.
    room: Arc<Semaphore>,
}

struct Call {
    request: VerifyRequest,
    caller_is_gone: bool,
    outcome: Option<Outcome>,
    /// It has no value. Its sender is dropped when the call has ended.
    finished: watch::Receiver<()>,
}

struct Outcome {
    result: Result<Verified>,
    expires_at: Instant,
    /// Only if the caller is gone and the outcome is kept for the next one.
    room: Option<OwnedSemaphorePermit>,
}

/// How a verify begins.
pub(super) enum Begin {
    /// With the outcome of an earlier one.
    Outcome(Result<Verified>),
    /// By waiting for the same one, until this has an error.
    Wait(watch::Receiver<()>),
    /// With a call to the provider.
    Start(Caller, Running),
}

/// One call in the table.
#[derive(Clone)]
struct Entry {
    outcomes: Arc<Outcomes>,
    id: ChallengeId,
    /// Tells the calls of one challenge apart.
    finished: watch::Receiver<()>,
}

/// The caller of a verify. On drop it leaves the outcome to the next one.
pub(super) struct Caller(Entry);

/// A call under way. On drop it has ended without an outcome.
pub(super) struct Running {
    entry: Option<Entry>,
    /// Dropped last: whoever waits finds what has become of the call.
    _finished: watch::Sender<()>,
}

impl Outcomes {
    pub(super) fn new(max: usize) -> Self {
        Self { calls: Mutex::default(), room: Arc::new(Semaphore::new(max.min(Semaphore::MAX_PERMITS))) }
    }

    /// Begins a verify, in one step, so that of two at once the second waits for the first.
    pub(super) fn begin(self: &Arc<Self>, request: &VerifyRequest, may_wait: bool) -> Begin {
        let mut calls = self.lock();
        let same = calls.entry(request.id.clone()).or_default();
        let left = same.iter().position(|call| call.is_left() && is_same(&call.request, request));
        if let Some(outcome) = left.and_then(|index| same.swap_remove(index).outcome) {
            if same.is_empty() {
                calls.remove(&request.id);
            }
            return Begin::Outcome(outcome.result);
        }
        let in_flight = same.iter().find(|call| call.outcome.is_none() && is_same(&call.request, request));
        if let Some(call) = in_flight.filter(|_| may_wait) {
            return Begin::Wait(call.finished.clone());
        }
        let (sender, finished) = watch::channel(());
        let entry = Entry { outcomes: self.clone(), id: request.id.clone(), finished: finished.clone() };
        same.push(Call { request: request.clone(), caller_is_gone: false, outcome: None, finished });
        Begin::Start(Caller(entry.clone()), Running { entry: Some(entry), _finished: sender })
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<ChallengeId, Vec<Call>>> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Call {
    /// Whether its outcome is for the next caller.
    fn is_left(&self) -> bool {
        let is_kept = |outcome: &Outcome| outcome.room.is_some() && Instant::now() < outcome.expires_at;
        self.outcome.as_ref().is_some_and(is_kept)
    }
}

impl Entry {
    /// Takes the call out of the table.
    fn remove(&self) -> Option<Call> {
        let mut calls = self.outcomes.lock();
        let same = calls.get_mut(&self.id)?;
        let index = same.iter().position(|call| call.finished.same_channel(&self.finished))?;
        let call = same.swap_remove(index);
        if same.is_empty() {
            calls.remove(&self.id);
        }
        Some(call)
    }

    /// Changes the call, and keeps its outcome for the next caller if this one is gone.
    fn update(&self, change: impl FnOnce(&mut Call)) {
        let mut calls = self.outcomes.lock();
        let same = calls.get_mut(&self.id).into_iter().flatten();
        let Some(call) = same.into_iter().find(|call| call.finished.same_channel(&self.finished)) else {
            return;
        };
        change(call);
        let Some(outcome) = call.outcome.as_mut().filter(|_| call.caller_is_gone) else {
            return;
        };
        // What can be repeated without harm is called anew: the provider may be well again.
        let is_worth_it = outcome.result.as_ref().err().is_none_or(|error| !error.is_safe_to_repeat());
        outcome.room = self.outcomes.room.clone().try_acquire_owned().ok().filter(|_| is_worth_it);
        let (is_kept, expires_at) = (outcome.room.is_some(), outcome.expires_at);
        drop(calls);
        match Handle::try_current() {
            Ok(runtime) if is_kept => {
                let entry = self.clone();
                runtime.spawn(async move {
                    sleep_until(expires_at).await;
                    entry.remove()
                });
            }
            // Without a runtime nothing would remove it in time.
            _ => drop(self.remove()),
        }
    }
}

impl Caller {
    /// Takes the outcome. `None` if the call ended without one.
    pub(super) fn take(self) -> Option<Result<Verified>> {
        self.0.remove()?.outcome.map(|outcome| outcome.result)
    }
}

impl Drop for Caller {
    fn drop(&mut self) {
        self.0.update(|call| call.caller_is_gone = true);
    }
}

impl Running {
    /// Hands the outcome to the caller, or to the next one.
    pub(super) fn finish(mut self, result: Result<Verified>) {
        let expires_at = Instant::now() + RETENTION;
        if let Some(entry) = self.entry.take() {
            entry.update(|call| call.outcome = Some(Outcome { result, expires_at, room: None }));
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(entry) = &self.entry {
            entry.remove();
        }
    }
}

/// Whether a caller with one request may have the outcome of the other.
fn is_same(one: &VerifyRequest, other: &VerifyRequest) -> bool {
    let VerifyRequest { id, code, subject, purpose } = one;
    is_same_code(code, &other.code) && (id, subject, purpose) == (&other.id, &other.subject, &other.purpose)
}

/// Compares in a time that does not tell how much of a guess is right.
fn is_same_code(one: &Code, other: &Code) -> bool {
    let (one, other) = (one.expose().as_bytes(), other.expose().as_bytes());
    let difference = one.iter().zip(other).fold(0, |difference, (one, other)| difference | (one ^ other));
    one.len() == other.len() && difference == 0
}

#[cfg(test)]
mod tests {
    use tokio::time::sleep;

    use super::*;
    use crate::error::{Error, ErrorKind};

    fn request() -> VerifyRequest {
        VerifyRequest::new(ChallengeId::new("one", &["1"]), "123456")
    }

    fn start(outcomes: &Arc<Outcomes>) -> (Caller, Running) {
        match outcomes.begin(&request(), false) {
            Begin::Start(caller, running) => (caller, running),
            Begin::Outcome(_) | Begin::Wait(_) => panic!("it starts"),
        }
    }

    fn accepted() -> Result<Verified> {
        Ok(Verified::new(request().id))
    }

    #[tokio::test(start_paused = true)]
    async fn nothing_of_a_request_stays_for_more_than_thirty_seconds() {
        let outcomes = Arc::new(Outcomes::new(1));
        let (caller, running) = start(&outcomes);
        drop(caller);
        running.finish(accepted());
        sleep(RETENTION - Duration::from_secs(1)).await;
        assert_eq!(outcomes.lock().len(), 1);
        // The timers have a resolution of a millisecond.
        sleep(Duration::from_millis(1_001)).await;
        assert!(outcomes.lock().is_empty());
        assert_eq!(outcomes.room.available_permits(), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn nothing_stays_of_a_call_whose_outcome_is_taken_or_lost_or_may_be_repeated() {
        let outcomes = Arc::new(Outcomes::new(8));
        let (caller, running) = start(&outcomes);
        running.finish(accepted());
        assert!(caller.take().is_some());
        assert!(outcomes.lock().is_empty(), "taken by its caller");

        let (caller, running) = start(&outcomes);
        drop(caller);
        running.finish(accepted());
        assert!(matches!(outcomes.begin(&request(), true), Begin::Outcome(Ok(_))));
        assert!(outcomes.lock().is_empty(), "taken by the next one");

        let (caller, running) = start(&outcomes);
        drop((running, caller));
        assert!(outcomes.lock().is_empty(), "it ended without an outcome");

        let (caller, running) = start(&outcomes);
        drop(caller);
        running.finish(Err(Error::new(ErrorKind::RateLimited)));
        assert!(outcomes.lock().is_empty(), "it may be repeated");
        assert_eq!(outcomes.room.available_permits(), 8);
    }
}
