//! Secrets come from the environment, from files or from a prompt, and are never printed.

use otp_sandbox::{Fault, Provider, Sandbox};

use crate::program::run;

const SECRET: &str = "k-that-must-not-appear-4711";

#[tokio::test]
async fn a_credential_is_taken_from_variables_and_files() {
    let sandbox = Sandbox::start().await.unwrap();
    let url = sandbox.base_url(Provider::Smscx);
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("key");
    std::fs::write(&file, format!("{SECRET}\n")).unwrap();
    let from_file = format!("api_key={}", file.display());
    let create = ["create", "--provider", "smscx", "--base-url", &url, "--phone", "+4915112345678"];
    for (more, environment) in [
        (vec![], vec![("SMSCX_API_KEY", SECRET)]),
        (vec!["--secret-env", "api_key=MY_KEY"], vec![("MY_KEY", SECRET), ("SMSCX_BEARER", "another")]),
        (vec!["--secret-file", from_file.as_str()], vec![]),
        // What belongs to another credential is passed over.
        (
            vec!["--secret-env", "api_key=MY_KEY"],
            vec![("MY_KEY", SECRET), ("SMSCX_CLIENT_ID", "x"), ("SMSCX_CLIENT_SECRET", "another")],
        ),
    ] {
        sandbox.clear_journal();
        let outcome = run(&[&create[..], &more].concat(), &environment, "").await;
        assert_eq!(outcome.code, 0, "{outcome:?}");
        let shown = sandbox.fingerprint(SECRET);
        assert_eq!(sandbox.journal()[0].header("x-api-key"), Some(shown.as_str()), "{more:?}");
    }
    let environment = [("SMSCX_CLIENT_ID", "application-7"), ("SMSCX_CLIENT_SECRET", SECRET)];
    let outcome = run(&create, &environment, "").await;
    assert_eq!(outcome.code, 0, "{outcome:?}");

    // The rest of a credential that the arguments begin.
    let environment =
        [("SMSCX_CLIENT_ID", "application-7"), ("MY_SECRET", SECRET), ("SMSCX_API_KEY", "another")];
    let outcome =
        run(&[&create[..], &["--secret-env", "client_secret=MY_SECRET"]].concat(), &environment, "").await;
    assert_eq!(outcome.code, 0, "{outcome:?}");
}

#[tokio::test]
async fn an_error_of_one_provider_does_not_speak_of_a_configuration() {
    let both = [("SMSCX_API_KEY", SECRET), ("SMSCX_BEARER", SECRET)];
    let create = ["create", "--provider", "smscx", "--phone", "+4915112345678"];
    for (more, environment, text) in [
        (&[][..], &both[..], "smscx: must have one credential"),
        (&["--base-url", "http://example.com"], &both[..1], "smscx: base_url: must be https"),
        (&["--secret-env", "api_key=NONE"], &[], "smscx: api_key: the environment variable NONE is not set"),
    ] {
        let outcome = run(&[&create, more].concat(), environment, "").await;
        assert!(outcome.code == 2 && outcome.err.contains(text), "{outcome:?}");
        assert!(!outcome.err.contains("providers["), "{outcome:?}");
    }
    let check = [&["check"], &create[1..3]].concat();
    let outcome = run(&check, &both, "").await;
    assert!(
        outcome.out.contains("smscx: must have one") && !outcome.out.contains("providers["),
        "{outcome:?}"
    );
}

#[tokio::test]
async fn a_credential_that_is_missing_is_an_error_that_says_where_to_put_it() {
    let printed = run(&["providers", "--json"], &[], "").await.json();
    for provider in Provider::ALL.map(Provider::slug) {
        // What is asked for first is what `otp providers` names first.
        let credentials = printed[provider]["credentials"].as_str().unwrap();
        let variable = credentials.split([' ', ',', ';']).next().unwrap();
        let prefix = provider.to_uppercase().replace('-', "_");
        assert!(variable.starts_with(&format!("{prefix}_")), "{credentials}");
        let outcome =
            run(&["create", "--provider", provider, "--phone", "+4915112345678", "--user", "u"], &[], "")
                .await;
        assert!(outcome.code == 2 && outcome.err.contains(&format!("set {variable},")), "{outcome:?}");
    }
}

#[tokio::test]
async fn no_secret_is_printed() {
    let sandbox = Sandbox::start().await.unwrap();
    let url = sandbox.base_url(Provider::Smscx);
    let target = ["--provider", "smscx", "--base-url", &url];
    let environment = [("SMSCX_API_KEY", SECRET)];
    let create = ["create", "--phone", "+4915112345678"];
    let check = ["check"];
    let mut printed = String::new();
    for json in [&[][..], &["--json"]] {
        for fault in [
            None,
            Some(Fault::response(401, &serde_json::json!({ "error": SECRET }))),
            Some(Fault::Garbage),
            Some(Fault::Html(500)),
        ] {
            if let Some(fault) = fault {
                sandbox.inject(Provider::Smscx, fault);
            }
            for command in [&create[..], &check] {
                let outcome = run(&[command, &target, json].concat(), &environment, "").await;
                printed += &outcome.out;
                printed += &outcome.err;
            }
        }
    }
    let misplaced = run(
        &[
            "create",
            "--provider",
            "smscx",
            "--secret-env",
            &format!("api_key={SECRET}"),
            "--phone",
            "+4915112345678",
        ],
        &[],
        "",
    )
    .await;
    let wrong_key = run(
        &["create", "--provider", "smscx", "--set", &format!("key={SECRET}"), "--phone", "+4915112345678"],
        &[],
        "",
    )
    .await;
    // It could be a name, too.
    let target = ["create", "--provider", "smscx", "--phone", "+4915112345678", "--secret-env"];
    let token = run(&[&target[..], &["api_key=sk_live_4711"]].concat(), &[], "").await;
    assert!(token.err.contains("A-Z, 0-9 and _") && !token.err.contains("sk_live"), "{token:?}");
    for outcome in [misplaced, wrong_key, token] {
        assert_ne!(outcome.code, 0);
        printed += &outcome.err;
    }
    assert!(
        sandbox
            .journal()
            .iter()
            .any(|request| request.header("x-api-key") == Some(&sandbox.fingerprint(SECRET)))
    );
    assert!(printed.len() > 500 && !printed.contains(SECRET), "{printed}");
    assert!(!printed.contains("15112345678"), "{printed}");
}

#[tokio::test]
async fn keys_beside_the_secret_come_from_variables_and_arguments() {
    let sandbox = Sandbox::start().await.unwrap();
    let url = sandbox.base_url(Provider::Vonage);
    let create = ["create", "--provider", "vonage", "--base-url", &url, "--phone", "+4915112345678"];
    // A key of digits only is text, too.
    let environment =
        [("VONAGE_BRAND", "ACME"), ("VONAGE_API_KEY", "12345678"), ("VONAGE_API_SECRET", SECRET)];
    let outcome = run(&create, &environment, "").await;
    assert_eq!(outcome.code, 0, "{outcome:?}");

    let url = sandbox.base_url(Provider::Twilio);
    let service = "service_sid=VA0123456789abcdef0123456789abcdef";
    let account = "account_sid=AC0123456789abcdef0123456789abcdef";
    let create = [
        "create",
        "--provider",
        "twilio",
        "--base-url",
        &url,
        "--email",
        "a@example.com",
        "--channel",
        "email",
    ];
    let settings = ["--set", service, "--set", account, "--set", "psd2=false"];
    let outcome = run(&[&create[..], &settings].concat(), &[("TWILIO_AUTH_TOKEN", SECRET)], "").await;
    assert_eq!(outcome.code, 0, "{outcome:?}");
    assert_eq!(sandbox.last_message(Provider::Twilio).unwrap().to, "a@example.com");
}
