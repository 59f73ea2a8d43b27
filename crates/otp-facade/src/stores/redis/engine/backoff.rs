//! Exponential backoff with jitter, as a point in time before which nothing is tried.

use std::time::{Duration, Instant};

use backon::{BackoffBuilder, ExponentialBackoff, ExponentialBuilder};

const FIRST: Duration = Duration::from_millis(10);
/// With the jitter, a pause has at most twice this length. Callers succeed within a second after the server does.
const MAX: Duration = Duration::from_millis(200);

#[derive(Debug, Default)]
pub(super) struct Backoff {
    delays: Option<ExponentialBackoff>,
    not_before: Option<Instant>,
}

impl Backoff {
    /// Records a failure, which makes the next pause longer.
    pub(super) fn failed(&mut self) {
        let delays = self.delays.get_or_insert_with(|| {
            let builder = ExponentialBuilder::new().with_min_delay(FIRST).with_max_delay(MAX);
            builder.without_max_times().with_jitter().build()
        });
        self.not_before = Some(Instant::now() + delays.next().unwrap_or(MAX));
    }

    /// Returns how long to wait before the next attempt.
    pub(super) fn remaining(&self) -> Duration {
        self.not_before.map_or(Duration::ZERO, |time| time.saturating_duration_since(Instant::now()))
    }
}
