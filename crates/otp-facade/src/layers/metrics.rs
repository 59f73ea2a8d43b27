//! Metrics of each operation: its duration and how often it was sent again.

use metrics::{Key, Label, Level, Metadata, Unit, describe_counter, describe_histogram, with_recorder};

use crate::error::Operation;

const DURATION: &str = "otp.client.operation.duration";
const RESENDS: &str = "otp.client.resends";

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
        describe_histogram!(DURATION, Unit::Seconds, "How long create, verify, cancel and status took");
        describe_counter!(RESENDS, "How often retry and failover sent a call again");
        let durations = Operation::ALL.map(|operation| key(DURATION, operation, provider, None));
        Self { provider: provider.to_owned(), durations }
    }

    pub(super) fn measure(
        &self,
        operation: Operation,
        provider: &str,
        error_type: Option<&'static str>,
        resends: u32,
        seconds: f64,
    ) {
        if resends > 0 {
            let resent = key(RESENDS, operation, provider, error_type);
            with_recorder(|recorder| recorder.register_counter(&resent, &METADATA)).increment(resends.into());
        }
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
