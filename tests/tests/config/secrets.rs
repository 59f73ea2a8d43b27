//! Secrets are references in a configuration, and are not shown.

use std::collections::HashMap;

use otp_facade::config::StackConfig;

use crate::example::{example, secrets, variables};

fn config(source: &str) -> String {
    format!("[[providers]]\nprovider = \"smscx\"\napi_key = {source}")
}

fn error(source: &str, variables: &HashMap<String, String>) -> String {
    let stack = StackConfig::from_toml(&config(source)).and_then(|config| config.build_with(variables));
    stack.expect_err("a wrong secret").to_string()
}

#[test]
fn a_secret_in_the_configuration_is_refused_and_not_quoted() {
    let rule = "providers[0].api_key: must be { env = \"NAME\" } or { file = \"/path\" }: \
        a configuration holds no secret itself";
    let rows = [
        "\"hidden\"",
        "[\"hidden\"]",
        "{ value = \"hidden\" }",
        "{ hidden = 1 }",
        "{ env = [\"hidden\"] }",
        "{ env = \"A\", file = \"/hidden\" }",
        "{ env = \"A\", value = \"hidden\" }",
        "{}",
        "12345",
    ];
    for source in rows {
        assert_eq!(error(source, &HashMap::new()), rule, "{source}");
    }
}

#[test]
fn a_secret_that_is_missing_is_named_by_its_key() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, content: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, content).unwrap();
        format!("{{ file = '{}' }}", path.display())
    };
    let hidden = "the environment variable that it names (shown only if of A-Z, 0-9 and _) is not set";
    let rows = [
        ("{ env = \"NONE\" }".to_owned(), "the environment variable NONE is not set"),
        ("{ env = \"sk-live/secret\" }".to_owned(), hidden),
        ("{ env = \"sk_live_secret\" }".to_owned(), hidden),
        ("{ env = \"4711SECRET\" }".to_owned(), hidden),
        ("{ env = \"EMPTY\" }".to_owned(), "the environment variable EMPTY is empty"),
        ("{ file = '/nonexistent/key' }".to_owned(), "the file /nonexistent/key cannot be read"),
        (file("newline", b"\n"), "is empty"),
        (file("bytes", b"hidden\xff"), "cannot be read"),
        (file("lines", b"hidden\n\n"), "must consist of visible ASCII"),
    ];
    for (source, rule) in rows {
        let error = error(&source, &variables([("EMPTY", "")]));
        assert!(error.starts_with("providers[0].api_key: ") && error.contains(rule), "{source}: {error}");
        assert!(!error.contains("hidden"), "{error}");
    }
}

#[test]
fn one_newline_at_the_end_is_left_out() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key");
    for content in ["hidden-key", "hidden-key\n", "hidden-key\r\n"] {
        std::fs::write(&path, content).unwrap();
        let config = StackConfig::from_toml(&config(&format!("{{ file = '{}' }}", path.display()))).unwrap();
        assert!(config.build_with(&HashMap::new()).is_ok(), "{content:?}");
    }
}

#[test]
fn neither_configuration_nor_stack_shows_a_secret() {
    let config = example();
    assert!(!format!("{config:?}").contains("hidden"));
    let mut variables = secrets();
    variables.remove("REDIS_URL");
    let error = config.build_with(&variables).unwrap_err();
    assert!(!format!("{error} {error:?}").contains("hidden"));
}
