//! Every fault of the sandbox, at every operation of every provider.
//!
//! `OTP_FAULT_MATRIX=1 cargo test -p otp-tests --test faults` prints the matrix (so does `-- --nocapture`).

mod failover;
mod http2;
mod matrix;
mod matrix_case;
mod rule;
mod secrets;

use std::collections::BTreeSet;
use std::io::Write as _;
use std::time::Duration;

use otp_facade::{Operation, Transport};
use otp_sandbox::Provider;

use crate::matrix::Matrix;
use crate::matrix_case::MatrixCase;

/// How long a call may take.
const TIMEOUT: Duration = Duration::from_secs(15);

/// One for all cases: building one takes longer than a case.
fn transport() -> Transport {
    let builder = Transport::builder().connect_timeout(Duration::from_secs(3)).timeout(TIMEOUT);
    builder.build().expect("a transport")
}

/// Time is paused: what would wait does not, and what would hang comes to the deadline at once.
#[tokio::test(start_paused = true)]
async fn every_fault_at_every_operation_of_every_provider_follows_the_one_rule() {
    let transport = transport();
    let mut matrix = Matrix::default();
    let mut differences = Vec::new();
    for fault in rule::faults() {
        for provider in Provider::ALL {
            for operation in Operation::ALL {
                let case = MatrixCase { fault: fault.clone(), provider, operation };
                let (outcome, found) = case.run(&transport).await;
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
