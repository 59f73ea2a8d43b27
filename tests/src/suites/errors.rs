//! Every response that a provider documents as an error, and what the facade makes of it.

use std::collections::HashSet;

use otp_sandbox::Provider;

use crate::errors::{ErrorCase, calls, check, described};

/// Serves the rows of a provider and compares. Prints how many there are.
///
/// # Panics
///
/// If an error differs, or if a response is counted twice.
pub async fn every_documented_error_has_its_kind(provider: Provider, rows: &[ErrorCase]) {
    let names: HashSet<_> = rows.iter().map(|row| format!("{:?} {}", row.call, row.name)).collect();
    assert_eq!(names.len(), rows.len(), "{provider}: a response is counted twice");
    check(rows).await;
    println!("{provider}: {} documented responses", rows.len());
}

/// Compares the rows of a provider with the error statuses that its description documents for the facade's operations.
///
/// # Panics
///
/// If a documented status has no row.
pub fn every_documented_error_status_of_every_operation_has_a_row(provider: Provider, rows: &[ErrorCase]) {
    let mut missing = Vec::new();
    for call in calls(provider) {
        let operation = described(provider, call);
        let has_row =
            |status: &&u16| rows.iter().any(|row| row.call == call && row.response.status() == **status);
        let statuses = operation.errors.iter().filter(|status| !has_row(status));
        missing.extend(statuses.map(|status| format!("{call:?} with {status}")));
    }
    assert!(
        missing.is_empty(),
        "write rows in `rows` of tests/tests/{provider}/errors.rs for:\n{}",
        missing.join("\n")
    );
}
