//! Metrics of the guard: limits reached, codes presented, lifetimes left, and how long the store took.

use std::time::Duration;

#[cfg(feature = "metrics")]
use metrics::{Unit, counter, describe_counter, describe_histogram, histogram};

#[cfg(feature = "metrics")]
mod name {
    pub(super) const LIMITS: &str = "otp.guard.limits_reached";
    pub(super) const ATTEMPTS: &str = "otp.guard.attempts";
    pub(super) const LIFETIME: &str = "otp.guard.lifetime_left";
    pub(super) const STORE: &str = "otp.store.operation.duration";
}

/// Without a recorder there is nothing to measure.
macro_rules! measure {
    ($metric:expr; $($value:ident),*) => {{
        #[cfg(feature = "metrics")]
        $metric;
        #[cfg(not(feature = "metrics"))]
        let _ = ($($value),*);
    }};
}

/// Describes the metrics to the recorder.
pub(super) fn describe() {
    #[cfg(feature = "metrics")]
    {
        describe_counter!(name::LIMITS, "How often a limit of the guard was reached");
        describe_counter!(name::ATTEMPTS, "How often a code was presented to the guard, by outcome");
        let lifetime = "How long a challenge was still valid when a code was presented";
        describe_histogram!(name::LIFETIME, Unit::Seconds, lifetime);
        describe_histogram!(name::STORE, Unit::Seconds, "How long the guard's store took");
    }
}

pub(super) fn limit_reached(guard: &str, limit: &'static str) {
    measure!(
        counter!(name::LIMITS, "otp.guard" => guard.to_owned(), "otp.limit" => limit).increment(1);
        guard, limit
    );
}

pub(super) fn attempted(guard: &str, outcome: &'static str) {
    measure!(
        counter!(name::ATTEMPTS, "otp.guard" => guard.to_owned(), "otp.outcome" => outcome).increment(1);
        guard, outcome
    );
}

pub(super) fn lifetime_left(guard: &str, left: Duration) {
    measure!(histogram!(name::LIFETIME, "otp.guard" => guard.to_owned()).record(left); guard, left);
}

/// `error_type` is the class of the store's failure, if it failed.
pub(super) fn store_called(operation: &'static str, error_type: Option<&'static str>, took: Duration) {
    measure!(
        match error_type {
            None => histogram!(name::STORE, "otp.store.operation" => operation),
            Some(class) => {
                histogram!(name::STORE, "otp.store.operation" => operation, "error.type" => class)
            }
        }
        .record(took);
        operation, error_type, took
    );
}
