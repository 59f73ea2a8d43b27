//! The whole life cycle of a challenge in a configured stack.

use otp_facade::config::{Stack, StackConfig};
use otp_facade::{CreateRequest, OtpProvider, Recipient, Status, VerifyRequest};
use otp_sandbox::{Fault, Provider, Sandbox};

use crate::example::{KEY, variables};

const FILE: &str = r#"
    timeout_seconds = 15
    trace = true
    [[providers]]
    provider = "smscx"
    api_key = { env = "SMSCX" }
    [[providers]]
    provider = "agilicus"
    bearer = { env = "AGILICUS" }
    [retry]
    max_attempts = 2
    first_delay_milliseconds = 1
    [guard]
    name = "login"
    key = { env = "KEY" }
    interval_seconds = 0
    calling_codes = ["+49"]
"#;

#[tokio::test]
async fn a_configured_stack_creates_and_verifies() {
    let sandbox = Sandbox::start().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("stack.toml");
    std::fs::write(&path, FILE).unwrap();
    let (smscx, agilicus) = (sandbox.base_url(Provider::Smscx), sandbox.base_url(Provider::Agilicus));
    let environment = variables([
        ("OTP__PROVIDERS__0__BASE_URL", smscx.as_str()),
        ("OTP__PROVIDERS__1__BASE_URL", agilicus.as_str()),
        ("SMSCX", "key"),
        ("AGILICUS", "token"),
        ("KEY", KEY),
    ]);
    let stack = StackConfig::load_with(path, &environment).unwrap().build_with(&environment).unwrap();

    let request = CreateRequest::new(Recipient::phone("+4915112345678").with_user_id("user-7"));
    sandbox.inject(Provider::Smscx, Fault::Refuse);
    for place in [Provider::Agilicus, Provider::Smscx] {
        let challenge = stack.create(&request).await.unwrap();
        assert_eq!(challenge.id.issuer(), "login");
        let code = sandbox.last_message(place).unwrap().code;
        stack.verify(&VerifyRequest::new(challenge.id.clone(), code)).await.unwrap();
        assert_eq!(stack.status(&challenge.id).await.unwrap(), Status::Verified);
        sandbox.clear_faults();
    }
    assert_eq!(sandbox.inbox().len(), 2);

    let abroad = CreateRequest::new(Recipient::phone("+18765550123").with_user_id("user-8"));
    assert!(stack.create(&abroad).await.is_err(), "the guard's calling codes hold");
    assert_eq!(sandbox.inbox().len(), 2);
}

#[tokio::test]
async fn the_limits_of_the_guard_are_those_configured() {
    // Which of the creates for two recipients in turn, twice, are refused.
    let rows = [
        ("interval_seconds = 0", [false, false, false, false]),
        ("", [false, false, true, true]),
        ("interval_seconds = 0\nper_hour = 1", [false, false, true, true]),
        ("interval_seconds = 0\nper_day = 1", [false, false, true, true]),
        ("interval_seconds = 0\nglobal_per_hour = 3", [false, false, false, true]),
        ("interval_seconds = 0\ncalling_codes = [\"+49\"]", [false, true, false, true]),
        ("interval_seconds = 0\nblocked_calling_codes = [\"+49\"]", [true, false, true, false]),
        ("interval_seconds = 0\nstore.memory.capacity = 1", [true, true, true, true]),
    ];
    for (lines, refused) in rows {
        let stack = guarded(lines);
        for (place, refused) in refused.into_iter().enumerate() {
            let number = ["+4915112345678", "+436601234567"][place % 2];
            let outcome = stack.create(&CreateRequest::new(Recipient::phone(number))).await;
            assert_eq!(outcome.is_err(), refused, "{lines}, create {place}: {outcome:?}");
        }
    }
    let capabilities = guarded("lifetime_seconds = 120\nmax_attempts = 2").capabilities().clone();
    assert_eq!(capabilities.ttl.unwrap().end().as_secs(), 120);
    assert_eq!(*capabilities.max_attempts.unwrap().end(), 2);
}

#[tokio::test]
async fn a_limit_is_switched_off_by_the_word_alone() {
    // How many of twelve creates for one recipient pass.
    let rows = [
        ("", 5),
        ("per_hour = \"unlimited\"", 10),
        ("per_day = \"unlimited\"", 5),
        ("per_hour = \"unlimited\"\nper_day = \"unlimited\"", 12),
        ("per_hour = \"unlimited\"\nper_day = \"unlimited\"\nglobal_per_hour = 7", 7),
        ("per_hour = \"unlimited\"\nper_day = 8\nglobal_per_hour = \"unlimited\"", 8),
    ];
    for (lines, passes) in rows {
        let stack = guarded(&format!("interval_seconds = 0\n{lines}"));
        let mut passed = 0;
        for _ in 0..12 {
            let request = CreateRequest::new(Recipient::phone("+4915112345678"));
            passed += usize::from(stack.create(&request).await.is_ok());
        }
        assert_eq!(passed, passes, "{lines}");
    }
}

fn guarded(lines: &str) -> Stack {
    let toml = format!("[[providers]]\nprovider = \"memory\"\n[guard]\nkey = {{ env = \"KEY\" }}\n{lines}");
    let config = StackConfig::from_toml(&toml).expect("a good configuration");
    config.build_with(&variables([("KEY", KEY)])).expect("a stack")
}
