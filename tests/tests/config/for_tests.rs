//! The configuration of production in an application's tests.

use std::collections::HashMap;
use std::time::Duration;

use otp_facade::config::{Stack, StackConfig, StackError, TestClock, TestSettings};
use otp_facade::{CreateRequest, Error, ErrorKind, OtpProvider, Recipient, Rejection, VerifyRequest};
use otp_sandbox::{Fault, Provider, Sandbox};
use otp_tests::providers::subject;

use crate::example::example;

/// A configuration of production: credentials in places that tests do not have, and Redis on another machine.
const PRODUCTION: &str = r#"
    timeout_seconds = 15
    [[providers]]
    provider = "smscx"
    name = "smscx-eu"
    client_id = "application-7"
    client_secret = { file = "/nonexistent/secret" }
    [[providers]]
    provider = "agilicus"
    bearer = { env = "NOT_SET" }
    [failover]
    failures = 1
    cool_down_seconds = 30
    [guard]
    name = "login"
    key = { env = "NOT_SET" }
    previous_keys = [{ env = "NOT_SET_EITHER" }, { file = "/nonexistent/key" }]
    calling_codes = ["+49"]
    store.redis = { url = { env = "NOT_SET" } }
"#;

fn production() -> StackConfig {
    StackConfig::from_toml(PRODUCTION).expect("a good configuration")
}

fn request(number: &str) -> CreateRequest {
    // A person of their own: the guard counts the user too, because the failover may send to either.
    CreateRequest::new(Recipient::phone(number).with_user_id(format!("user-{number}")))
}

async fn stack(clock: &TestClock) -> (Sandbox, Stack) {
    let sandbox = Sandbox::start().await.expect("a sandbox");
    let config = production().for_tests(|test| {
        test.base_url("smscx-eu", sandbox.base_url(Provider::Smscx))
            .base_url("agilicus", sandbox.base_url(Provider::Agilicus))
            .clock(clock)
    });
    // The environment of a machine that has no secrets.
    let stack = config.and_then(|config| config.build_with(&HashMap::new())).expect("a stack");
    (sandbox, stack)
}

#[tokio::test]
async fn the_configuration_of_production_runs_against_the_sandbox_without_its_secrets_and_its_store() {
    let (sandbox, stack) = stack(&TestClock::new()).await;
    let challenge = stack.create(&request("+4915112345678")).await.unwrap();
    assert_eq!(challenge.id.issuer(), "login");
    let code = sandbox.last_message(Provider::Smscx).unwrap().code;
    stack.verify(&VerifyRequest::new(challenge.id, code)).await.unwrap();

    let abroad = stack.create(&request("+18765550123")).await.unwrap_err();
    assert_eq!(abroad.kind(), ErrorKind::CountryNotAllowed, "production's rules hold");
    assert!(format!("{stack:?}").starts_with("Detached(Guard(MemoryStore"), "{stack:?}");
}

#[tokio::test]
async fn a_moved_clock_ends_challenges_and_limits() {
    let clock = TestClock::new();
    let (sandbox, stack) = stack(&clock).await;
    let challenge = stack.create(&request("+4915112345678")).await.unwrap();
    let again = async || stack.create(&request("+4915112345678")).await;
    let limited = again().await.unwrap_err();
    assert_eq!(limited.kind(), ErrorKind::RateLimited);
    clock.advance(limited.retry_after().unwrap());
    again().await.unwrap();

    let other = stack.create(&request("+4915112345679")).await.unwrap();
    clock.advance(Duration::from_secs(601));
    let code = sandbox.last_message(Provider::Smscx).unwrap().code;
    let rejection = |outcome: Result<_, Error>| outcome.map(|_: otp_facade::Verified| ()).unwrap_err().kind();
    let expired = stack.verify(&VerifyRequest::new(other.id, code)).await;
    assert_eq!(rejection(expired), ErrorKind::Rejected(Rejection::Expired));
    let replaced = stack.verify(&VerifyRequest::new(challenge.id, "123456")).await;
    assert_eq!(rejection(replaced), ErrorKind::Rejected(Rejection::Cancelled));
}

#[tokio::test]
async fn a_moved_clock_ends_the_cool_down_of_a_circuit_breaker() {
    let clock = TestClock::new();
    let (sandbox, stack) = stack(&clock).await;
    let mut number = 15_112_345_000_u64;
    let mut create = async || {
        number += 1;
        stack.create(&request(&format!("+49{number}"))).await.unwrap();
        sandbox.inbox().last().unwrap().provider
    };
    sandbox.inject(Provider::Smscx, Fault::Refuse);
    assert_eq!(create().await, Provider::Agilicus);
    sandbox.clear_faults();
    assert_eq!(create().await, Provider::Agilicus, "the breaker of the first is open");
    clock.advance(Duration::from_secs(31));
    assert_eq!(create().await, Provider::Smscx);

    for provider in [Provider::Smscx, Provider::Agilicus] {
        sandbox.inject(provider, Fault::Refuse);
    }
    // The first may have acted: it had a connection. The second then takes its turn.
    for number in ["+4915112345678", "+4915112345679"] {
        stack.create(&request(number)).await.unwrap_err();
    }
    stack.ready().await.unwrap_err();
    clock.advance(Duration::from_secs(31));
    stack.ready().await.unwrap();
}

#[test]
fn nothing_but_this_machine_is_reached() {
    type Configure = fn(TestSettings) -> TestSettings;
    let local = "http://127.0.0.1:1";
    let both: Configure =
        |test| test.base_url("smscx-eu", "http://127.0.0.1:1").base_url("agilicus", "http://[::1]:1");
    assert!(production().for_tests(both).is_ok());
    let in_file = PRODUCTION.replace("bearer =", &format!("base_url = \"{local}\"\nbearer ="));
    let one: Configure = |test| test.base_url("smscx-eu", "http://localhost:1");
    assert!(StackConfig::from_toml(&in_file).unwrap().for_tests(one).is_ok(), "the file may have it already");

    let away = PRODUCTION.replace("bearer =", "base_url = \"https://api.example.com\"\nbearer =");
    let rows: [(&str, Configure, &str); 9] = [
        (
            PRODUCTION,
            |test| test,
            "providers[0].base_url: must be on this machine in tests: set that of smscx-eu",
        ),
        (
            PRODUCTION,
            |test| test.base_url("smscx-eu", "http://127.0.0.1:1"),
            "providers[1].base_url: must be on this",
        ),
        (
            &away,
            |test| test.base_url("smscx-eu", "http://127.0.0.1:1"),
            "providers[1].base_url: must be on this",
        ),
        (
            PRODUCTION,
            |test| test.base_url("smscx-eu", "https://api.sms.cx"),
            "providers[0].base_url: must be on",
        ),
        (
            PRODUCTION,
            |test| test.base_url("smscx-eu", "http://192.168.0.1"),
            "providers[0].base_url: must be on",
        ),
        (
            PRODUCTION,
            |test| test.base_url("smscx-eu", "http://127.0.0.1.example"),
            "providers[0].base_url: must be on",
        ),
        (
            PRODUCTION,
            |test| test.base_url("smscx-eu", "http://127.0.0.1@example.com"),
            "providers[0].base_url: must",
        ),
        (PRODUCTION, |test| test.base_url("smscx-eu", ""), "providers[0].base_url: must be on"),
        (
            "[[providers]]\nprovider = \"memory\"",
            |test| test.base_url("memory", "http://127.0.0.1:1"),
            "providers[0].base_url: has no meaning here",
        ),
    ];
    for (toml, configure, start) in rows {
        let error = StackConfig::from_toml(toml).unwrap().for_tests(configure).expect_err(start).to_string();
        assert!(error.starts_with(start), "{error}\nis not\n{start}");
    }
    let named = |test: TestSettings| both(test).base_url("smscx", "http://127.0.0.1:1");
    let error: StackError = production().with_section("otp").for_tests(named).unwrap_err();
    assert_eq!(error.to_string(), "otp.providers: must have one named smscx, whose address the test sets");
}

#[test]
fn every_kind_of_provider_is_built_for_tests_without_its_secrets() {
    let toml = |slug: &str, lines: &str| format!("[[providers]]\nprovider = \"{slug}\"\n{lines}");
    for provider in Provider::ALL {
        for configuration in subject(provider).configurations {
            let toml = toml(provider.slug(), configuration);
            let config = StackConfig::from_toml(&toml).unwrap();
            let config = config.for_tests(|test| test.base_url(provider.slug(), "http://127.0.0.1:1"));
            assert!(config.unwrap().build_with(&HashMap::new()).is_ok(), "{toml}");
        }
    }
    let memory = StackConfig::from_toml(&toml("memory", "")).unwrap().for_tests(|test| test);
    assert!(memory.unwrap().build_with(&HashMap::new()).is_ok());
    let whole = example().for_tests(|test| {
        ["smscx-eu", "smscx-asia", "agilicus"]
            .into_iter()
            .fold(test, |test, name| test.base_url(name, "http://[::1]"))
    });
    assert!(whole.unwrap().build_with(&HashMap::new()).is_ok());
}
