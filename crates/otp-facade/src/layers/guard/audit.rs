//! Audit trail: what the guard decides about people, as `tracing` events with stable names.
//!
//! No event contains a code, a number, or an id of a person or a challenge.

use super::limits::Rule;
use super::metrics;
use crate::error::Rejection;

/// Target of the events.
#[cfg(feature = "tracing")]
const TARGET: &str = "otp_facade::audit";

macro_rules! event {
    ($name:literal, $guard:expr $(, $field:ident = $value:expr)*) => {{
        #[cfg(feature = "tracing")]
        tracing::event!(
            name: $name, target: TARGET, tracing::Level::INFO,
            event = $name, guard = $guard $(, $field = $value)*
        );
        #[cfg(not(feature = "tracing"))]
        let _ = ($guard $(, $value)*);
    }};
}

/// A rate limit was reached. Nothing was sent.
pub(super) fn limit_reached(guard: &str, rule: Rule) {
    event!("otp.limit_reached", guard, limit = rule.as_str());
    metrics::limit_reached(guard, rule.as_str());
}

/// A code or a create was rejected without calling the provider.
pub(super) fn rejected(guard: &str, operation: &'static str, rejection: Rejection) {
    match rejection {
        Rejection::LockedOut => event!("otp.locked_out", guard, operation = operation),
        Rejection::Mismatch => event!("otp.mismatch", guard, operation = operation),
        _ => event!("otp.rejected", guard, operation = operation, reason = rejection.as_str()),
    }
}

/// A create repeated another one with the same idempotency key, and got its outcome. Nothing was sent.
pub(super) fn replayed(guard: &str, outcome: &'static str) {
    event!("otp.create_replayed", guard, outcome = outcome);
}

/// A code was accepted.
pub(super) fn accepted(guard: &str) {
    event!("otp.accepted", guard);
}

/// The application reset failures in a row, or had a person forgotten.
pub(super) fn reset(guard: &str, what: &'static str) {
    event!("otp.reset", guard, what = what);
}
