//! Every fault of the sandbox, at every verb of every provider.
//!
//! `OTP_FAULT_MATRIX=1 cargo test -p otp-tests --test faults` prints the matrix (so does `-- --nocapture`).

mod bench;
mod cell;
mod matrix;
mod rule;

use std::collections::BTreeSet;
use std::io::Write as _;

use otp_facade::Operation;
use otp_sandbox::Provider;

use crate::cell::Cell;
use crate::matrix::Matrix;

/// Time is paused: what would wait does not, and what would hang comes to the deadline at once.
#[tokio::test(start_paused = true)]
async fn every_fault_at_every_verb_of_every_provider_follows_the_one_rule() {
    let transport = bench::transport();
    let mut matrix = Matrix::default();
    let mut differences = Vec::new();
    for fault in rule::faults() {
        for provider in Provider::ALL {
            for operation in Operation::ALL {
                let cell = Cell { fault: fault.clone(), provider, operation };
                let (outcome, found) = cell.run(&transport).await;
                matrix.note(fault.name, provider, outcome);
                differences.extend(
                    found.iter().map(|found| format!("{}, {provider} {operation}: {found}", fault.name)),
                );
            }
        }
    }
    if std::env::var_os("OTP_FAULT_MATRIX").is_some() {
        // Past the capture of the test harness.
        let _ = write!(std::io::stdout(), "\n{matrix}");
    } else {
        println!("{matrix}");
    }
    assert!(differences.is_empty(), "{} differences:\n{}", differences.len(), differences.join("\n"));
}

#[test]
fn the_faults_are_many_and_different() {
    let faults = rule::faults();
    let names: BTreeSet<_> = faults.iter().map(|fault| fault.name).collect();
    assert_eq!(names.len(), faults.len());
    assert!(faults.len() >= 20, "the list has lost faults");
}
