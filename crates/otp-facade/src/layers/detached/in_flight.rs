//! Counts the operations in flight, up to a maximum.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::timeout;

/// The number of operations in flight. Clones share it.
#[derive(Clone)]
pub(super) struct InFlight {
    count: Arc<watch::Sender<usize>>,
    max: usize,
}

/// An operation in flight. It ends on drop, so that one that panics ends too.
pub(super) struct Slot(Arc<watch::Sender<usize>>);

impl InFlight {
    pub(super) fn new(max: usize) -> Self {
        Self { count: Arc::new(watch::Sender::new(0)), max }
    }

    /// Counts an operation, if there is room for it.
    pub(super) fn try_start(&self) -> Option<Slot> {
        let is_counted = self.count.send_if_modified(|count| {
            let has_room = *count < self.max;
            *count += usize::from(has_room);
            has_room
        });
        is_counted.then(|| Slot(self.count.clone()))
    }

    /// Waits until none is in flight, at most so long, and returns how many are left.
    pub(super) async fn wait_until_none(&self, deadline: Duration) -> usize {
        let mut count = self.count.subscribe();
        // The deadline has passed, or the count is zero. It is read in both cases.
        let _ = timeout(deadline, count.wait_for(|count| *count == 0)).await;
        *self.count.borrow()
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.0.send_modify(|count| *count -= 1);
    }
}
