//! Instruction counts, measured by callgrind.

use std::collections::HashMap;
use std::process::Command;

use otp_facade::Operation;

use crate::process::command;
use crate::subject;

/// Two numbers of calls: the difference in instructions is what the calls in between cost, without what the start costs.
const CALLS: [u64; 2] = [200, 1_200];

const CALLGRIND: [&str; 3] = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null"];

/// Instructions per call. Empty without valgrind.
pub(crate) struct Counts(HashMap<(&'static str, Operation), f64>);

impl Counts {
    pub(crate) fn take(address: &str) -> Self {
        if Command::new("valgrind").arg("--version").output().is_err() {
            println!("valgrind is not installed: instructions are not counted");
            return Self(HashMap::new());
        }
        Self(
            subject::all()
                .map(|(name, operation)| ((name, operation), per_call(name, operation, address)))
                .collect(),
        )
    }

    pub(crate) fn of(&self, name: &'static str, operation: Operation) -> Option<f64> {
        self.0.get(&(name, operation)).copied()
    }
}

fn per_call(name: &str, operation: Operation, address: &str) -> f64 {
    println!("counting the instructions of {operation}/{name}");
    let [few, many] = CALLS.map(|calls| instructions(name, operation, calls, address));
    (many - few) as f64 / (CALLS[1] - CALLS[0]) as f64
}

fn instructions(name: &str, operation: Operation, calls: u64, address: &str) -> u64 {
    let arguments = ["count", name, operation.as_str(), &calls.to_string(), address];
    let output = command(&CALLGRIND).args(arguments).output().unwrap();
    let report = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{report}");
    let collected = report.lines().find_map(|line| line.split_once("Collected : "));
    collected.unwrap().1.trim().parse().unwrap()
}

/// What is counted.
pub(crate) fn run(name: &str, operation: &str, calls: u64, address: &str) {
    let (_, operation) = subject::all().find(|(_, known)| known.as_str() == operation).unwrap();
    subject::named(name, address, None).run(operation, calls);
}
