//! create, verify, cancel, status and wait, and the exit code of each kind of error.

use otp_sandbox::{Fault, Provider, Sandbox};
use serde_json::json;

use crate::program::{run, run_with, smscx};

const NUMBER: &str = "+4915112345678";

async fn create(sandbox: &Sandbox) -> String {
    let outcome = smscx(sandbox, &["create", "--phone", NUMBER], "").await;
    assert_eq!(outcome.code, 0, "{outcome:?}");
    outcome.json()["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_challenge_is_created_verified_and_read() {
    let sandbox = Sandbox::start().await.unwrap();
    let arguments =
        ["create", "--phone", "0151 12345678", "--country", "DE", "--ttl", "120", "--code-length", "6"];
    let outcome = smscx(&sandbox, &arguments, "").await;
    let created = outcome.json();
    assert_eq!(
        (created["channel"].as_str(), created["expires_in_seconds"].as_u64()),
        (Some("sms"), Some(120))
    );
    let message = sandbox.message_to(NUMBER).unwrap();
    assert!(
        message.code.len() == 6 && !outcome.out.contains(&message.code) && !outcome.out.contains("12345678")
    );
    let id = created["id"].as_str().unwrap();
    assert_eq!(
        smscx(&sandbox, &["status", id], "").await.json(),
        json!({ "id": id, "status": "pending", "final": false })
    );

    let wrong = smscx(&sandbox, &["verify", id], &format!("{}\n", message.wrong_code())).await;
    assert_eq!((wrong.code, wrong.json()["error"]["kind"].as_str()), (7, Some("wrong_code")), "{wrong:?}");
    let right = smscx(&sandbox, &["verify", id], &format!("{}\n", message.code)).await;
    assert_eq!((right.code, right.json()["verified"].as_bool()), (0, Some(true)), "{right:?}");
    let waited = smscx(&sandbox, &["wait", id], "").await;
    assert_eq!((waited.code, waited.json()["status"].as_str()), (0, Some("verified")));

    let id = create(&sandbox).await;
    assert_eq!(smscx(&sandbox, &["cancel", &id], "").await.json()["cancelled"], true);
    let waited = smscx(&sandbox, &["wait", &id], "").await;
    assert_eq!((waited.code, waited.json()["status"].as_str()), (7, Some("cancelled")));
}

#[tokio::test]
async fn a_push_succeeds_only_if_the_user_approves() {
    let sandbox = Sandbox::start().await.unwrap();
    let url = sandbox.base_url(Provider::Agilicus);
    let push = ["--json", "--provider", "agilicus", "--base-url", &url, "--user", "u", "--channel", "push"];
    let tried = [&["try"], &push[..]].concat();
    let approve: fn(&Sandbox, &str) -> bool = Sandbox::approve;
    for (answer, code, status) in
        [(approve, 0, "verified"), (Sandbox::decline, 7, "declined"), (Sandbox::fail_delivery, 7, "failed")]
    {
        sandbox.reset();
        let answered = async {
            while sandbox.inbox().is_empty() {
                tokio::task::yield_now().await;
            }
            let challenge = sandbox.last_message(Provider::Agilicus).unwrap().challenge.unwrap();
            assert!(answer(&sandbox, &challenge));
        };
        let (outcome, ()) = tokio::join!(run(&tried, &[("AGILICUS_BEARER", "any")], ""), answered);
        assert_eq!((outcome.code, outcome.json()["status"].as_str()), (code, Some(status)), "{outcome:?}");
    }
}

#[tokio::test]
async fn each_kind_of_error_has_its_exit_code() {
    let sandbox = Sandbox::start().await.unwrap();
    let id = create(&sandbox).await;
    let create = ["create", "--phone", NUMBER];
    let unknown = id.replace(char::is_numeric, "0");
    for (arguments, code, kind) in [
        ([&create[..], &["--channel", "push"]].concat(), 3, "unsupported"),
        ([&create[..], &["--ttl", "1"]].concat(), 4, "invalid_request"),
        (vec!["create", "--phone", "12"], 4, "invalid_request"),
        (vec!["status", &unknown], 6, "not_found"),
        ([&create[..], &["--channel", "pigeon"]].concat(), 2, "usage"),
        ([&create[..], &["--set", "secret-at-the-wrong-place"]].concat(), 2, "usage"),
    ] {
        let outcome = smscx(&sandbox, &arguments, "").await;
        let error = &outcome.json()["error"];
        assert_eq!((outcome.code, error["kind"].as_str()), (code, Some(kind)), "{arguments:?} {outcome:?}");
        assert_eq!(error["exit_code"], code);
        assert!(!outcome.out.contains("wrong-place"));
    }
    for (fault, code, kind, may_have_acted) in [
        (Fault::response(401, &json!({})), 5, "unauthorized", false),
        (Fault::ActThenDrop, 11, "unavailable", true),
        (Fault::InvalidJson, 13, "unexpected_response", true),
        (Fault::Refuse, 11, "unavailable", false),
    ] {
        sandbox.inject(Provider::Smscx, fault);
        let outcome = smscx(&sandbox, &create, "").await;
        let error = &outcome.json()["error"];
        assert_eq!((outcome.code, error["kind"].as_str()), (code, Some(kind)), "{outcome:?}");
        assert_eq!(error["may_have_acted"], may_have_acted, "{outcome:?}");
    }
    sandbox.clear_faults();
    sandbox.set_credit(Some(0.0));
    assert_eq!(smscx(&sandbox, &create, "").await.code, 8);
}

#[tokio::test]
async fn wrong_arguments_are_one_json_object_too() {
    for (arguments, text) in [
        (&["create", "--json"][..], "--provider <SLUG>"),
        (&["--json", "verify", "--provider", "smscx"], "<ID>"),
        (&["--json", "create", "--provider", "smscx", "--ttl", "long"], "--ttl <SECONDS>"),
        (&["--json"], "subcommand"),
    ] {
        let outcome = run(arguments, &[], "").await;
        let error = outcome.json()["error"].clone();
        assert_eq!((outcome.code, error["kind"].as_str()), (2, Some("usage")), "{outcome:?}");
        assert!(error["message"].as_str().unwrap().contains(text), "{outcome:?}");
        assert_eq!((&error["exit_code"], outcome.err.as_str()), (&json!(2), ""), "{outcome:?}");
    }
    let text = run(&["create"], &[], "").await;
    assert!(text.code == 2 && text.err.contains("Usage: otp create") && text.out.is_empty(), "{text:?}");
    let help = run(&["--json", "--help"], &[], "").await;
    assert!(help.code == 0 && help.out.contains("Usage: otp"), "{help:?}");
    // After `--`, it is no flag.
    let value = run(&["create", "--", "--json"], &[], "").await;
    assert!(value.code == 2 && value.out.is_empty(), "{value:?}");
}

#[tokio::test]
async fn text_is_for_people_and_has_no_colors_without_a_terminal() {
    let sandbox = Sandbox::start().await.unwrap();
    let url = sandbox.base_url(Provider::Smscx);
    let target = ["--provider", "smscx", "--base-url", &url];
    let environment = [("SMSCX_API_KEY", "any")];
    let created = run(&[&["create", "--phone", NUMBER], &target[..]].concat(), &environment, "").await;
    assert!(created.out.contains("sent by sms to ") && created.out.contains("good for 300 s"), "{created:?}");
    assert!(created.err.contains("may cost money"), "{created:?}");
    let id = created.out.lines().next().unwrap();
    let wrong = sandbox.message_to(NUMBER).unwrap().wrong_code();
    let rejected = run(&[&["verify", id], &target[..]].concat(), &environment, &wrong).await;
    assert!(rejected.err.starts_with("error: smscx: verify: wrong_code"), "{rejected:?}");
    assert!(rejected.err.contains("Ask for the code again."), "{rejected:?}");
    for text in [created.out, created.err, rejected.out, rejected.err] {
        assert!(!text.contains('\u{1b}'), "{text:?}");
    }
}

#[tokio::test]
async fn what_is_for_the_caller_is_printed_on_request_only() {
    let sandbox = Sandbox::start().await.unwrap();
    let url = sandbox.base_url(Provider::Agilicus);
    let arguments = [
        "create",
        "--json",
        "--provider",
        "agilicus",
        "--base-url",
        &url,
        "--user",
        "u",
        "--channel",
        "returned_to_caller",
    ];
    let environment = [("AGILICUS_BEARER", "any")];
    let shown = run(&[&arguments[..], &["--reveal"]].concat(), &environment, "").await.json();
    let verify = ["verify", "--provider", "agilicus", "--base-url", &url, shown["id"].as_str().unwrap()];
    let verified = run(&verify, &environment, shown["code"].as_str().unwrap()).await;
    assert_eq!((verified.code, verified.out.as_str()), (0, "verified\n"), "{verified:?}");

    let directory = tempfile::tempdir().unwrap();
    let image = directory.path().join("tan.png");
    let url = sandbox.base_url(Provider::DeutscheBank);
    let payment = "DE89370400440532013000,12.34,EUR";
    let arguments = [
        "create",
        "--json",
        "--provider",
        "deutsche-bank",
        "--base-url",
        &url,
        "--channel",
        "photo_tan",
        "--payment",
        payment,
        "--image",
        image.to_str().unwrap(),
    ];
    let environment = [("DEUTSCHE_BANK_BEARER", "any")];
    let created = run(&arguments, &environment, "").await;
    assert_eq!(created.code, 0, "{created:?}");
    let message = sandbox.last_message(Provider::DeutscheBank).unwrap();
    assert_eq!(std::fs::read(&image).unwrap(), message.image.unwrap());
    let id = created.json()["id"].as_str().unwrap().to_owned();
    let verify = ["verify", "--provider", "deutsche-bank", "--base-url", &url, "--reveal", &id];
    let verified = run(&verify, &environment, &message.code).await;
    assert!(verified.code == 0 && verified.out.contains("\nproof: "), "{verified:?}");
}

#[tokio::test]
async fn what_would_be_lost_is_refused_before_anything_is_sent() {
    let sandbox = Sandbox::start().await.unwrap();
    let agilicus = ["--user", "u", "--channel", "returned_to_caller"];
    let bank = ["--payment", "DE89370400440532013000,12.34,EUR", "--channel"];
    let directory = tempfile::tempdir().unwrap();
    let image = directory.path().join("tan.png");
    let image = ["--image", image.to_str().unwrap()];
    let nowhere = ["--image", "/nonexistent/tan.png"];
    for (command, provider, arguments, code, text) in [
        ("create", Provider::Agilicus, vec![&agilicus[..]], 2, "--reveal"),
        ("try", Provider::Agilicus, vec![&agilicus], 2, "--reveal"),
        ("create", Provider::DeutscheBank, vec![&bank, &["photo_tan"]], 2, "--image"),
        ("create", Provider::DeutscheBank, vec![&bank, &["photo_tan"], &nowhere], 1, "nothing was sent"),
        ("create", Provider::DeutscheBank, vec![&bank, &["sms"], &image], 2, "--image"),
        ("try", Provider::DeutscheBank, vec![&bank, &["photo_tan"], &image], 2, "--reveal"),
        ("verify", Provider::DeutscheBank, vec![&["deutsche-bank:id"]], 2, "--reveal"),
    ] {
        let url = sandbox.base_url(provider);
        let target = [command, "--provider", provider.slug(), "--base-url", &url];
        let environment = [("AGILICUS_BEARER", "any"), ("DEUTSCHE_BANK_BEARER", "any")];
        let outcome = run(&[&target, &arguments.concat()[..]].concat(), &environment, "1\n").await;
        assert!(outcome.code == code && outcome.err.contains(text), "{arguments:?} {outcome:?}");
    }
    assert!(sandbox.journal().is_empty());
}

#[cfg(unix)]
#[tokio::test]
async fn try_sends_nothing_where_no_code_can_be_read() {
    let sandbox = Sandbox::start().await.unwrap();
    let url = sandbox.base_url(Provider::Smscx);
    let tried = ["try", "--json", "--provider", "smscx", "--base-url", &url, "--phone", NUMBER];
    let mut command = crate::program::otp(&tried);
    command.env("SMSCX_API_KEY", "any").stdin(std::process::Stdio::null());
    let output = command.output().await.unwrap();
    assert!(output.status.code() == Some(2) && sandbox.journal().is_empty(), "{output:?}");

    // An input that ends later: the message is sent, and its challenge is still open.
    let ends = async {
        while sandbox.inbox().is_empty() {
            tokio::task::yield_now().await;
        }
        String::new()
    };
    let outcome = run_with(&tried, &[("SMSCX_API_KEY", "any")], ends).await;
    let id = sandbox.last_message(Provider::Smscx).unwrap().challenge.unwrap();
    let message = outcome.json()["error"]["message"].as_str().unwrap().to_owned();
    assert!(outcome.code == 1 && message.contains(&id), "{outcome:?}");
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_result_that_cannot_be_written_is_a_failure_that_names_the_challenge() {
    let sandbox = Sandbox::start().await.unwrap();
    let url = sandbox.base_url(Provider::Smscx);
    let create = ["create", "--provider", "smscx", "--base-url", &url, "--phone", NUMBER];
    for more in [&[][..], &["--json"]] {
        let mut command = crate::program::otp(&[&create, more].concat());
        command.env("SMSCX_API_KEY", "any").stdin(std::process::Stdio::null());
        command.stdout(std::fs::File::create("/dev/full").unwrap()).stderr(std::process::Stdio::piped());
        let output = command.spawn().unwrap().wait_with_output().await.unwrap();
        let shown = String::from_utf8(output.stderr).unwrap();
        let id = sandbox.last_message(Provider::Smscx).unwrap().challenge.unwrap();
        assert!(output.status.code() == Some(1) && shown.contains(&id), "{shown}");
    }
}

#[tokio::test]
async fn the_help_teaches_and_completions_exist() {
    let help = run(&["--help"], &[], "").await.out;
    for text in ["otp sandbox", "Exit codes", "SMSCX_API_KEY", "providers", "completions"] {
        assert!(help.contains(text), "{text} in {help}");
    }
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let outcome = run(&["completions", shell], &[], "").await;
        assert!(outcome.code == 0 && outcome.out.contains("verify"), "{shell}");
    }
}

#[tokio::test]
async fn it_starts_a_sandbox_with_its_page() {
    use tokio::io::{AsyncBufReadExt as _, BufReader};
    let mut command = crate::program::otp(&["sandbox", "--page-port", "0", "--quiet"]);
    let mut child = command.stdout(std::process::Stdio::piped()).spawn().unwrap();
    let line = BufReader::new(child.stdout.take().unwrap()).lines().next_line().await.unwrap().unwrap();
    assert!(line.starts_with("Inbox page     http://127.0.0.1:"), "{line}");
}
