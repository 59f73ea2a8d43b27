//! Environment variables that name a provider by its name.

use std::collections::HashMap;

use otp_facade::config::StackConfig;

use crate::example::{StackFile, variables};

const FILE: &str = r#"
    [[providers]]
    provider = "smscx"
    name = "smscx-eu"
    api_key = { env = "A" }
    [[providers]]
    provider = "smscx"
    name = "smscx.asia"
    api_key = { file = "/a" }
    [[providers]]
    provider = "deutsche-bank"
    bearer = { env = "A" }
"#;

fn load(environment: &HashMap<String, String>) -> Result<StackConfig, String> {
    let file = StackFile::new(FILE);
    StackConfig::load_with(&file.path, environment).map_err(|error| error.to_string())
}

#[test]
fn a_variable_by_name_is_the_same_as_one_by_index() {
    let rows = [
        ("SMSCX_EU__BASE_URL", "0__BASE_URL", "https://a.example"),
        ("smscx_eu__base_url", "0__BASE_URL", "https://a.example"),
        ("SMSCX_ASIA__BASE_URL", "1__BASE_URL", "https://a.example"),
        ("SMSCX_ASIA__NAME", "1__NAME", "other"),
        ("SMSCX_ASIA__API_KEY__ENV", "1__API_KEY__ENV", "B"),
        ("SMSCX_ASIA__API_KEY", "1__API_KEY", r#"{"env": "B"}"#),
        ("SMSCX_ASIA", "1", r#"{"api_key": {"env": "B"}}"#),
        ("DEUTSCHE_BANK__BEARER__FILE", "2__BEARER__FILE", "/b"),
    ];
    for (by_name, by_index, value) in rows {
        let path = |key: &str| format!("OTP__PROVIDERS__{key}");
        let by_name = load(&variables([(path(by_name).as_str(), value)]));
        let by_index = load(&variables([(path(by_index).as_str(), value)]));
        assert!(by_index.is_ok() && by_index != load(&HashMap::new()), "{by_index:?}");
        assert_eq!(by_name, by_index, "{value}");
    }
}

#[test]
fn the_names_are_those_that_the_other_variables_leave() {
    let renamed = [("OTP__PROVIDERS__0__NAME", "x"), ("OTP__PROVIDERS__X__BASE_URL", "https://a.example")];
    let by_index = [("OTP__PROVIDERS__0__NAME", "x"), ("OTP__PROVIDERS__0__BASE_URL", "https://a.example")];
    assert_eq!(load(&variables(renamed)), load(&variables(by_index)));
    let list = r#"[{"provider": "memory", "name": "one"}]"#;
    let alone = [("OTP__PROVIDERS", list), ("OTP__PROVIDERS__ONE__NAME", "two")];
    let config = StackConfig::from_environment(&variables(alone)).expect("a good configuration");
    assert_eq!(
        config,
        StackConfig::from_json(&format!(r#"{{"providers": {}}}"#, list.replace("one", "two"))).unwrap()
    );
}

#[test]
fn a_name_that_no_provider_or_more_than_one_has_is_an_error() {
    let rows = [
        (
            vec![("OTP__PROVIDERS__SMSCX__NAME", "x")],
            "providers.smscx: is not the name of a provider, in the environment: there are smscx-eu, smscx.asia, \
             deutsche-bank",
        ),
        (
            vec![("OTP__PROVIDERS__1__NAME", "smscx_eu"), ("OTP__PROVIDERS__SMSCX_EU__NAME", "x")],
            "providers.smscx_eu: is the name of several providers: use the index, in the environment",
        ),
        (vec![("OTP__PROVIDERS__SMSCX_EU__NAMES", "x")], "providers[0].names: unknown field `names`"),
        (
            vec![("OTP__PROVIDERS__0__API_KEY__ENV", "B"), ("OTP__PROVIDERS__SMSCX_EU__API_KEY__FILE", "/b")],
            "providers[0].api_key: must be { env",
        ),
    ];
    for (pairs, start) in rows {
        let error = load(&variables(pairs)).expect_err(start);
        assert!(error.starts_with(start), "{error}\nis not\n{start}");
    }
    let nothing = variables([("OTP__PROVIDERS__SMSCX_EU__PROVIDER", "smscx")]);
    let error = StackConfig::from_environment(&nothing).expect_err("no provider").to_string();
    assert!(error.starts_with("providers.smscx_eu: is a name, but there is no provider yet"), "{error}");
}
