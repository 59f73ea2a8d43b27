//! The whole life cycle of a challenge in a configured stack.

use otp_facade::config::{Stack, StackConfig};
use otp_facade::{CreateRequest, OtpProvider, Recipient, RecipientKind, Status, VerifyRequest};
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

    let keyed = request.with_idempotency_key("form-1");
    let (first, again) = (stack.create(&keyed).await.unwrap(), stack.create(&keyed).await.unwrap());
    assert_eq!((first.id, true), (again.id, again.replayed), "the guard's idempotency keys hold");
    assert_eq!(sandbox.inbox().len(), 3);

    let abroad = CreateRequest::new(Recipient::phone("+18765550123").with_user_id("user-8"));
    assert!(stack.create(&abroad).await.is_err(), "the guard's calling codes hold");
    assert_eq!(sandbox.inbox().len(), 3);
}

/// Six digits and a sender at SMSCX, and Agilicus for whoever has a user id.
const WITH_DEFAULTS: &str = r#"
    [[providers]]
    provider = "smscx"
    api_key = { env = "SMSCX" }
    [providers.defaults]
    code_length = 6
    sender = "Example"
    ttl_seconds = 300
    templates = { de = "{{pin}} ist Ihr Code.", en = "{{pin}} is your code." }
    webotp_host = "login.example.com"
    callback_url = { env = "CALLBACK" }
    [[providers]]
    provider = "agilicus"
    bearer = { env = "AGILICUS" }
    optional = true
    defaults = { own_languages = ["de", "en"] }
    [failover]
    after_uncertain_create = true
"#;

#[tokio::test]
async fn the_defaults_reach_their_provider_and_an_uncertain_create_the_next_one() {
    let sandbox = Sandbox::start().await.unwrap();
    let (smscx, agilicus) = (sandbox.base_url(Provider::Smscx), sandbox.base_url(Provider::Agilicus));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("stack.toml");
    std::fs::write(&path, WITH_DEFAULTS).unwrap();
    let environment = variables([
        ("OTP__PROVIDERS__0__BASE_URL", smscx.as_str()),
        ("OTP__PROVIDERS__1__BASE_URL", agilicus.as_str()),
        ("OTP__PROVIDERS__0__DEFAULTS__MAX_ATTEMPTS", "3"),
        ("SMSCX", "key"),
        ("AGILICUS", "token"),
        ("CALLBACK", "https://example.com/status"),
    ]);
    let stack = StackConfig::load_with(path, &environment).unwrap().build_with(&environment).unwrap();
    assert_eq!(stack.capabilities().recipient, RecipientKind::Phone);
    let only_phone = CreateRequest::new(Recipient::phone("+4915112345678")).with_language("de");

    let challenge = stack.create(&only_phone).await.unwrap();
    let message = sandbox.last_message(Provider::Smscx).unwrap();
    assert_eq!(message.text, format!("{0} ist Ihr Code.\n\n@login.example.com #{0}", message.code));
    assert_eq!(message.code.len(), 6);
    assert_eq!((challenge.expires_in.unwrap().as_secs(), challenge.max_attempts), (300, Some(3)));
    let sent = format!("{:?}", sandbox.journal());
    for part in ["Example", "https://example.com/status"] {
        assert!(sent.contains(part), "{part} is not in {sent}");
    }

    sandbox.inject(Provider::Smscx, Fault::ActThenDrop);
    assert!(stack.create(&only_phone).await.unwrap_err().may_have_acted(), "agilicus needs a user id");
    let both = CreateRequest::new(Recipient::phone("+4915112345678").with_user_id("user-7"));
    sandbox.inject(Provider::Smscx, Fault::ActThenDrop);
    let challenge = stack.create(&both).await.unwrap();
    assert_eq!((challenge.id.issuer().as_ref(), challenge.earlier_message_possible), ("agilicus", true));
    let code = sandbox.last_message(Provider::Agilicus).unwrap().code;
    stack.verify(&VerifyRequest::new(challenge.id, code)).await.unwrap();
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
