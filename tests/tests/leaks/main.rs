//! No secret is shown: every secret of every operation is a marker, every kind of failure is provoked, and all text
//! that comes of it is searched.

#![allow(clippy::unwrap_used, reason = "a value that is not there fails the test")]

mod agilicus;
mod deutsche_bank;
mod equinix_metal;
mod foreign_text;
mod log;
mod mutations;
mod operation;
mod smscx;
mod twilio;
mod vonage;

use std::collections::BTreeSet;

use otp_sandbox::Provider;
use otp_tests::faults::{self, Fault};
use otp_tests::{Outcome, RawServer, Response, disclosure};
use tokio::task::JoinSet;

use operation::{Operation, Output};

/// Every marker begins with this, in small letters, which no escape changes.
const STEM: &str = "leakmark";

/// The marker where only twelve digits fit.
const ACCOUNT: &str = "739146852073";

/// The marker of a place.
fn mark(place: &str) -> String {
    format!("{STEM}{place}")
}

/// A marker that is too long for any place it may be put in.
fn long_mark() -> String {
    mark(&"x".repeat(2000))
}

/// An id that is too long. Ids are no secrets, and prepared requests show them.
fn long_id() -> String {
    "x".repeat(2000)
}

/// The operations of a provider's client.
fn operations(provider: Provider) -> Vec<Operation> {
    match provider {
        Provider::Agilicus => agilicus::operations(),
        Provider::DeutscheBank => deutsche_bank::operations(),
        Provider::EquinixMetal => equinix_metal::operations(),
        Provider::Smscx => smscx::operations(),
        Provider::Twilio => twilio::operations(),
        Provider::Vonage => vonage::operations(),
    }
}

#[test]
fn every_operation_of_every_provider_is_searched() {
    for provider in Provider::ALL {
        let searched: BTreeSet<_> = operations(provider)
            .iter()
            .filter_map(|operation| operation.name.split(' ').next().map(str::to_owned))
            .collect();
        let due: BTreeSet<_> =
            otp_tests::spec::operations(provider.slug()).iter().map(|it| it.function()).collect();
        assert_eq!(searched, due, "tests/tests/leaks/{provider}.rs needs a row for each operation");
    }
}

#[tokio::test(start_paused = true)]
async fn no_error_debug_or_log_shows_a_secret() {
    log::capture();
    let operations: Vec<Operation> = Provider::ALL.into_iter().flat_map(operations).collect();
    let markers: usize = operations.iter().map(Operation::markers).sum();

    let mut running = JoinSet::new();
    for operation in operations {
        running.spawn(provoke(operation));
    }
    // The search takes long. Before the last call has ended, it would make some of them time out.
    let finished = running.join_all().await;
    let (mut calls, mut texts) = (0, 0);
    for (operation, output) in finished {
        operation.assert_silent(&output);
        calls += output.len();
        texts += output.iter().map(|output| output.texts.len()).sum::<usize>();
    }
    let log = log::captured();
    assert!(log.contains("starting new connection"), "the log was not captured");
    for marker in [STEM, ACCOUNT] {
        assert_eq!(disclosure(&log, marker.as_bytes()), None, "the log shows a secret");
    }
    println!(
        "{markers} markers planted, {calls} calls, {texts} texts and {} bytes of log searched",
        log.len()
    );
}

/// Calls an operation under every condition, and collects what each call produces.
async fn provoke(operation: Operation) -> (Operation, Vec<Output>) {
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

#[test]
fn no_refused_setting_shows_its_value() {
    let secret = mark("setting");
    let refused = [
        smscx_otp::Client::builder()
            .credential(smscx_otp::Credential::api_key(format!("{secret} ü")))
            .build()
            .err(),
        smscx_otp::Client::builder()
            .credential(smscx_otp::Credential::client_credentials("", secret.as_str(), None))
            .build()
            .err(),
        smscx_otp::Client::builder().base_url(format!("https://user:{secret}@localhost")).build().err(),
        smscx_otp::Client::builder().base_url(format!("https://localhost?key={secret}")).build().err(),
        smscx_otp::Client::builder().base_url(format!("http://{secret}.example.com")).build().err(),
        smscx_otp::Client::builder().base_url(secret.as_str()).build().err(),
    ];
    for error in refused {
        let error = error.unwrap();
        let text = format!("{error} {error:?} {error:#?}");
        assert!(!text.contains(STEM), "{text}");
    }
}
