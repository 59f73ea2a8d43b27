//! Detached: each operation runs to its end in a task of its own, though its caller is gone.

mod in_flight;
mod outcomes;

use std::fmt;
use std::panic::resume_unwind;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio::runtime::Handle;

use self::in_flight::{InFlight, Slot};
use self::outcomes::{Begin, Outcomes};
use super::call_context::with_current_context;
use crate::capabilities::Capabilities;
use crate::challenge::{Challenge, ChallengeId, Status, Verified};
use crate::error::{Error, ErrorKind, Operation, Result};
use crate::provider::{OtpProvider, Pending};
use crate::request::{CreateRequest, VerifyRequest};

/// Maximum number of operations in flight, unless another is set.
const MAX_IN_FLIGHT: usize = 1024;

/// Runs each operation to its end, although its caller is gone.
///
/// A web framework drops a handler when the browser goes away, and a second click is the browser going away. Without this
/// layer, the operation is dropped at that moment: a message is paid for and its id is lost, or a right code is used and
/// nobody is logged in.
///
/// - **Each operation** runs in a task of its own, on the caller's runtime. A caller that is dropped stops nothing. A panic
///   inside is resumed in the caller.
/// - **The outcome of a verify** whose caller was dropped before it got the outcome belongs to the next verify with the same
///   id, code, subject and purpose. It gets the outcome once, within 30 seconds. If the first is still in flight, the next one
///   waits for it. Everybody else is called as always: the code of an accepted challenge is `AlreadyUsed`. An error that is
///   [safe to repeat](Error::is_safe_to_repeat) is not kept, so that the next verify calls the provider.
/// - **A create** whose caller was dropped ends as it would have ended. Its challenge is not handed to another create, unless both
///   have the same [idempotency key](CreateRequest::with_idempotency_key) and there is a guard inside.
/// - **At most 1,024 operations** are in flight, unless [another number](Self::with_max_in_flight) is set. Above it, and outside
///   of a tokio runtime, an operation runs in its caller's task, as without this layer.
/// - **[`drain`](Self::drain)** waits at shutdown for what is in flight.
///
/// It is the outermost layer. A [`Timeout`](crate::Timeout) belongs inside it, because an operation without a deadline would
/// stay in flight for ever. The current `tracing` span and the reports to an outer [`Traced`](crate::OtpProviderExt) travel
/// along; the application's own task-locals do not.
///
/// The outcomes are known in this process only. The code and the outcome of a dropped verify are in its memory for at most
/// 30 seconds after the outcome, as [`Code`](crate::Code) and [`Verified`], which `Debug` does not show and whose memory is
/// wiped.
///
/// ```
/// use std::time::Duration;
/// use otp_facade::{InMemory, OtpProviderExt};
///
/// # let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
/// # runtime.block_on(async {
/// let provider = InMemory::new().with_timeout(Duration::from_secs(15)).with_detached();
/// // Clones share what is in flight: one is the handlers' state, this one is for the shutdown.
/// let state = provider.clone();
/// # drop(state);
/// let left = provider.drain(Duration::from_secs(10)).await;
/// assert_eq!(left, 0);
/// # });
/// ```
pub struct Detached<P> {
    inner: Arc<P>,
    in_flight: InFlight,
    outcomes: Arc<Outcomes>,
}

impl<P: OtpProvider> Detached<P> {
    /// Runs the operations of `inner` to their ends.
    pub fn new(inner: P) -> Self {
        Self {
            inner: Arc::new(inner),
            in_flight: InFlight::new(MAX_IN_FLIGHT),
            outcomes: Arc::new(Outcomes::new(MAX_IN_FLIGHT)),
        }
    }

    /// Sets the maximum number of operations in flight, and of outcomes that are kept. 1,024 by default.
    #[must_use]
    pub fn with_max_in_flight(self, max: usize) -> Self {
        Self { in_flight: InFlight::new(max), outcomes: Arc::new(Outcomes::new(max)), ..self }
    }

    /// Waits until no operation is in flight, at most for `deadline`, and returns how many are left.
    ///
    /// Call it at shutdown, after the server has stopped accepting requests. What is left ends with the runtime: the
    /// providers may have acted. Operations that begin meanwhile run as always, and it waits for them too.
    pub async fn drain(&self, deadline: Duration) -> usize {
        self.in_flight.wait_until_none(deadline).await
    }

    /// Runs an operation in a task of its own, if there is room for it.
    async fn run<A: Clone + Send + Sync + 'static, T: Send + 'static>(
        &self,
        operation: Operation,
        argument: &A,
        call: for<'a> fn(&'a P, &'a A) -> Pending<'a, T>,
    ) -> Result<T> {
        let Some((runtime, slot)) = self.start() else {
            return call(&self.inner, argument).await;
        };
        let (inner, argument) = (self.inner.clone(), argument.clone());
        let outcome = spawn(&runtime, slot, async move { call(&inner, &argument).await }).await;
        outcome.unwrap_or_else(|| Err(self.shut_down(operation)))
    }

    /// The runtime of the caller, and a slot among the operations in flight.
    fn start(&self) -> Option<(Handle, Slot)> {
        Some((Handle::try_current().ok()?, self.in_flight.try_start()?))
    }

    async fn verify_once(&self, request: &VerifyRequest) -> Result<Verified> {
        let mut begin = self.outcomes.begin(request, true);
        if let Begin::Wait(mut finished) = begin {
            // It is an error when the call has ended, and nothing before that.
            let _ = finished.changed().await;
            // It does not wait again: several live callers with one request would wait for each other in turn.
            begin = self.outcomes.begin(request, false);
        }
        let (caller, running) = match begin {
            Begin::Start(caller, running) => (caller, running),
            Begin::Outcome(outcome) => {
                report_handover(self.name());
                return outcome;
            }
            Begin::Wait(_) => return self.inner.verify(request).await,
        };
        let Some((runtime, slot)) = self.start() else {
            drop(running);
            return self.inner.verify(request).await;
        };
        let (inner, request) = (self.inner.clone(), request.clone());
        let call = async move { running.finish(inner.verify(&request).await) };
        let ended = spawn(&runtime, slot, call).await;
        ended.and_then(|()| caller.take()).unwrap_or_else(|| Err(self.shut_down(Operation::Verify)))
    }

    fn shut_down(&self, operation: Operation) -> Error {
        let error = Error::new(ErrorKind::Unavailable).with_may_have_acted(true);
        error
            .with_message("the runtime shut down before the operation ended")
            .with_origin(self.name(), operation)
    }
}

/// Reports that a caller got the outcome of another, without a call to the provider.
fn report_handover(provider: &str) {
    #[cfg(feature = "tracing")]
    tracing::event!(
        name: "otp.outcome_handed_over", tracing::Level::INFO,
        event = "otp.outcome_handed_over", otp.provider = provider
    );
    #[cfg(not(feature = "tracing"))]
    let _ = provider;
}

/// Runs a call in a task of its own. `None` if the runtime shuts down before its end.
async fn spawn<T: Send + 'static>(
    runtime: &Handle,
    slot: Slot,
    call: impl Future<Output = T> + Send + 'static,
) -> Option<T> {
    let call = with_current_context(call);
    let task = runtime.spawn(async move {
        let _slot = slot;
        call.await
    });
    match task.await {
        Ok(outcome) => Some(outcome),
        Err(error) => match error.try_into_panic() {
            Ok(panic) => resume_unwind(panic),
            Err(_) => None,
        },
    }
}

#[async_trait]
impl<P: OtpProvider> OtpProvider for Detached<P> {
    fn name(&self) -> &str {
        self.inner.name()
    }

    fn capabilities(&self) -> &Capabilities {
        self.inner.capabilities()
    }

    fn issuers(&self) -> Vec<&str> {
        self.inner.issuers()
    }

    fn check_create(&self, request: &CreateRequest) -> Result<()> {
        self.inner.check_create(request)
    }

    async fn create(&self, request: &CreateRequest) -> Result<Challenge> {
        self.run(Operation::Create, request, |inner, request| inner.create(request)).await
    }

    async fn verify(&self, request: &VerifyRequest) -> Result<Verified> {
        self.verify_once(request).await
    }

    async fn cancel(&self, id: &ChallengeId) -> Result<()> {
        self.run(Operation::Cancel, id, |inner, id| inner.cancel(id)).await
    }

    async fn status(&self, id: &ChallengeId) -> Result<Status> {
        self.run(Operation::Status, id, |inner, id| inner.status(id)).await
    }

    async fn ready(&self) -> Result<()> {
        self.inner.ready().await
    }
}

impl<P> Clone for Detached<P> {
    fn clone(&self) -> Self {
        let Self { inner, in_flight, outcomes } = self;
        Self { inner: inner.clone(), in_flight: in_flight.clone(), outcomes: outcomes.clone() }
    }
}

impl<P: fmt::Debug> fmt::Debug for Detached<P> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("Detached").field(&self.inner).finish()
    }
}
