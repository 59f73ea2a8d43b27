//! Mutated responses at every operation of every client: nothing panics, no secret is shown, and a value that is not
//! an object is no response.

use otp_sandbox::Provider;
use otp_tests::{Mutations, Outcome, RawServer, Response};

use crate::operation::Operation;

/// How many responses each operation meets. More are tried with `OTP_MUTATIONS=10000`.
fn count() -> usize {
    std::env::var("OTP_MUTATIONS").ok().and_then(|text| text.parse().ok()).unwrap_or(60)
}

fn operations() -> impl Iterator<Item = Operation> {
    let all = Provider::ALL.into_iter().flat_map(crate::operations);
    all.filter(|operation| !operation.asks_for_token)
}

#[tokio::test]
async fn no_mutated_response_panics_or_shows_a_secret() {
    let server = RawServer::writing(Response::empty(500).to_bytes()).await;
    let (mut done, mut failed) = (0, 0);
    for (seed, operation) in operations().enumerate() {
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
