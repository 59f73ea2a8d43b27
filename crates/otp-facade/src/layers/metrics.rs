//! Metrics of each operation: its duration and how often it was sent again.

use metrics::{Label, Unit, counter, describe_counter, describe_histogram, histogram};

use crate::error::Operation;

const DURATION: &str = "otp.client.operation.duration";
const RESENDS: &str = "otp.client.resends";

pub(super) fn describe() {
    describe_histogram!(DURATION, Unit::Seconds, "How long create, verify, cancel and status took");
    describe_counter!(RESENDS, "How often retry and failover sent a call again");
}

pub(super) fn measure(
    operation: Operation,
    provider: &str,
    error_type: Option<&'static str>,
    resends: u32,
    seconds: f64,
) {
    let mut labels = vec![
        Label::from_static_parts("otp.operation", operation.as_str()),
        Label::new("otp.provider", provider.to_owned()),
    ];
    labels.extend(error_type.map(|error_type| Label::from_static_parts("error.type", error_type)));
    if resends > 0 {
        counter!(RESENDS, labels.clone()).increment(resends.into());
    }
    histogram!(DURATION, labels).record(seconds);
}
