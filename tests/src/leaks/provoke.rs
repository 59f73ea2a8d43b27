//! Provokes every kind of success and failure of an operation.

use super::{Operation, Output};
use crate::faults::{self, Fault};
use crate::outcome::Outcome;
use crate::raw_server::RawServer;
use crate::response::Response;

/// Calls an operation under every condition, and collects what each call produces.
pub(crate) async fn provoke(operation: Operation) -> (Operation, Vec<Output>) {
    let elsewhere = RawServer::writing(Response::empty(204).to_bytes()).await;
    let echo = [operation.request, operation.response].concat().join("-");
    let faults = faults::all(&operation.documented, &elsewhere.base_url(), &echo).await;
    let refusals =
        [400, 401, 403, 404, 429, 500, 503].map(|status| Response::json(status, &operation.documented.error));
    let success = match operation.documented.has_body {
        true => Response::json(operation.documented.success, &operation.success),
        false => Response::empty(operation.documented.success),
    };

    let mut all = vec![success_of(&operation, success).await];
    for refusal in refusals {
        let server = RawServer::writing(refusal.to_bytes()).await;
        let output = operation.call(server.base_url()).await;
        assert_received(&operation, "a documented error", &server.received());
        all.push(output);
    }
    for fault in faults {
        all.push(failure_of(&operation, &fault).await);
    }
    if let Some(invalid) = operation.invalid {
        let output = invalid(elsewhere.base_url(), faults::transport()).await;
        assert!(
            matches!(output.outcome, Outcome::Failed(_)),
            "{}: an invalid request was sent",
            operation.name
        );
        all.push(output);
    }
    assert!(elsewhere.received().is_empty(), "{}: something went elsewhere", operation.name);
    (operation, all)
}

async fn success_of(operation: &Operation, response: Response) -> Output {
    let server = RawServer::writing(response.to_bytes()).await;
    let output = operation.call(server.base_url()).await;
    assert_received(operation, "success", &server.received());
    if !operation.asks_for_token {
        let Outcome::Done(_, value) = &output.outcome else {
            panic!("{}: {:?}", operation.name, output.outcome)
        };
        let value = value.to_string();
        for marker in operation.response {
            assert!(value.contains(marker), "{}: {marker} did not arrive in the answer", operation.name);
        }
    }
    output
}

async fn failure_of(operation: &Operation, fault: &Fault) -> Output {
    let output = operation.call(fault.base_url()).await;
    assert!(matches!(output.outcome, Outcome::Failed(_)), "{}: {} did not fail", operation.name, fault.name);
    if let Some(received) = fault.received() {
        assert_received(operation, fault.name, &received);
    }
    output
}

/// Without this the search could find nothing because nothing was sent.
fn assert_received(operation: &Operation, condition: &str, received: &[u8]) {
    let received = String::from_utf8_lossy(received);
    for marker in operation.request {
        // Tokens are asked for first: what follows is not sent if none is given.
        if !operation.asks_for_token || condition == "success" {
            assert!(received.contains(marker), "{}, {condition}: {marker} did not arrive", operation.name);
        }
    }
    assert!(!received.is_empty(), "{}, {condition}: nothing arrived", operation.name);
}
