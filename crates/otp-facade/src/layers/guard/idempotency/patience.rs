//! Patience: how often and how long a create looks at another one with the same idempotency key.

use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBackoff, ExponentialBuilder};
use tokio::time::{Instant, sleep};

/// Pauses between looks at a create under way: 50 milliseconds at first, a second at most, until a deadline.
pub(super) struct Patience {
    until: Instant,
    pauses: ExponentialBackoff,
}

impl Patience {
    pub(super) fn new(limit: Duration) -> Self {
        let pauses = ExponentialBuilder::new().with_min_delay(Duration::from_millis(50)).with_factor(1.5);
        // With jitter: machines that see each other while the guard's key is rotated must not begin again in step.
        let pauses = pauses.with_max_delay(Duration::from_secs(1)).without_max_times().with_jitter();
        Self { until: Instant::now() + limit, pauses: pauses.build() }
    }

    /// Pauses. False if the deadline has passed already.
    pub(super) async fn pause(&mut self) -> bool {
        let left = self.until.saturating_duration_since(Instant::now());
        sleep(self.pauses.next().unwrap_or_default().min(left)).await;
        !left.is_zero()
    }
}
