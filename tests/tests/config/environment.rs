//! Environment variables: on top of a file, and alone.

use std::collections::HashMap;

use otp_facade::config::StackConfig;
use serde_json::json;

use crate::example::{StackFile, variables};

const FILE: &str = r#"
    timeout_seconds = 15
    [[providers]]
    provider = "memory"
    [[providers]]
    provider = "memory"
    name = "second"
    [retry]
    max_attempts = 2
    [guard]
    key = { env = "KEY" }
"#;

/// The file with these variables on top.
fn load(variables: &HashMap<String, String>) -> Result<StackConfig, String> {
    load_on(FILE, variables)
}

/// A file of this text with these variables on top.
fn load_on(text: &str, variables: &HashMap<String, String>) -> Result<StackConfig, String> {
    let file = StackFile::new(text);
    StackConfig::load_with(&file.path, variables).map_err(|error| error.to_string())
}

/// What TOML says with one text in the place of another.
fn edited(from: &str, to: &str) -> Result<StackConfig, String> {
    assert!(FILE.contains(from));
    StackConfig::from_toml(&FILE.replace(from, to)).map_err(|error| error.to_string())
}

#[test]
fn a_variable_overrides_the_key_of_its_path() {
    let rows = [
        ("OTP__TIMEOUT_SECONDS", "20", "timeout_seconds = 15", "timeout_seconds = 20"),
        ("OTP__RETRY__MAX_ATTEMPTS", "5", "max_attempts = 2", "max_attempts = 5"),
        ("OTP__RETRY", "null", "[retry]\n    max_attempts = 2", ""),
        (
            "OTP__RETRY",
            r#"{"max_retry_after_seconds": 1}"#,
            "max_attempts = 2",
            "max_attempts = 2\nmax_retry_after_seconds = 1",
        ),
        ("OTP__PROVIDERS__1__NAME", "other", "\"second\"", "\"other\""),
        ("OTP__PROVIDERS__1__NAME", "\"42\"", "\"second\"", "\"42\""),
        ("OTP__TRACE", "true", "timeout_seconds = 15", "timeout_seconds = 15\ntrace = true"),
        ("OTP__GUARD__KEY__ENV", "OTHER", "\"KEY\"", "\"OTHER\""),
        ("OTP__GUARD__CALLING_CODES", r#"["+49"]"#, "[guard]", "[guard]\ncalling_codes = [\"+49\"]"),
        ("OTP__GUARD__PER_HOUR", "7", "[guard]", "[guard]\nper_hour = 7"),
        ("OTP__GUARD__PER_HOUR", "unlimited", "[guard]", "[guard]\nper_hour = \"unlimited\""),
        ("OTP__GUARD__PER_HOUR", "\"unlimited\"", "[guard]", "[guard]\nper_hour = \"unlimited\""),
        ("OTP_GUARD_KEY", "not a key of this", "[retry]", "[retry]"),
    ];
    for (name, value, from, to) in rows {
        let loaded = load(&variables([(name, value)]));
        assert!(loaded.is_ok(), "{name}={value}: {loaded:?}");
        assert_eq!(loaded, edited(from, to), "{name}={value}");
    }
}

#[test]
fn where_a_secret_is_is_replaced_and_not_merged() {
    let text = |api_key: &str, key: &str, url: &str| {
        format!(
            "[[providers]]\nprovider = \"smscx\"\napi_key = {api_key}\n\
             [guard]\nname = \"login\"\nkey = {key}\nstore.redis.url = {url}"
        )
    };
    let (env, file) = ("{ env = \"A\" }", "{ file = \"/b\" }");
    for (old, new, kind, value) in [(env, file, "file", "/b"), (file, env, "env", "A")] {
        let upper = kind.to_uppercase();
        let json = json!({ kind: value });
        let (api_key, key, url) = (text(new, old, old), text(old, new, old), text(old, old, new));
        let rows = [
            (format!("OTP__PROVIDERS__0__API_KEY__{upper}"), json!(value), &api_key),
            ("OTP__PROVIDERS__0__API_KEY".into(), json.clone(), &api_key),
            ("OTP__PROVIDERS__0".into(), json!({ "api_key": json }), &api_key),
            (format!("OTP__GUARD__KEY__{upper}"), json!(value), &key),
            ("OTP__GUARD".into(), json!({ "key": json }), &key),
            (format!("OTP__GUARD__STORE__REDIS__URL__{upper}"), json!(value), &url),
            ("OTP__GUARD".into(), json!({ "store": { "redis": { "url": json } } }), &url),
        ];
        for (name, value, replaced) in rows {
            let loaded = load_on(&text(old, old, old), &variables([(name.as_str(), &*value.to_string())]));
            assert_eq!(loaded, Ok(StackConfig::from_toml(replaced).unwrap()), "{name}={value}");
        }
    }
}

#[test]
fn two_variables_that_say_where_one_secret_is_are_an_error() {
    let pairs = [
        [("OTP__GUARD__KEY__ENV", "A"), ("OTP__GUARD__KEY__FILE", "/b")],
        [("OTP__GUARD__KEY", r#"{"env": "A"}"#), ("OTP__GUARD__KEY__FILE", "/b")],
        [("OTP__GUARD", r#"{"key": {"file": "/b"}}"#), ("OTP__GUARD__KEY__ENV", "A")],
    ];
    for pair in pairs {
        let error = load(&variables(pair)).unwrap_err();
        assert!(error.starts_with("guard.key: must be { env"), "{error}");
    }
}

#[test]
fn a_variable_for_a_key_is_on_top_of_one_for_its_table() {
    let expected = edited("max_attempts = 2", "max_attempts = 5");
    for value in ["null", r#"{"max_attempts": 9}"#] {
        // A map has another order each time.
        for _ in 0..20 {
            let variables = variables([("OTP__RETRY", value), ("OTP__RETRY__MAX_ATTEMPTS", "5")]);
            assert_eq!(load(&variables), expected, "{value}");
        }
    }
}

#[test]
fn an_error_in_a_variable_names_the_key() {
    let rows = [
        ("OTP__RETRI__MAX_ATTEMPTS", "5", "retri: unknown field `retri`"),
        ("OTP__RETRY__MAX_ATTEMPTS", "many", "retry.max_attempts: must be a whole number"),
        ("OTP__PROVIDERS__0__NAMES", "x", "providers[0].names: unknown field `names`"),
        ("OTP__PROVIDERS__3__NAME", "x", "providers[2]: must be a table"),
        ("OTP__PROVIDERS__4000000000__NAME", "x", "providers.4000000000: is not the name of a provider"),
        ("OTP__GUARD__KEY", "hidden", "guard.key: must be { env"),
        (
            "OTP__GUARD__PER_DAY",
            "0",
            "guard.per_day: must be a whole number from 1 to 4294967295, or \"unlimited\"",
        ),
        ("OTP__", "x", "is not a key, in the environment"),
    ];
    for (name, value, start) in rows {
        let error = load(&variables([(name, value)])).unwrap_err();
        assert!(error.starts_with(start), "{name}: {error}");
        assert!(!error.contains("hidden"), "{name}: {error}");
    }
}

#[test]
fn the_environment_is_enough_by_itself() {
    let variables = variables([
        ("OTP__PROVIDERS__0__PROVIDER", "memory"),
        ("OTP__PROVIDERS__1__PROVIDER", "memory"),
        ("OTP__PROVIDERS__1__NAME", "second"),
        ("OTP__TIMEOUT_SECONDS", "15"),
        ("OTP__RETRY__MAX_ATTEMPTS", "2"),
        ("OTP__GUARD__KEY__ENV", "KEY"),
        ("PATH", "/usr/bin"),
    ]);
    assert_eq!(StackConfig::from_environment(&variables), StackConfig::from_toml(FILE));
}
