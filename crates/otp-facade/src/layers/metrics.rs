//! Metrics: durations of operations, calls sent again, and circuit breakers.

use metrics::{
    Key, Label, Level, Metadata, Unit, counter, describe_counter, describe_gauge, describe_histogram, gauge,
    with_recorder,
};

use super::circuit_breaker::Reported;
use crate::error::Operation;

const DURATION: &str = "otp.client.operation.duration";
const RESENDS: &str = "otp.client.resends";
const BREAKER: &str = "otp.client.circuit_breaker.state";

/// Describes the metrics to the recorder.
pub(super) fn describe() {
    describe_histogram!(DURATION, Unit::Seconds, "How long create, verify, cancel and status took");
    describe_counter!(RESENDS, "How often a call was sent again, by the provider that failed before");
    describe_gauge!(BREAKER, "State of a provider's circuit breaker: 0 is closed, 1 half-open, 2 open");
}

/// The operation was sent again, because this provider failed.
pub(super) fn resent(operation: Operation, provider: &str, error_type: &'static str) {
    counter!(
        RESENDS,
        "otp.operation" => operation.as_str(), "otp.provider" => provider.to_owned(), "error.type" => error_type
    )
    .increment(1);
}

pub(super) fn breaker_changed(provider: &str, state: Reported) {
    gauge!(BREAKER, "otp.provider" => provider.to_owned()).set(match state {
        Reported::Closed => 0.0,
        Reported::HalfOpen => 1.0,
        Reported::Open => 2.0,
    });
}

static METADATA: Metadata<'static> = Metadata::new(module_path!(), Level::INFO, Some(module_path!()));

/// Records the calls of one `Traced`.
#[derive(Clone)]
pub(super) struct Meter {
    provider: String,
    /// Keys of the common case, a success of this provider, in the order of the operations. A key owns its labels: to make
    /// one costs more than all else here, and is in vain where no recorder is installed.
    durations: [Key; Operation::ALL.len()],
}

impl Meter {
    pub(super) fn new(provider: &str) -> Self {
        describe();
        let durations = Operation::ALL.map(|operation| key(DURATION, operation, provider, None));
        Self { provider: provider.to_owned(), durations }
    }

    pub(super) fn measure(
        &self,
        operation: Operation,
        provider: &str,
        error_type: Option<&'static str>,
        seconds: f64,
    ) {
        let index = Operation::ALL.iter().position(|other| *other == operation);
        let common = index.filter(|_| error_type.is_none() && provider == self.provider);
        let record = |key: &Key| {
            with_recorder(|recorder| recorder.register_histogram(key, &METADATA)).record(seconds);
        };
        match common.and_then(|index| self.durations.get(index)) {
            Some(key) => record(key),
            None => record(&key(DURATION, operation, provider, error_type)),
        }
    }
}

fn key(name: &'static str, operation: Operation, provider: &str, error_type: Option<&'static str>) -> Key {
    let mut labels = vec![
        Label::from_static_parts("otp.operation", operation.as_str()),
        Label::new("otp.provider", provider.to_owned()),
    ];
    labels.extend(error_type.map(|error_type| Label::from_static_parts("error.type", error_type)));
    Key::from_parts(name, labels)
}
