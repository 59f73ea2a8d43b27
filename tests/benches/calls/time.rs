//! Times, measured by criterion.

use std::collections::HashMap;
use std::fs::read_to_string;
use std::path::Path;
use std::time::Duration;

use criterion::{Criterion, SamplingMode};
use otp_facade::Operation;
use serde_json::Value;

use crate::process::command;
use crate::subject;

/// Where criterion keeps its results, and compares with the last ones.
const RESULTS: &str = concat!(env!("CARGO_TARGET_TMPDIR"), "/criterion");

/// Nanoseconds per call.
pub(crate) struct Times(HashMap<(&'static str, Operation), f64>);

impl Times {
    pub(crate) fn take(service: &str, redis: Option<&str>) -> Self {
        assert!(command(&[]).args(["time", service]).args(redis).status().unwrap().success());
        Self(subjects(redis).map(|(name, operation)| ((name, operation), median(name, operation))).collect())
    }

    /// None of what was not there to be measured.
    pub(crate) fn of(&self, name: &'static str, operation: Operation) -> Option<f64> {
        self.0.get(&(name, operation)).copied()
    }
}

fn subjects(redis: Option<&str>) -> impl Iterator<Item = (&'static str, Operation)> {
    subject::all().chain(redis.into_iter().flat_map(|_| subject::with_redis()))
}

/// Half of the samples took longer. A few that were faster tell of another state of the machine: a response comes sooner
/// if something else keeps the processor from sleeping meanwhile.
fn median(name: &str, operation: Operation) -> f64 {
    let file = Path::new(RESULTS).join(operation.as_str()).join(name).join("new/sample.json");
    let sample: Value = serde_json::from_str(&read_to_string(file).unwrap()).unwrap();
    let numbers = |key: &str| sample[key].as_array().unwrap().iter().map(|number| number.as_f64().unwrap());
    let mut times: Vec<f64> =
        numbers("times").zip(numbers("iters")).map(|(time, calls)| time / calls).collect();
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

pub(crate) fn measure(service: &str, redis: Option<&str>) {
    let mut criterion = Criterion::default()
        .output_directory(Path::new(RESULTS))
        .sample_size(100)
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2));
    for (name, operation) in subjects(redis) {
        let subject = subject::named(name, service, redis);
        let mut group = criterion.benchmark_group(operation.as_str());
        group.sampling_mode(SamplingMode::Flat);
        group.bench_function(name, |bencher| bencher.iter_custom(|calls| subject.run(operation, calls)));
    }
}
