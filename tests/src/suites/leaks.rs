//! No secret is shown: every secret of every operation is a marker, every kind of failure is provoked, and all text
//! that comes of it is searched.

use std::collections::BTreeSet;

use otp_sandbox::Provider;
use tokio::task::JoinSet;

use crate::disclosure::disclosure;
use crate::leaks::{self, ACCOUNT, Operation, STEM, capture, captured};
use crate::mutation::Mutations;
use crate::outcome::Outcome;
use crate::raw_server::RawServer;
use crate::response::Response;
use crate::spec;

/// Compares the rows of a provider with the operations of its description.
///
/// # Panics
///
/// If an operation has no row.
pub fn every_operation_is_searched(provider: Provider, operations: &[Operation]) {
    let searched: BTreeSet<_> = operations
        .iter()
        .filter_map(|operation| operation.name.split(' ').next().map(str::to_owned))
        .collect();
    let due: BTreeSet<_> = spec::operations(provider.slug()).iter().map(|it| it.function()).collect();
    assert_eq!(
        searched, due,
        "`operations` of tests/tests/{provider}/leaks.rs needs a row for each operation"
    );
}

/// Searches all that each operation prints and that anything logs meanwhile.
///
/// # Panics
///
/// If a marker is found, or if nothing was there to be found.
pub async fn no_error_debug_or_log_shows_a_secret(operations: Vec<Operation>) {
    capture();
    let markers: usize = operations.iter().map(Operation::markers).sum();

    let mut running = JoinSet::new();
    for operation in operations {
        running.spawn(leaks::provoke(operation));
    }
    // The search takes long. Before the last call has ended, it would make some of them time out.
    let finished = running.join_all().await;
    let (mut calls, mut texts) = (0, 0);
    for (operation, output) in finished {
        operation.assert_silent(&output);
        calls += output.len();
        texts += output.iter().map(|output| output.texts.len()).sum::<usize>();
    }
    let log = captured();
    assert!(log.contains("starting new connection"), "the log was not captured");
    for marker in [STEM, ACCOUNT] {
        assert_eq!(disclosure(&log, marker.as_bytes()), None, "the log shows a secret");
    }
    println!(
        "{markers} markers planted, {calls} calls, {texts} texts and {} bytes of log searched",
        log.len()
    );
}

/// How many responses each operation meets. More are tried with `OTP_MUTATIONS=10000`.
fn count() -> usize {
    std::env::var("OTP_MUTATIONS").ok().and_then(|text| text.parse().ok()).unwrap_or(60)
}

/// Sends mutated responses to every operation: nothing panics, no secret is shown, and a value that is not an object is no
/// response.
///
/// # Panics
///
/// If a call does otherwise.
pub async fn no_mutated_response_panics_or_shows_a_secret(operations: Vec<Operation>) {
    let server = RawServer::writing(Response::empty(500).to_bytes()).await;
    let (mut done, mut failed) = (0, 0);
    let operations = operations.into_iter().filter(|operation| !operation.asks_for_token);
    for (seed, operation) in operations.enumerate() {
        let mut all = Vec::new();
        let mutations = Mutations::of(operation.success.clone(), seed as u64);
        for mutated in mutations.take(count()) {
            server.respond(mutated.response.to_bytes());
            let output = operation.call(server.base_url()).await;
            match &output.outcome {
                Outcome::Done(_, value) if operation.documented.has_body => {
                    let is_object = mutated.value.as_ref().is_none_or(serde_json::Value::is_object);
                    assert!(is_object && value.is_object(), "{}: {mutated:?}", operation.name);
                    done += 1;
                }
                Outcome::Done(..) => done += 1,
                Outcome::Failed(_) => failed += 1,
            }
            all.push(output);
        }
        operation.assert_silent(&all);
    }
    assert!(done > 0 && failed > 0, "{done} succeeded and {failed} failed");
    println!("{done} mutated responses were read, {failed} refused");
}
