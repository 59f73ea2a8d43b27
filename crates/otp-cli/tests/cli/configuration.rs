//! `--config`, `config schema` and `config explain`.

use otp_facade::config::StackConfig;
use otp_sandbox::{Provider, Sandbox};

use crate::program::{run, run_with};

const EXAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../otp-facade/examples/stack.toml");

#[tokio::test]
async fn the_schema_is_that_of_the_facade() {
    assert_eq!(run(&["config", "schema"], &[], "").await.out, StackConfig::json_schema());
}

#[tokio::test]
async fn a_stack_is_explained_as_a_tree_without_its_secrets() {
    let outcome = run(&["config", "explain", EXAMPLE], &[("SMSCX_API_KEY", "secret-4711")], "").await;
    assert_eq!(outcome.code, 0, "{outcome:?}");
    let names: Vec<_> = outcome.out.lines().map(|line| line.split(':').next().unwrap().to_owned()).collect();
    assert_eq!(
        names,
        [
            "detached",
            "└─ tracing",
            "   └─ guard",
            "      └─ timeout",
            "         └─ failover",
            "            ├─ retry",
            "            │  └─ smscx-eu",
            "            ├─ retry",
            "            │  └─ smscx-asia",
            "            └─ retry",
            "               └─ agilicus",
        ],
        "{}",
        outcome.out
    );
    for text in [
        "key from $OTP_GUARD_KEY, records in Redis, URL from $REDIS_URL, 5 messages an hour, 10 a day, 2000 in all an hour, only to +49 +43 +1",
        "smscx at https://api.sms.cx, api_key from $SMSCX_API_KEY, 5 s for one attempt",
        "passed over for a recipient that lacks what it needs",
    ] {
        assert!(outcome.out.contains(text), "{text} in {}", outcome.out);
    }
    assert!(!outcome.out.contains("secret-4711"));
    let json = run(&["config", "explain", EXAMPLE, "--json"], &[], "").await.json();
    assert_eq!(json["inside"][0]["inside"][0]["layer"], "guard");
}

#[tokio::test]
async fn an_address_is_explained_without_what_may_be_secret() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("stack.toml");
    for (url, shown) in [
        (
            "https://somebody:s3cret@gateway.example:8443/x?key=s3cret#s3cret",
            "https://gateway.example:8443/x,",
        ),
        ("s3cret", "an address that is no URL,"),
    ] {
        let text = format!(
            "[[providers]]\nprovider = \"smscx\"\nbase_url = \"{url}\"\napi_key = {{ env = \"sk_live_s3cret\" }}\n"
        );
        std::fs::write(&file, text).unwrap();
        let outcome = run(&["config", "explain", file.to_str().unwrap()], &[], "").await;
        assert!(outcome.code == 0 && outcome.out.contains(&format!("smscx at {shown}")), "{outcome:?}");
        assert!(!outcome.out.contains("s3cret") && !outcome.out.contains("somebody"), "{outcome:?}");
    }
}

#[tokio::test]
async fn a_wrong_configuration_names_the_key() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("stack.toml");
    std::fs::write(&file, "[[providers]]\nprovider = \"smscx\"\napi_kez = { env = \"X\" }\n").unwrap();
    let outcome = run(&["config", "explain", file.to_str().unwrap()], &[], "").await;
    assert!(outcome.code == 2 && outcome.err.contains("providers[0].api_kez"), "{outcome:?}");
}

#[tokio::test]
async fn a_configured_stack_is_driven_with_its_section() {
    let sandbox = Sandbox::start().await.unwrap();
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("application.toml");
    let text = format!(
        "[login.otp]\ntimeout_seconds = 10\n[[login.otp.providers]]\nprovider = \"equinix-metal\"\nbase_url = \"{}\"\nauth_token = {{ env = \"TOKEN\" }}\n\
         [login.otp.guard]\nkey = {{ env = \"KEY\" }}\nowner = \"o\"\n[login.otp.guard.store.memory]\n",
        sandbox.base_url(Provider::EquinixMetal)
    );
    std::fs::write(&file, text).unwrap();
    let environment = [("TOKEN", "any"), ("KEY", "0123456789abcdef0123456789abcdef")];
    let target = ["--config", file.to_str().unwrap(), "--section", "login.otp", "--json"];
    let code = async {
        while sandbox.inbox().is_empty() {
            tokio::task::yield_now().await;
        }
        sandbox.last_message(Provider::EquinixMetal).unwrap().code
    };
    let tried =
        run_with(&[&["try", "--subject", "account-7"], &target[..]].concat(), &environment, code).await;
    assert_eq!((tried.code, sandbox.inbox().len()), (0, 1), "{tried:?}");
}

#[tokio::test]
async fn a_guard_in_memory_is_refused_where_another_command_needs_its_records() {
    let sandbox = Sandbox::start().await.unwrap();
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("stack.toml");
    let environment = [("TOKEN", "any"), ("KEY", "0123456789abcdef0123456789abcdef")];
    for store in ["", "[guard.store.memory]\n"] {
        let text = format!(
            "[[providers]]\nprovider = \"equinix-metal\"\nbase_url = \"{}\"\nauth_token = {{ env = \"TOKEN\" }}\n\
             [guard]\nkey = {{ env = \"KEY\" }}\nowner = \"o\"\n{store}",
            sandbox.base_url(Provider::EquinixMetal)
        );
        std::fs::write(&file, text).unwrap();
        let target = ["--json", "--config", file.to_str().unwrap()];
        for command in [
            &["create"][..],
            &["verify", "guard:a:b"],
            &["cancel", "guard:a:b"],
            &["status", "guard:a:b"],
            &["wait", "guard:a:b"],
        ] {
            let outcome = run(&[command, &target].concat(), &environment, "123456\n").await;
            let message = outcome.json()["error"]["message"].as_str().unwrap().to_owned();
            assert!(outcome.code == 2 && message.contains("in memory"), "{command:?} {outcome:?}");
        }
        assert!(sandbox.journal().is_empty());
        let checked = run(&[&["check"], &target[..]].concat(), &environment, "").await;
        let findings = checked.json()["findings"].as_array().unwrap().clone();
        let guard = findings.iter().find(|finding| finding["subject"] == "guard").unwrap();
        assert!(checked.code == 0 && guard["severity"] == "warning", "{checked:?}");
        sandbox.clear_journal();
    }
}
