//! The stack that is built from a configuration.

use otp_facade::config::{SecretSource, StackConfig};

use crate::example::{KEY, example, secrets, variables};

fn built(toml: &str) -> String {
    let secrets = variables([("KEY", KEY)]);
    let config = StackConfig::from_toml(toml).expect("a good configuration");
    format!("{:?}", config.build_with(&secrets).expect("a stack"))
}

#[test]
fn the_example_builds_the_whole_stack_in_the_documented_order() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("smscx");
    std::fs::write(&path, "hidden-secret\n").unwrap();
    let json = serde_json::json!({ "file": path }).to_string();
    let variables = variables([("OTP__PROVIDERS__1__CLIENT_SECRET", json.as_str())]);
    let file = crate::example::facade("examples/stack.toml");
    let config = StackConfig::load_with(file, &variables).unwrap();

    let stack = format!("{:?}", config.build_with(&secrets()).unwrap());

    let layers = [
        "Traced(Guard(RedisStore",
        "Timeout(15s, Failover[",
        "Retry(3, Defaults(Smscx",
        "Retry(3, Smscx",
        "Optional(Retry(3, Defaults(Agilicus",
    ];
    let places: Vec<_> = layers.iter().map(|layer| stack.find(layer)).collect();
    assert!(places.iter().all(Option::is_some) && places.is_sorted(), "{places:?} in {stack}");
    assert!(!stack.contains("hidden"), "{stack}");
}

#[test]
fn a_layer_is_there_if_its_key_is() {
    let one = "[[providers]]\nprovider = \"memory\"\n";
    let two = "[[providers]]\nprovider = \"memory\"\n[[providers]]\nprovider = \"memory\"\nname = \"b\"\n";
    let memory = "InMemory { name: \"memory\", .. }";
    let other = "InMemory { name: \"b\", .. }";
    let guard = "[guard]\nkey = { env = \"KEY\" }\n";
    let rows = [
        (one.to_owned(), memory.to_owned()),
        (format!("{one}[transport]\n"), memory.to_owned()),
        (format!("{one}[retry]\n"), format!("Retry(3, {memory})")),
        (format!("{one}[retry]\nmax_attempts = 7\n"), format!("Retry(7, {memory})")),
        (format!("timeout_seconds = 4\n{one}"), format!("Timeout(4s, {memory})")),
        (format!("trace = false\n{one}"), memory.to_owned()),
        (format!("trace = true\n{one}"), format!("Traced({memory})")),
        (two.to_owned(), format!("Failover[{memory}, {other}]")),
        (format!("{two}[failover]\nfailures = 1\n"), format!("Failover[{memory}, {other}]")),
        (
            format!("{two}optional = true\n[failover]\nafter_uncertain_create = true\n"),
            format!("Failover(after uncertain create)[{memory}, Optional({other})]"),
        ),
        (
            format!("{two}optional = false\n[failover]\nafter_uncertain_create = false\n"),
            format!("Failover[{memory}, {other}]"),
        ),
        (format!("{one}defaults = {{}}\n"), memory.to_owned()),
        (
            format!("{one}defaults = {{ code_length = 6 }}\n[retry]\n"),
            format!("Retry(3, Defaults({memory}))"),
        ),
        (format!("{one}{guard}"), format!("Guard(MemoryStore {{ capacity: 1000000, .. }}, {memory})")),
        (
            format!("trace = true\ntimeout_seconds = 9\n{two}[retry]\n{guard}store.memory.capacity = 77\n"),
            format!(
                "Traced(Guard(MemoryStore {{ capacity: 77, .. }}, \
                 Timeout(9s, Failover[Retry(3, {memory}), Retry(3, {other})])))"
            ),
        ),
    ];
    for (toml, stack) in rows {
        assert_eq!(built(&toml), stack, "{toml}");
    }
}

#[test]
fn every_provider_has_a_variant() {
    let rows = [
        ("agilicus", "bearer = { env = \"KEY\" }"),
        ("deutsche-bank", "bearer = { env = \"KEY\" }"),
        ("equinix-metal", "auth_token = { env = \"KEY\" }"),
        ("memory", ""),
        ("smscx", "api_key = { env = \"KEY\" }"),
        ("smscx", "bearer = { env = \"KEY\" }"),
        ("smscx", "client_id = \"id\"\nclient_secret = { env = \"KEY\" }"),
    ];
    for (slug, credential) in rows {
        let config = StackConfig::from_toml(&format!("[[providers]]\nprovider = \"{slug}\"\n{credential}"));
        let stack = config.unwrap().build_with(&variables([("KEY", "token")])).unwrap();
        assert_eq!(stack.name(), slug);
    }
}

#[test]
fn the_guard_has_the_name_that_it_is_given() {
    let toml = "[[providers]]\nprovider = \"memory\"\n[guard]\nname = \"login\"\nkey = { env = \"KEY\" }";
    let stack = StackConfig::from_toml(toml).unwrap().build_with(&variables([("KEY", KEY)])).unwrap();
    assert_eq!(stack.name(), "login");
}

#[test]
fn toml_and_json_say_the_same() {
    let toml = r#"
        timeout_seconds = 15
        [[providers]]
        provider = "smscx"
        api_key = { env = "SMSCX_API_KEY" }
        [[providers]]
        provider = "memory"
        [guard]
        key = { file = "/run/secrets/guard" }
        calling_codes = ["+49"]
        per_hour = 3
        per_day = "unlimited"
        store.redis = { url = { env = "REDIS_URL" } }
    "#;
    let json = r#"{
        "timeout_seconds": 15,
        "providers": [
            { "provider": "smscx", "api_key": { "env": "SMSCX_API_KEY" } },
            { "provider": "memory" }
        ],
        "guard": {
            "key": { "file": "/run/secrets/guard" },
            "calling_codes": ["+49"],
            "per_hour": 3,
            "per_day": "unlimited",
            "store": { "redis": { "url": { "env": "REDIS_URL" } } }
        }
    }"#;
    assert_eq!(StackConfig::from_toml(toml).unwrap(), StackConfig::from_json(json).unwrap());
}

#[test]
fn the_example_has_every_kind_of_key() {
    let config = example();
    assert_eq!(config.providers.len(), 3);
    assert!(config.trace && config.retry.is_some() && config.failover.is_some());
    assert_eq!(config.guard.unwrap().key, SecretSource::Env("OTP_GUARD_KEY".to_owned()));
}
