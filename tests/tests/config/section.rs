//! The stack as a part of an application's own configuration.

use std::collections::HashMap;

use otp_facade::config::{StackConfig, StackError, StackLoader};
use serde::Deserialize;
use serde_json::json;

use crate::example::{KEY, StackFile, variables};

const STACK: &str = r#"
    timeout_seconds = 15
    [[providers]]
    provider = "memory"
    [[providers]]
    provider = "smscx"
    name = "smscx-eu"
    api_key = { env = "SMSCX" }
    [guard]
    key = { env = "KEY" }
"#;

/// The same stack as the table `[login.otp]` of an application.
fn application() -> String {
    let stack = STACK.replace("[[providers", "[[login.otp.providers").replace("[guard", "[login.otp.guard");
    format!("port = 80\n[login]\ntitle = \"hello\"\n[login.otp]\n{stack}")
}

fn load(text: &str, environment: &[(&str, &str)]) -> Result<StackConfig, StackError> {
    let file = StackFile::new(text);
    let loader = StackLoader::new(&file.path).with_section("login.otp").with_env_prefix("MYAPP");
    loader.load_with(&variables(environment.iter().copied()))
}

#[test]
fn a_section_of_an_applications_file_is_a_stack() {
    let alone = StackConfig::from_toml(STACK).unwrap().with_section("login.otp");
    assert_eq!(load(&application(), &[]), Ok(alone));
    // What an application has beside the stack is its own.
    assert!(
        load(
            &format!("{}\n[other]\nkey = 1", application()),
            &[("MYAPP__PORT", "x"), ("MYAPP__LOGIN__TITLE", "x")]
        )
        .is_ok()
    );
}

#[test]
fn variables_have_the_applications_prefix_and_the_path_of_the_section() {
    let rows = [
        (("MYAPP__LOGIN__OTP__TIMEOUT_SECONDS", "20"), "timeout_seconds = 15", "timeout_seconds = 20"),
        (("MYAPP__LOGIN__OTP__PROVIDERS__1__NAME", "other"), "smscx-eu", "other"),
        (("MYAPP__LOGIN__OTP__PROVIDERS__SMSCX_EU__NAME", "other"), "smscx-eu", "other"),
        (("MYAPP__LOGIN__OTP__GUARD__KEY__FILE", "/k"), "env = \"KEY\"", "file = \"/k\""),
        (("OTP__TIMEOUT_SECONDS", "20"), "", ""),
        (("MYAPP__TIMEOUT_SECONDS", "20"), "", ""),
        (("MYAPP__LOGIN__OTPS__TIMEOUT_SECONDS", "20"), "", ""),
        (("MYAPP_LOGIN__OTP__TIMEOUT_SECONDS", "20"), "", ""),
    ];
    for (variable, from, to) in rows {
        let expected = StackConfig::from_toml(&STACK.replace(from, to)).unwrap().with_section("login.otp");
        assert_eq!(load(&application(), &[variable]), Ok(expected), "{variable:?}");
    }
    let file = StackFile::new("[phone-login]\nproviders = [{ provider = \"memory\" }]");
    let loader = StackLoader::new(&file.path).with_section("phone-login").with_env_prefix("my_app");
    let config = loader.load_with(&variables([("MY_APP__PHONE_LOGIN__TIMEOUT_SECONDS", "7")])).unwrap();
    assert_eq!(config.timeout_seconds.map(std::num::NonZeroU32::get), Some(7));
    // The variables may be all that there is.
    let whole = [("MYAPP__LOGIN__OTP__PROVIDERS__0__PROVIDER", "memory")];
    assert!(load("port = 80", &whole).is_ok());
}

#[test]
fn an_error_names_the_whole_path_from_reading_to_building() {
    let with = |from: &str, to: &str| application().replace(from, to);
    let good = application();
    type Variables = &'static [(&'static str, &'static str)];
    let rows: [(String, Variables, &str); 9] = [
        (with("api_key", "api_kye"), &[], "login.otp.providers[1].api_kye: unknown field `api_kye`"),
        (with("timeout_seconds = 15", "timeout_seconds = 0"), &[], "login.otp.timeout_seconds: must be"),
        (with("guard]", "guards]"), &[], "login.otp.guards: unknown field `guards`"),
        ("port = 80".into(), &[], "login.otp: is missing"),
        ("login = { otp = 5 }".into(), &[], "login.otp: must be a table"),
        ("login = 5".into(), &[], "login.otp: "),
        (good.clone(), &[("MYAPP__LOGIN__OTP__RETRY", "5")], "login.otp.retry: must be a table"),
        (
            good.clone(),
            &[("MYAPP__LOGIN__OTP__PROVIDERS__X__NAME", "a")],
            "login.otp.providers.x: is not the name",
        ),
        (good, &[], "login.otp.guard.key: the environment variable KEY is not set"),
    ];
    for (text, environment, start) in rows {
        let built =
            load(&text, environment).and_then(|config| config.build_with(&variables([("SMSCX", "a")])));
        let error = built.expect_err(start).to_string();
        assert!(error.starts_with(start), "{error}\nis not\n{start}");
    }
}

#[test]
fn a_stack_in_an_applications_own_type_names_the_path_of_the_key() {
    #[derive(Debug, Deserialize, PartialEq)]
    struct Application {
        port: u16,
        otp: StackConfig,
    }
    let read = |otp: serde_json::Value| {
        serde_json::from_value::<Application>(json!({ "port": 80, "otp": otp }))
            .map_err(|error| error.to_string())
    };
    let memory = json!({ "provider": "memory" });
    let stack = StackConfig::from_toml("[[providers]]\nprovider = \"memory\"").unwrap();
    assert_eq!(read(json!({ "providers": [memory] })), Ok(Application { port: 80, otp: stack }));
    let rows = [
        (
            json!({ "providers": [memory, { "provider": "smscx", "api_kye": 1 }] }),
            "providers[1].api_kye: unknown",
        ),
        (json!({ "providers": [memory], "retry": { "attempts": 1 } }), "retry.attempts: unknown field"),
        (json!({ "providers": [memory], "guard": { "key": "hidden" } }), "guard.key: must be { env"),
        (json!({}), "providers: is missing"),
        (json!([]), "must be a table"),
        // The path of the table is no key of it.
        (json!({ "providers": [memory], "section": "a" }), "section: unknown field `section`"),
        (json!({ "providers": [memory], "test": null }), "test: unknown field `test`"),
    ];
    for (otp, start) in rows {
        let error = read(otp).expect_err(start);
        assert!(error.starts_with(start) && !error.contains("hidden"), "{error}\nis not\n{start}");
    }
    let guard = json!({ "providers": [memory], "guard": { "key": { "env": "KEY" } } });
    let config = read(guard).unwrap().otp.with_section("otp");
    let error = config.clone().build_with(&HashMap::new()).unwrap_err();
    assert_eq!(error.key(), "otp.guard.key");
    assert!(config.build_with(&variables([("KEY", KEY)])).is_ok());
}
