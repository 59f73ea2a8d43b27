//! Errors of a configuration name the path of the key.

use std::collections::HashMap;

use otp_facade::config::StackConfig;

use crate::example::{KEY, variables};

const MEMORY: &str = "[[providers]]\nprovider = \"memory\"\n";

/// What is wrong, from text to stack.
fn error(toml: &str) -> String {
    let variables = variables([
        ("KEY", KEY),
        ("SHORT", "short"),
        ("SPACE", "a b"),
        ("URL", "http://hidden"),
        ("REDIS_DATABASE", "redis://:hidden@host/1"),
    ]);
    let stack = StackConfig::from_toml(toml).and_then(|config| config.build_with(&variables));
    stack.map(|stack| format!("nothing is wrong with {stack:?}")).unwrap_or_else(|error| error.to_string())
}

fn check(rows: &[(String, &str)]) {
    for (toml, start) in rows {
        let error = error(toml);
        assert!(error.starts_with(start), "{error}\nis not\n{start}\nfor\n{toml}");
        assert!(!error.contains("hidden"), "{error}");
    }
}

#[test]
fn a_key_that_is_not_known_is_named() {
    let second = |line: &str| format!("{MEMORY}[[providers]]\nprovider = \"smscx\"\n{line}");
    let guard = |line: &str| format!("{MEMORY}[guard]\nkey = {{ env = \"KEY\" }}\n{line}");
    check(&[
        (format!("timeout = 15\n{MEMORY}"), "timeout: unknown field `timeout`, expected one of `providers`"),
        (
            second("api_kye = { env = \"KEY\" }"),
            "providers[1].api_kye: unknown field `api_kye`, expected one of",
        ),
        (format!("{MEMORY}bearer = {{ env = \"KEY\" }}"), "providers[0].bearer: unknown field `bearer`"),
        (format!("{MEMORY}[transport]\ntimeout = 1"), "transport.timeout: unknown field `timeout`"),
        (format!("{MEMORY}[retry]\nattempts = 1"), "retry.attempts: unknown field `attempts`"),
        (format!("{MEMORY}[failover]\nbreaker = 1"), "failover.breaker: unknown field `breaker`"),
        (guard("lifetime = 1"), "guard.lifetime: unknown field `lifetime`"),
        (guard("[guard.store.memory]\nsize = 1"), "guard.store.memory.size: unknown field `size`"),
        (
            guard("[guard.store.redis]\nurl = { env = \"KEY\" }\nhost = 1"),
            "guard.store.redis.host: unknown field `host`",
        ),
        (guard("[guard.store.disk]"), "guard.store: must be"),
    ]);
}

#[test]
fn a_value_of_the_wrong_kind_or_range_is_named() {
    let guard = |line: &str| format!("{MEMORY}[guard]\nkey = {{ env = \"KEY\" }}\n{line}");
    let redis = |line: &str| guard(&format!("[guard.store.redis]\nurl = {{ env = \"REDIS\" }}\n{line}"));
    let positive = |key: &str| format!("{key}: must be a whole number from 1 to 4294967295");
    let rows = [
        (format!("timeout_seconds = 0\n{MEMORY}"), positive("timeout_seconds")),
        (format!("timeout_seconds = -1\n{MEMORY}"), positive("timeout_seconds")),
        (format!("timeout_seconds = 1.5\n{MEMORY}"), positive("timeout_seconds")),
        (format!("timeout_seconds = \"hidden\"\n{MEMORY}"), positive("timeout_seconds")),
        (format!("timeout_seconds = 4294967296\n{MEMORY}"), positive("timeout_seconds")),
        (format!("{MEMORY}[retry]\nmax_attempts = 0"), positive("retry.max_attempts")),
        (format!("{MEMORY}[transport]\nmax_response_bytes = 0"), positive("transport.max_response_bytes")),
        (format!("{MEMORY}optional = 1"), "providers[0].optional: must be a boolean".into()),
        (
            format!("{MEMORY}[failover]\nafter_uncertain_create = \"hidden\""),
            "failover.after_uncertain_create: must be a boolean".into(),
        ),
        (format!("{MEMORY}[transport]\nhttp1_only = 1"), "transport.http1_only: must be a boolean".into()),
        (
            format!("{MEMORY}[transport]\nhttp1_connection_per_verify = \"hidden\""),
            "transport.http1_connection_per_verify: must be a boolean".into(),
        ),
        (guard("store.memory.capacity = 0"), positive("guard.store.memory.capacity")),
        (redis("deadline_milliseconds = 0"), positive("guard.store.redis.deadline_milliseconds")),
        (guard("interval_seconds = -1"), "guard.interval_seconds: must be a whole number from 0 to".into()),
        (guard("calling_codes = \"+49\""), "guard.calling_codes: must be a list".into()),
        (guard("calling_codes = [49]"), "guard.calling_codes[0]: must be a string".into()),
        (guard("name = \"front door\""), "guard.name: must be 1 to 64 lower-case letters".into()),
        (guard("calling_codes = [\"49\"]"), "guard.calling_codes: must be + and at least one digit".into()),
        (format!("trace = \"hidden\"\n{MEMORY}"), "trace: must be a boolean".into()),
        (format!("retry = \"hidden\"\n{MEMORY}"), "retry: must be a table".into()),
        (guard("store = \"hidden\""), "guard.store: must be".into()),
        (guard("store.redis = \"redis://:hidden@host\""), "guard.store.redis: must be a table".into()),
        ("providers = \"hidden\"".into(), "providers: must be a list".into()),
        ("providers = [\"hidden\"]".into(), "providers[0]: must be a table".into()),
        ("[[providers]]\nname = \"a\"".into(), "providers[0].provider: must be one of ".into()),
        ("[[providers]]\nprovider = \"hidden\"".into(), "providers[0].provider: must be one of".into()),
        (format!("{MEMORY}name = 5"), "providers[0].name: must be a string".into()),
    ];
    check(&rows.iter().map(|(toml, start)| (toml.clone(), start.as_str())).collect::<Vec<_>>());
}

#[test]
fn a_limit_that_is_neither_a_number_nor_the_word_says_what_to_write() {
    for key in ["per_hour", "per_day", "global_per_hour"] {
        let rule = format!(
            "guard.{key}: must be a whole number from 1 to 4294967295, or \"unlimited\" for no limit"
        );
        for value in ["0", "-1", "1.5", "4294967296", "\"5\"", "\"Unlimited\"", "\"hidden\"", "false", "{}"] {
            let toml = format!("{MEMORY}[guard]\nkey = {{ env = \"KEY\" }}\n{key} = {value}");
            assert_eq!(error(&toml), rule, "{value}");
        }
    }
}

#[test]
fn what_does_not_fit_together_is_named() {
    let smscx = |lines: &str| format!("[[providers]]\nprovider = \"smscx\"\n{lines}");
    let key = "api_key = { env = \"KEYS\" }\n".replace("KEYS", "SHORT");
    let guard = |line: &str| format!("{MEMORY}[guard]\n{line}");
    let redis = |line: &str| {
        guard(&format!("key = {{ env = \"KEY\" }}\n[guard.store.redis]\nurl = {{ env = \"URL\" }}\n{line}"))
    };
    check(&[
        (String::new(), "providers: is missing"),
        ("providers = []".into(), "providers: must have at least one"),
        (format!("{MEMORY}{MEMORY}"), "providers[1].name: must be another than that of providers[0]: memory"),
        (format!("{MEMORY}[failover]"), "failover: must be left out where there is one provider"),
        (
            smscx(""),
            "providers[0]: must have one credential: api_key, bearer, or client_id and client_secret",
        ),
        (smscx(&format!("{key}client_id = \"a\"")), "providers[0]: must have one credential"),
        (smscx("client_id = \"a\""), "providers[0]: must have one credential"),
        (smscx("api_key = { env = \"SPACE\" }"), "providers[0].api_key: must consist of visible ASCII"),
        (smscx(&format!("{key}name = \"Upper Case\"")), "providers[0].name: must be 1 to 64"),
        (smscx(&format!("{key}base_url = \"http://hidden.example\"")), "providers[0].base_url: must"),
        (
            smscx(&format!("{key}[transport]\ntimeout_seconds = 3")),
            "transport.timeout_seconds: must be longer than connect_timeout",
        ),
        (
            format!("{MEMORY}[retry]\nfirst_delay_milliseconds = 9000"),
            "retry.max_delay_milliseconds: must be no shorter than first_delay_milliseconds",
        ),
        (guard("key = { env = \"SHORT\" }"), "guard.key: must have at least 32 characters"),
        (guard(""), "guard.key: is missing"),
        (
            format!("{MEMORY}optional = true"),
            "providers[0].optional: must be left out where there is one provider",
        ),
        (
            format!("{MEMORY}optional = true\n{MEMORY}name = \"b\"\noptional = true"),
            "providers[1].optional: must leave one member that takes every request",
        ),
        (redis(""), "guard.store.redis.url: must be redis"),
        (
            redis("connections = 5000").replace("URL", "REDIS"),
            "guard.store.redis.url: the environment variable REDIS",
        ),
        (
            redis("cluster = true").replacen("URL", "REDIS_DATABASE", 1),
            "guard.store.redis.url: must have a host and no database",
        ),
        (
            redis("seeds = [{ env = \"URL\" }]"),
            "guard.store.redis.seeds: must be left out without `cluster = true`",
        ),
        (
            redis("cluster = true\nsentinels = [{ env = \"URL\" }]"),
            "guard.store.redis.sentinels: must be left out for a cluster",
        ),
        (
            redis("sentinels = [{ env = \"NONE\" }]").replace("URL", "REDIS_DATABASE"),
            "guard.store.redis.sentinels[0]: the environment variable NONE is not set",
        ),
        (
            redis("sentinels = [{ env = \"URL\" }]").replacen("URL", "REDIS_DATABASE", 1),
            "guard.store.redis.sentinels: must be redis",
        ),
        (
            redis("root_certificates = \"/nowhere\"").replace("URL", "REDIS_DATABASE"),
            "guard.store.redis.root_certificates: the file /nowhere cannot be read",
        ),
        ("[[providers]]\nprovider = \"agilicus\"".into(), "providers[0].bearer: is missing"),
    ]);
}

#[test]
fn a_default_that_the_provider_does_not_support_is_named() {
    let smscx = |defaults: &str| {
        let key = "[[providers]]\nprovider = \"smscx\"\napi_key = { env = \"SHORT\" }";
        format!("{key}\ndefaults = {{ {defaults} }}")
    };
    let memory = |defaults: &str| format!("{MEMORY}defaults = {{ {defaults} }}");
    check(&[
        (smscx("code_length = 3"), "providers[0].defaults.code_length: must be from 4 to 10, by the capab"),
        (smscx("code_length = 0"), "providers[0].defaults.code_length: must be a whole number from 1"),
        (smscx("ttl_seconds = 30"), "providers[0].defaults.ttl_seconds: must be from 60 to 1800 whole"),
        (smscx("max_attempts = 11"), "providers[0].defaults.max_attempts: must be from 1 to 10"),
        (
            smscx("alphabet = \"runes\""),
            "providers[0].defaults.alphabet: must be one of `digits`, `letters`, `alphanumeric`",
        ),
        (smscx("sender = \"ab\""), "providers[0].defaults.sender: must have 3 to 15 characters"),
        (
            smscx("template = \"hidden\""),
            "providers[0].defaults.template: must contain the placeholder {{pin}}",
        ),
        (
            smscx("templates = { de = \"hidden\" }"),
            "providers[0].defaults.templates: must contain the placeholder {{pin}}",
        ),
        (
            smscx("templates = { german = \"{{pin}}\" }"),
            "providers[0].defaults.templates: must be by language",
        ),
        (smscx("templates = { de = 1 }"), "providers[0].defaults.templates.de: must be a string"),
        (
            smscx("templates = { de = \"hidden\" }, webotp_host = \"example.com\""),
            "providers[0].defaults.templates.de: must contain the placeholder {{pin}}",
        ),
        (
            smscx("template = \"hidden\", webotp_host = \"example.com\""),
            "providers[0].defaults.template: must contain the placeholder {{pin}}",
        ),
        (
            smscx("template = \"{{pin}}\", webotp_host = \"https://hidden\""),
            "providers[0].defaults.webotp_host: must be a host name in lower case",
        ),
        (
            smscx("webotp_host = \"example.com\""),
            "providers[0].defaults.webotp_host: must be left out without",
        ),
        (smscx("language = \"fr\""), "providers[0].defaults.language: is not supported"),
        (smscx("own_languages = [\"German\"]"), "providers[0].defaults.own_languages: must be by language"),
        (smscx("callback_url = \"https://hidden\""), "providers[0].defaults.callback_url: must be { env = "),
        (
            smscx("callback_url = { env = \"NONE\" }"),
            "providers[0].defaults.callback_url: the environment variable NONE is not set",
        ),
        (smscx("ttl = 60"), "providers[0].defaults.ttl: unknown field `ttl`"),
        (
            memory("sender = \"Example\""),
            "providers[0].defaults.sender: is not supported, by the capabilities of m",
        ),
        (format!("{MEMORY}{MEMORY}name = \"b\"\ndefaults = 1"), "providers[1].defaults: must be a table"),
    ]);
}

#[test]
fn text_that_cannot_be_read_is_not_quoted() {
    let toml = StackConfig::from_toml("\n[[providers]]\napi_key = \"hidden\n").unwrap_err().to_string();
    assert!(toml.starts_with("TOML parse error at line 3, column"), "{toml}");
    let json = StackConfig::from_json("{\n\"api_key\": \"hidden\" 1 }").unwrap_err().to_string();
    assert!(json.contains("at line 2 column"), "{json}");
    let root = StackConfig::from_json("\"hidden\"").unwrap_err().to_string();
    for text in [toml, json, root] {
        assert!(!text.contains("hidden") && !text.contains('\n'), "{text}");
    }
}

#[test]
fn a_file_that_cannot_be_read_is_named() {
    let rows = [
        ("/nonexistent/stack.toml", "/nonexistent/stack.toml cannot be read: No such file"),
        ("/nonexistent/stack.yaml", "/nonexistent/stack.yaml must end with .toml or .json"),
    ];
    for (path, start) in rows {
        let error = StackConfig::load_with(path, &HashMap::new()).unwrap_err();
        assert!(error.to_string().starts_with(start), "{error}");
        assert_eq!(error.key(), "");
    }
}
