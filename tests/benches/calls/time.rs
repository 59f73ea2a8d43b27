//! Times, by criterion.

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
    pub(crate) fn take(address: &str) -> Self {
        assert!(command(&[]).args(["time", address]).status().unwrap().success());
        Self(subject::all().map(|(name, verb)| ((name, verb), fastest(name, verb))).collect())
    }

    pub(crate) fn of(&self, name: &'static str, verb: Operation) -> f64 {
        self.0[&(name, verb)]
    }
}

/// The fastest sample: whatever else the machine does, it makes none faster.
fn fastest(name: &str, verb: Operation) -> f64 {
    let file = Path::new(RESULTS).join(verb.as_str()).join(name).join("new/sample.json");
    let sample: Value = serde_json::from_str(&read_to_string(file).unwrap()).unwrap();
    let numbers = |key: &str| sample[key].as_array().unwrap().iter().map(|number| number.as_f64().unwrap());
    numbers("times").zip(numbers("iters")).map(|(time, calls)| time / calls).fold(f64::MAX, f64::min)
}

pub(crate) fn measure(address: &str) {
    let mut criterion = Criterion::default()
        .output_directory(Path::new(RESULTS))
        .sample_size(100)
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2));
    for (name, verb) in subject::all() {
        let subject = subject::named(name, address);
        let mut group = criterion.benchmark_group(verb.as_str());
        group.sampling_mode(SamplingMode::Flat);
        group.bench_function(name, |bencher| bencher.iter_custom(|calls| subject.run(verb, calls)));
    }
}
