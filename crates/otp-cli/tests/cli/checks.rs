//! `otp check`: one line for each part, and neither a message nor an attempt.

use otp_sandbox::{Fault, Provider, Sandbox};
use serde_json::Value;

use crate::program::{Outcome, run};

async fn check(sandbox: &Sandbox, environment: &[(&str, &str)]) -> Outcome {
    let url = sandbox.base_url(Provider::Smscx);
    run(&["check", "--json", "--provider", "smscx", "--base-url", &url], environment, "").await
}

fn severities(outcome: &Outcome) -> Vec<(String, String)> {
    let text = |finding: &Value, name: &str| finding[name].as_str().unwrap().to_owned();
    let findings = outcome.json()["findings"].as_array().unwrap().clone();
    findings.iter().map(|finding| (text(finding, "subject"), text(finding, "severity"))).collect()
}

fn severity(outcome: &Outcome, subject: &str) -> String {
    let found = severities(outcome).into_iter().find(|(name, _)| name == subject);
    found.unwrap_or_else(|| panic!("{subject} in {outcome:?}")).1
}

#[tokio::test]
async fn what_is_right_is_said_to_be_and_nothing_is_sent() {
    let sandbox = Sandbox::start().await.unwrap();
    let outcome = check(&sandbox, &[("SMSCX_API_KEY", "any")]).await;
    let subjects: Vec<_> = severities(&outcome);
    let expected =
        ["configuration", "smscx api_key", "stack", "store", "smscx DNS", "smscx connection", "smscx clock"];
    assert_eq!(subjects, expected.map(|subject| (subject.to_owned(), "good".to_owned())), "{outcome:?}");
    assert_eq!(outcome.code, 0);
    assert!(sandbox.inbox().is_empty());
    for request in sandbox.journal() {
        assert_eq!((request.operation, request.header("x-api-key")), (None, None), "{request:?}");
    }
}

#[tokio::test]
async fn each_part_that_is_wrong_is_found() {
    let sandbox = Sandbox::start().await.unwrap();
    for (key, subject) in
        [("two words \u{e9}", "smscx api_key"), (" blank", "smscx api_key"), ("", "smscx api_key")]
    {
        let outcome = check(&sandbox, &[("SMSCX_API_KEY", key)]).await;
        assert_eq!((outcome.code, severity(&outcome, subject).as_str()), (1, "bad"), "{key:?} {outcome:?}");
    }
    let outcome = check(&sandbox, &[]).await;
    assert_eq!((outcome.code, severity(&outcome, "configuration").as_str()), (1, "bad"), "{outcome:?}");

    let old = Fault::Response {
        status: 404,
        headers: vec![("date".to_owned(), "Sun, 06 Nov 1994 08:49:37 GMT".to_owned())],
        body: String::new(),
    };
    sandbox.inject(Provider::Smscx, old);
    let outcome = check(&sandbox, &[("SMSCX_API_KEY", "any")]).await;
    assert_eq!((outcome.code, severity(&outcome, "smscx clock").as_str()), (1, "bad"), "{outcome:?}");

    sandbox.inject(Provider::Smscx, Fault::Refuse);
    let outcome = check(&sandbox, &[("SMSCX_API_KEY", "any")]).await;
    assert_eq!((outcome.code, severity(&outcome, "smscx connection").as_str()), (1, "bad"), "{outcome:?}");
    assert!(!outcome.out.contains("http://"), "no URL: {outcome:?}");

    for (url, subject) in [
        ("https://nothing.invalid", "smscx DNS"),
        (&*sandbox.base_url(Provider::Agilicus).replace("http:", "https:"), "smscx TLS"),
    ] {
        let arguments = ["check", "--json", "--provider", "smscx", "--base-url", url];
        let outcome = run(&arguments, &[("SMSCX_API_KEY", "any")], "").await;
        assert_eq!((outcome.code, severity(&outcome, subject).as_str()), (1, "bad"), "{outcome:?}");
    }
}

#[tokio::test]
async fn the_guard_s_store_is_asked() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("stack.toml");
    let text = "[[providers]]\nprovider = \"memory\"\n[guard]\nkey = { env = \"KEY\" }\n[guard.store.redis]\nurl = { env = \"URL\" }\n";
    std::fs::write(&file, text).unwrap();
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let url = format!("redis://{closed}/");
    let environment = [("KEY", "0123456789abcdef0123456789abcdef"), ("URL", url.as_str())];
    let outcome = run(&["check", "--json", "--config", file.to_str().unwrap()], &environment, "").await;
    assert_eq!((outcome.code, severity(&outcome, "store").as_str()), (1, "bad"), "{outcome:?}");
    let text = run(&["check", "--config", file.to_str().unwrap()], &environment, "").await;
    assert!(text.out.contains("✗ store") && text.out.contains("✓ configuration"), "{text:?}");
}

#[tokio::test]
async fn an_address_that_the_stack_refuses_is_not_asked() {
    let sandbox = Sandbox::start().await.unwrap();
    let url = sandbox.base_url(Provider::Smscx).replace("://", "://somebody:s3cret@");
    let arguments = ["check", "--json", "--provider", "smscx", "--base-url", &url];
    let outcome = run(&arguments, &[("SMSCX_API_KEY", "any")], "").await;
    assert_eq!((outcome.code, severity(&outcome, "stack").as_str()), (1, "bad"), "{outcome:?}");
    assert!(sandbox.journal().is_empty() && !outcome.out.contains("s3cret"), "{outcome:?}");
}

#[tokio::test]
async fn this_machine_is_asked_without_the_proxy() {
    let sandbox = Sandbox::start().await.unwrap();
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let proxy = format!("http://{closed}");
    let environment = [("SMSCX_API_KEY", "any"), ("http_proxy", &proxy), ("all_proxy", &proxy)];
    let outcome = check(&sandbox, &environment).await;
    assert_eq!((outcome.code, severity(&outcome, "smscx connection").as_str()), (0, "good"), "{outcome:?}");
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_file_that_can_be_read_once_is_read_once() {
    let sandbox = Sandbox::start().await.unwrap();
    let url = sandbox.base_url(Provider::Smscx);
    let arguments =
        ["check", "--json", "--provider", "smscx", "--base-url", &url, "--secret-file", "api_key=/dev/stdin"];
    let outcome = run(&arguments, &[], "any\n").await;
    assert_eq!((outcome.code, severity(&outcome, "stack").as_str()), (0, "good"), "{outcome:?}");
    assert_eq!(severity(&outcome, "smscx api_key"), "warning", "{outcome:?}");
}
