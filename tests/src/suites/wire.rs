//! Every operation of a client crate against a server that records the request and sends a prepared response.

use std::collections::BTreeSet;

use otp_sandbox::Provider;

use crate::spec::{missing_responses, operations};
use crate::table::Row;
use crate::unlisted::with_unlisted_values;

/// Compares the rows of a provider with the responses that its description documents.
///
/// # Panics
///
/// If a documented response has no row.
pub fn every_documented_response_of_every_operation_has_a_row<C: 'static>(
    provider: Provider,
    rows: &[Row<C>],
) {
    let missing = missing_responses(provider.slug(), rows.iter().filter_map(Row::exchange));
    assert!(
        missing.is_empty(),
        "write rows in `documented` of tests/tests/{provider}/wire.rs for:\n{}",
        missing.join("\n")
    );
}

/// Makes rows with unlisted values of a provider's rows, and compares them.
///
/// # Panics
///
/// If a row differs, or if an enum of the description is in no row.
pub async fn a_value_that_no_enum_lists_is_read_wherever_a_response_has_an_enum<C: 'static>(
    provider: Provider,
    documented: impl Fn() -> Vec<Row<C>>,
    compare_all: impl AsyncFn(Vec<Row<C>>) -> usize,
) {
    let (rows, missing) = with_unlisted_values(provider.slug(), documented);
    compare_all(rows).await;
    assert!(
        missing.is_empty(),
        "no response in `documented` of tests/tests/{provider}/wire.rs has a value for:\n{}",
        missing.join("\n")
    );
}

/// Compares the operations that met the faults with those of the description.
///
/// # Panics
///
/// If an operation is missing.
pub fn every_operation_meets_every_fault(provider: Provider, met: &[&str]) {
    let met: BTreeSet<_> = met.iter().map(|name| (*name).to_owned()).collect();
    let due: BTreeSet<_> = operations(provider.slug()).iter().map(|it| it.function()).collect();
    assert_eq!(met, due, "`meet_faults` of tests/tests/{provider}/wire.rs needs a call for each operation");
}
