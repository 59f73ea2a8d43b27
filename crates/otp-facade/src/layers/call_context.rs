//! What layers inside tell whoever watches a call from outside.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What is known of a call besides its outcome. Shared, because a call may be dropped before it has one.
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

/// Tells that the verb is sent so many times more.
pub(super) fn record_resends(times: u32) {
    // Nobody watches a call that is not traced.
    let _ = CALL_CONTEXT.try_with(|context| context.recorded.resends.fetch_add(times, Ordering::Relaxed));
}

/// Tells who answered, where the id of the challenge does not.
pub(super) fn record_provider(name: &str) {
    let _ = CALL_CONTEXT.try_with(|context| *context.provider() = Some(name.to_owned()));
}

impl CallContext {
    /// Watches a call.
    pub(super) fn scope<F: Future>(&self, call: F) -> impl Future<Output = F::Output> + use<F> {
        CALL_CONTEXT.scope(self.clone(), call)
    }

    pub(super) fn resends(&self) -> u32 {
        self.recorded.resends.load(Ordering::Relaxed)
    }

    /// Who answered, if somebody recorded.
    pub(super) fn take_provider(&self) -> Option<String> {
        self.provider().take()
    }

    fn provider(&self) -> MutexGuard<'_, Option<String>> {
        self.recorded.provider.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
