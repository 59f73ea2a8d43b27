//! Call context: what inner layers report about a call to an outer `Traced`.
//!
//! It is a task-local, because the trait's methods have no parameter for it, and the layers in between, also those of other
//! crates, need not hand anything on.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tracing::Instrument;

/// Data about a call besides its outcome. It is shared with the call, because the call may be dropped before it has an
/// outcome.
#[derive(Clone, Default)]
pub(super) struct CallContext {
    recorded: Arc<Recorded>,
}

#[derive(Default)]
struct Recorded {
    resends: AtomicU32,
    provider: Mutex<Option<String>>,
}

tokio::task_local! {
    static CALL_CONTEXT: CallContext;
}

/// Records that the operation is sent again, `times` times.
pub(super) fn record_resends(times: u32) {
    // It fails if no `Traced` is outside. Nobody then asks for the number.
    let _ = CALL_CONTEXT.try_with(|context| context.recorded.resends.fetch_add(times, Ordering::Relaxed));
}

/// Records which provider responded, where the id of the challenge does not say it.
pub(super) fn record_provider(name: &str) {
    let _ = CALL_CONTEXT.try_with(|context| *context.provider() = Some(name.to_owned()));
}

/// Runs a call with the span and the context of now, so that it can go on in another task.
pub(super) fn with_current_context<F: Future>(call: F) -> impl Future<Output = F::Output> {
    let context = CALL_CONTEXT.try_with(Clone::clone).ok();
    let call = async move {
        match context {
            Some(context) => CALL_CONTEXT.scope(context, call).await,
            None => call.await,
        }
    };
    call.in_current_span()
}

impl CallContext {
    /// Runs a call with this context.
    pub(super) fn scope<F: Future>(&self, call: F) -> impl Future<Output = F::Output> + use<F> {
        CALL_CONTEXT.scope(self.clone(), call)
    }

    pub(super) fn resends(&self) -> u32 {
        self.recorded.resends.load(Ordering::Relaxed)
    }

    /// The provider that responded, if a layer recorded it.
    pub(super) fn take_provider(&self) -> Option<String> {
        self.provider().take()
    }

    fn provider(&self) -> MutexGuard<'_, Option<String>> {
        self.recorded.provider.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
