//! Reports what a caller does not see: failures that a layer swallowed, and the states of circuit breakers.
//!
//! None of it contains a code, a number, an id of a person or a challenge, or a URL.

use std::borrow::Cow;

use otp_transport::one_line;

use super::call_context::record_resends;
use super::circuit_breaker::Reported;
use super::metrics;
use crate::error::{Error, Operation};

/// Target of the events.
#[cfg(feature = "tracing")]
const TARGET: &str = "otp_facade::layers";

/// A call failed inside a layer that goes on all the same, so that the caller does not get this error.
///
/// `member` is the provider if the error names none.
pub(super) fn attempt_failed(layer: &'static str, operation: Operation, member: &str, error: &Error) {
    #[cfg(feature = "tracing")]
    tracing::event!(
        name: "otp.attempt_failed", target: TARGET, tracing::Level::WARN,
        event = "otp.attempt_failed",
        otp.layer = layer,
        otp.operation = operation.as_str(),
        otp.provider = &*provider(member, error),
        error.type = error.kind().as_str(),
        otp.vendor_code = error.vendor_code(),
        http.response.status_code = error.vendor_status(),
        otp.connection_failure = error.connection_failure().map(|class| class.as_str()),
        otp.may_have_acted = error.may_have_acted(),
    );
    #[cfg(not(feature = "tracing"))]
    let _ = (layer, operation, member, error);
}

/// The operation is sent again, because this error came before.
pub(super) fn resent(operation: Operation, member: &str, error: &Error) {
    record_resends(1);
    metrics::resent(operation, &provider(member, error), error.kind().as_str());
}

fn provider<'a>(member: &'a str, error: &'a Error) -> Cow<'a, str> {
    one_line(error.provider().unwrap_or(member), 64)
}

/// A circuit breaker changed its state.
pub(super) fn breaker_changed(provider: &str, state: Reported) {
    #[cfg(feature = "tracing")]
    {
        macro_rules! event {
            ($level:ident) => {
                tracing::event!(
                    name: "otp.circuit_breaker", target: TARGET, tracing::Level::$level,
                    event = "otp.circuit_breaker", otp.provider = provider, otp.state = state.as_str()
                )
            };
        }
        match state {
            Reported::Open => event!(WARN),
            Reported::HalfOpen | Reported::Closed => event!(INFO),
        }
    }
    metrics::breaker_changed(provider, state);
}
