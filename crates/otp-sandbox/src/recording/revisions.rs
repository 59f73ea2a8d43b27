//! Numbers the changes of inbox and journal, so that a reader can ask for what is new.

use tokio::sync::watch;

/// Counter of all changes. Readers wait for the next one and ask for what changed after the last one that they know.
#[derive(Clone, Debug)]
pub(crate) struct Revisions(watch::Sender<u64>);

impl Revisions {
    pub(crate) fn new() -> Self {
        Self(watch::Sender::new(0))
    }

    /// The revision of a change that is being made. Call it under the lock of what changes, so that a reader who knows
    /// the revision and then takes the lock sees the change.
    pub(crate) fn next(&self) -> u64 {
        let mut number = 0;
        self.0.send_modify(|revision| {
            *revision += 1;
            number = *revision;
        });
        number
    }

    pub(crate) fn current(&self) -> u64 {
        *self.0.borrow()
    }

    pub(crate) fn subscribe(&self) -> watch::Receiver<u64> {
        self.0.subscribe()
    }
}
