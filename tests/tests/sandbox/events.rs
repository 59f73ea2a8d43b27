//! `GET /__sandbox/events`: whatever happens is sent, and who reconnects misses nothing.

use std::time::Duration;

use otp_sandbox::{Provider, Sandbox};
use otp_tests::sandbox::{Caller, http_client};
use otp_transport::reqwest;
use serde_json::{Value, json};

/// The stream of one client.
struct Events {
    response: reqwest::Response,
    buffer: String,
    /// As a browser would send it.
    last_id: String,
}

impl Events {
    async fn connect(sandbox: &Sandbox, last_id: &str) -> Self {
        let client = http_client();
        let request =
            client.get(format!("{}/events", sandbox.control_url())).header("last-event-id", last_id);
        let response = request.send().await.unwrap();
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Self { response, buffer: String::new(), last_id: last_id.to_owned() }
    }

    /// The data of the next event; comments are passed over.
    async fn next(&mut self) -> Value {
        loop {
            while let Some((event, rest)) = self.buffer.split_once("\n\n") {
                let (event, rest) = (event.to_owned(), rest.to_owned());
                self.buffer = rest;
                if let Some(id) = event.lines().find_map(|line| line.strip_prefix("id: ")) {
                    self.last_id = id.to_owned();
                }
                if let Some(data) = event.lines().find_map(|line| line.strip_prefix("data: ")) {
                    return serde_json::from_str(data).unwrap();
                }
            }
            let chunk = tokio::time::timeout(Duration::from_secs(30), self.response.chunk()).await;
            self.buffer.push_str(&String::from_utf8_lossy(&chunk.expect("no event").unwrap().unwrap()));
        }
    }

    /// Reads until an event satisfies this.
    async fn until(&mut self, is_it: impl Fn(&Value) -> bool) -> Value {
        loop {
            let event = self.next().await;
            if is_it(&event) {
                return event;
            }
        }
    }
}

async fn send(caller: &Caller, number: &str) {
    caller.call("POST", "/otp", Some(json!({ "phoneNumber": number }))).await;
}

fn has_message(event: &Value, number: i64, state: &str) -> bool {
    event["messages"].as_array().unwrap().iter().any(|it| it["number"] == number && it["state"] == state)
}

#[tokio::test]
async fn messages_states_requests_and_settings_arrive_as_they_change() {
    let caller = Caller::new(Provider::Smscx).await;
    let mut events = Events::connect(&caller.sandbox, "").await;
    let first = events.next().await;
    assert!(first["settings"].is_object() && first["messages"] == json!([]));
    send(&caller, "+33612246400").await;
    let event = events.until(|event| has_message(event, 1, "pending")).await;
    assert!(event.get("settings").is_none(), "nothing was set: {event}");
    let message = caller.message();
    let path = format!("/otp/{}", message.challenge.as_deref().unwrap());
    caller.call("POST", &path, Some(json!({ "pin": message.code }))).await;
    events.until(|event| has_message(event, 1, "verified")).await;
    caller.sandbox.set_credit(Some(1.0));
    events.until(|event| event["settings"]["account"]["credit"] == 1.0).await;
    caller.sandbox.exclude_coverage("+1");
    events.until(|event| event["settings"]["account"]["excluded_coverage"] == json!(["+1"])).await;
    caller.sandbox.set_method_status("MTAN", "INACTIVE");
    events.until(|event| event["settings"]["account"]["methods"]["MTAN"] == "INACTIVE").await;
    caller.sandbox.inject(Provider::Agilicus, otp_sandbox::Fault::Garbage);
    events.until(|event| event["settings"]["faults"][0]["fault"] == "garbage").await;
    caller.sandbox.reject_credential("k");
    events.until(|event| event["settings"]["credentials"]["rejected"][0].is_string()).await;
    caller.sandbox.reseed(5);
    events.until(|event| event["settings"]["seed"] == 5).await;
    caller.sandbox.clear_inbox();
    events.until(|event| event["first_message"] == 2).await;
}

#[tokio::test]
async fn the_clock_expires_a_code_for_those_who_watch() {
    let caller = Caller::new(Provider::Smscx).await;
    let mut events = Events::connect(&caller.sandbox, "").await;
    send(&caller, "+33612246400").await;
    let before = events.until(|event| has_message(event, 1, "pending")).await;
    caller.sandbox.advance(Duration::from_secs(300));
    let after = events.until(|event| has_message(event, 1, "expired")).await;
    assert!(after["now"].as_i64().unwrap() - before["now"].as_i64().unwrap() >= 300_000);
}

#[tokio::test]
async fn a_client_that_reconnects_gets_what_it_missed_and_no_more() {
    let caller = Caller::new(Provider::Smscx).await;
    send(&caller, "+33612246400").await;
    let mut events = Events::connect(&caller.sandbox, "").await;
    events.until(|event| has_message(event, 1, "pending")).await;
    let last = events.last_id.clone();
    drop(events);
    send(&caller, "+4915112345678").await;
    let mut events = Events::connect(&caller.sandbox, &last).await;
    let missed = events.next().await;
    let numbers: Vec<_> =
        missed["messages"].as_array().unwrap().iter().map(|it| it["number"].clone()).collect();
    assert_eq!(numbers, [json!(2)]);

    // The id of another sandbox says nothing.
    let other = Caller::new(Provider::Smscx).await;
    send(&other, "+33612246400").await;
    let mut events = Events::connect(&other.sandbox, &last).await;
    assert!(has_message(&events.next().await, 1, "pending"));
}

#[tokio::test]
async fn ten_thousand_messages_arrive_in_parts_newest_first() {
    let sandbox = Sandbox::start().await.unwrap();
    let caller = Caller::with(sandbox.clone(), Provider::EquinixMetal);
    for _ in 0..1200 {
        caller.call("POST", "/user/otp/sms/receive", None).await;
    }
    let mut events = Events::connect(&sandbox, "").await;
    let mut numbers = Vec::new();
    while numbers.len() < 1200 {
        let part = events.next().await;
        let part = part["messages"].as_array().unwrap().clone();
        assert!(part.len() <= 500);
        numbers.extend(part.iter().map(|it| it["number"].as_i64().unwrap()));
        assert_eq!(events.last_id.is_empty(), numbers.len() < 1200, "only the last part is complete");
    }
    assert!(numbers.iter().copied().eq((1..=1200).rev()));
}

#[tokio::test]
async fn the_stream_ends_with_the_sandbox() {
    let sandbox = Sandbox::start().await.unwrap();
    let mut events = Events::connect(&sandbox, "").await;
    events.next().await;
    drop(sandbox);
    let rest =
        tokio::time::timeout(Duration::from_secs(30), events.response.chunk()).await.expect("it goes on");
    assert!(!matches!(rest, Ok(Some(_))));
}
