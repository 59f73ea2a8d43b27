//! The program `otp-sandbox`: what it prints. All that needs no program is tested in the package `otp-tests`.

// Clippy takes only functions marked as tests for tests.
#![allow(clippy::unwrap_used)]

use std::process::Stdio;

use serde_json::json;
use tokio::io::{AsyncBufReadExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

struct Program {
    /// Killed when dropped.
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Program {
    fn start(arguments: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_otp-sandbox"));
        command.args(arguments).stdout(Stdio::piped()).kill_on_drop(true);
        let mut child = command.spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, lines }
    }

    async fn line(&mut self) -> String {
        self.lines.next_line().await.unwrap().expect("it ended")
    }

    async fn line_with(&mut self, text: &str) -> String {
        loop {
            let line = self.line().await;
            if line.contains(text) {
                return line;
            }
        }
    }
}

/// A client for this machine.
fn http_client() -> reqwest::Client {
    // In a build of the whole workspace, reqwest has TLS without a default cryptography provider.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().no_proxy().build().unwrap()
}

async fn post(url: &str, body: serde_json::Value) -> serde_json::Value {
    let client = http_client();
    let request = client.post(url).header("x-api-key", "k").header("content-type", "application/json");
    let text = request.body(body.to_string()).send().await.unwrap().text().await.unwrap();
    serde_json::from_str(&text).unwrap_or_default()
}

#[tokio::test]
async fn it_prints_the_page_first_then_messages_and_failed_requests_with_the_reason() {
    let mut program = Program::start(&["--page-port", "0"]);
    let first = program.line().await;
    assert!(first.starts_with("Inbox page     http://127.0.0.1:"), "{first}");
    let page = first.split_whitespace().last().unwrap().to_owned();
    assert_eq!(http_client().get(&page).send().await.unwrap().status(), 200);
    let smscx = program.line_with("smscx ").await.split_whitespace().last().unwrap().to_owned();
    let url = format!("{smscx}/otp");
    let created = post(&url, json!({ "phoneNumber": "+4915112345678" })).await;
    let message = program.line_with("→").await;
    assert!(message.starts_with("smscx → +4915112345678: Your code is "), "{message}");
    let hostile = "{{pin}}\n\u{1b}[2Jsmscx → +1: forged\u{202e}";
    post(&url, json!({ "phoneNumber": "+4915112345678", "template": hostile })).await;
    let message = program.line().await;
    assert!(
        message.ends_with("  [2Jsmscx → +1: forged ") && !message.contains('\u{1b}'),
        "one line: {message:?}"
    );
    post(&format!("{url}/{}", created["otpId"].as_str().unwrap()), json!({ "pin": "x" })).await;
    assert_eq!(program.line().await, "smscx ✗ verify_otp 400: The PIN does not match");
    post(&format!("{page}__sandbox/faults"), json!({ "provider": "smscx", "fault": "html" })).await;
    post(&url, json!({})).await;
    assert_eq!(program.line().await, "smscx ✗ new_otp 200: injected fault: html");
    post(&format!("{smscx}/nowhere"), json!({})).await;
    assert_eq!(program.line().await, "smscx ✗ POST /nowhere 404: There is no operation at this path");
}

#[cfg(unix)]
#[tokio::test]
async fn an_interrupt_ends_it_although_nobody_reads_what_it_prints() {
    let mut program = Program::start(&["--page-port", "0"]);
    let smscx = program.line_with("smscx ").await.split_whitespace().last().unwrap().to_owned();
    // More than a pipe holds.
    for _ in 0..5 {
        post(&format!("{smscx}/{}", "x".repeat(50_000)), json!({})).await;
    }
    let id = program.child.id().unwrap().to_string();
    assert!(Command::new("kill").args(["-INT", &id]).status().await.unwrap().success());
    let ended = tokio::time::timeout(std::time::Duration::from_secs(10), program.child.wait()).await;
    assert!(ended.unwrap().unwrap().success());
}

#[tokio::test]
async fn quiet_prints_the_page_only() {
    let mut program = Program::start(&["--page-port", "0", "--quiet"]);
    let page = program.line().await.split_whitespace().last().unwrap().to_owned();
    let overview = http_client().get(format!("{page}__sandbox")).send().await.unwrap().text().await.unwrap();
    let overview: serde_json::Value = serde_json::from_str(&overview).unwrap();
    let url = format!("{}/otp", overview["providers"]["smscx"].as_str().unwrap());
    post(&url, json!({ "phoneNumber": "+4915112345678" })).await;
    let more = tokio::time::timeout(std::time::Duration::from_millis(300), program.lines.next_line()).await;
    assert!(more.is_err(), "{more:?}");
}

#[tokio::test]
async fn the_default_port_of_the_page_is_4000_or_the_next_that_is_free() {
    let (mut one, mut other) = (Program::start(&["--quiet"]), Program::start(&["--quiet"]));
    let mut ports = Vec::new();
    for program in [&mut one, &mut other] {
        let line = program.line().await;
        ports.push(line.trim_end_matches('/').rsplit(':').next().unwrap().parse::<u16>().unwrap());
    }
    // Other programs on this machine may have some of them.
    assert!(ports[0] != ports[1] && ports.iter().all(|port| (4000..4100).contains(port)), "{ports:?}");
}

#[tokio::test]
async fn a_port_that_is_taken_is_an_error_that_says_what_to_do() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let output =
        Command::new(env!("CARGO_BIN_EXE_otp-sandbox")).args(["--page-port", &port]).output().await.unwrap();
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success() && error.contains("--page-port"), "{error}");
    let output = Command::new(env!("CARGO_BIN_EXE_otp-sandbox"))
        .args(["--port-base", "65534"])
        .output()
        .await
        .unwrap();
    assert!(String::from_utf8(output.stderr).unwrap().contains("--port-base"));
}
