//! The handle, and the same controls over HTTP.

use std::io::ErrorKind;
use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use otp_sandbox::{Fault, Provider, Sandbox};
use otp_tests::providers::subject;
use otp_tests::sandbox::Caller;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

async fn control(caller: &Caller, method: &str, path: &str, body: Value) -> (u16, Value) {
    let path = format!("/__sandbox{path}");
    let smscx = Caller::with(caller.sandbox.clone(), Provider::Smscx);
    let reply = smscx.send(method, &path, &[], (!body.is_null()).then_some(body)).await;
    (reply.status, reply.body)
}

#[tokio::test]
async fn the_same_seed_draws_the_same_codes_and_another_does_not() {
    let codes = async |seed: u64| {
        let sandbox = Sandbox::builder().seed(seed).start().await.unwrap();
        assert_eq!(sandbox.seed(), seed);
        let (smscx, metal) = (
            Caller::with(sandbox.clone(), Provider::Smscx),
            Caller::with(sandbox.clone(), Provider::EquinixMetal),
        );
        for caller in [&smscx, &metal, &smscx] {
            caller.create().await;
        }
        let drawn =
            sandbox.inbox().into_iter().map(|message| (message.code, message.challenge)).collect::<Vec<_>>();
        sandbox.reseed(seed);
        smscx.create().await;
        assert_eq!(smscx.message().code, drawn[0].0, "a new seed starts afresh");
        drawn
    };
    assert_eq!(codes(7).await, codes(7).await);
    assert_ne!(codes(7).await, codes(8).await);
    let drawn = [Sandbox::start().await.unwrap().seed(), Sandbox::start().await.unwrap().seed()];
    assert_ne!(drawn[0], drawn[1]);
    assert!(drawn.iter().all(|seed| *seed < 1 << 53), "the page's JavaScript reads them exactly: {drawn:?}");
}

#[tokio::test]
async fn the_journal_shows_what_arrived_and_hides_credentials() {
    let caller = Caller::new(Provider::Agilicus).await;
    let headers =
        [("authorization", "Bearer top-secret"), ("content-type", "application/json"), ("x-extra", "1")];
    caller.send_text("POST", "/v1/challenges", &headers, r#"{"spec":{"user_id":"u"}}"#).await;
    caller.send("GET", "/v1/challenges/%C3%A9/answers?challenge_answer=a%20b", &[], None).await;
    let journal = caller.sandbox.journal();
    let first = &journal[0];
    assert_eq!(
        (first.method.as_str(), first.path.as_str(), first.status),
        ("POST", "/v1/challenges", Some(201))
    );
    assert_eq!(
        (first.operation, &first.body),
        (Some("create_challenge"), &Some(json!({ "spec": { "user_id": "u" } })))
    );
    let shown = format!("Bearer {}", caller.sandbox.fingerprint("top-secret"));
    assert_eq!((first.header("authorization"), first.header("x-extra")), (Some(shown.as_str()), Some("1")));
    assert!(!format!("{journal:?}").contains("top-secret"));
    let second = &journal[1];
    assert_eq!(second.path, "/v1/challenges/%C3%A9/answers");
    assert_eq!(second.query, [("challenge_answer".to_owned(), "a b".to_owned())]);
    assert_eq!((second.status, second.header("authorization")), (Some(400), None));
    caller.sandbox.clear_journal();
    assert!(caller.sandbox.journal().is_empty());
}

#[tokio::test]
async fn debug_of_a_handle_shows_addresses_and_seed_only() {
    let caller = Caller::new(Provider::Smscx).await;
    let agilicus = Caller::with(caller.sandbox.clone(), Provider::Agilicus);
    caller.create().await;
    let totp = json!({ "spec": { "user_id": "u-printed" } });
    let reply = agilicus.call("POST", "/v1/challenge_enrollment/totp", Some(totp)).await;
    caller.send("GET", "/otp/x", &[("x-api-key", "given-key")], None).await;
    caller.sandbox.reject_credential("rejected-key");
    caller.sandbox.inject(Provider::Smscx, Fault::Redirect("http://127.0.0.1:9/injected".to_owned()));
    let shown = format!("{:?}", caller.sandbox);
    for provider in Provider::ALL {
        assert!(shown.contains(&caller.sandbox.base_url(provider)), "{shown}");
    }
    assert!(shown.contains(&caller.sandbox.control_url()) && shown.contains("seed: 1"), "{shown}");
    let key = reply.string_at("/status/key");
    for secret in [&caller.message().code, &agilicus.message().code, "33612246400", "u-printed", &key] {
        assert!(!shown.contains(secret), "{secret} in {shown}");
    }
    for secret in ["given-key", &caller.sandbox.fingerprint("given-key"), "rejected-key", "injected"] {
        assert!(!shown.contains(secret), "{secret} in {shown}");
    }
    for provider in Provider::ALL {
        for credential in caller.sandbox.credentials(provider) {
            assert!(!shown.contains(&credential.value), "{shown}");
        }
    }
}

#[tokio::test]
async fn secrets_in_forms_are_hidden_too() {
    let caller = Caller::new(Provider::DeutscheBank).await;
    let form = [("content-type", "application/x-www-form-urlencoded")];
    caller
        .send_text("POST", "/gw/oidc/token", &form, "client_id=app&client_secret=s3&refresh_token=r3")
        .await;
    let body = caller.sandbox.journal()[0].body.clone().unwrap();
    let fingerprint = |secret| caller.sandbox.fingerprint(secret);
    assert_eq!(
        body,
        json!({ "client_id": "app", "client_secret": fingerprint("s3"), "refresh_token": fingerprint("r3") }),
    );
}

#[tokio::test]
async fn secrets_outside_of_forms_are_hidden_too() {
    let caller = Caller::new(Provider::Twilio).await;
    let json = ("content-type", "application/json");
    let text = ("content-type", "text/plain");
    for (path, header, body) in [
        ("/oauth/token", json, r#"{"client_secret":"TOPSECRET1","nested":[{"password":["TOPSECRET2"]}]}"#),
        ("/oauth/token", json, r#"{"Api-Key":7654321,"clientSecret":{"value":"TOPSECRET3"}}"#),
        ("/oauth/token", json, r#"{"client_secret":"TOPSECRET1"#),
        ("/oauth/token", text, "client_id=app&client_secret=TOPSECRET1"),
        ("/oauth/token", text, "client%5Fsecret=TOPSECRET1"),
        ("/otp?access_token=TOPSECRET1&api_key=TOPSECRET2&shown=1", text, "client_id=app"),
        ("/otp", ("api-key", "TOPSECRET1"), ""),
        ("/otp", ("x-vendor-access-token", "TOPSECRET1"), ""),
    ] {
        caller.sandbox.clear_journal();
        caller.send_text("POST", path, &[header], body).await;
        let (_, shown) = control(&caller, "GET", "/journal", Value::Null).await;
        for shown in [format!("{:?}", caller.sandbox.journal()), shown.to_string()] {
            assert!(!shown.contains("TOPSECRET") && !shown.contains("7654321"), "{path} {body}: {shown}");
            assert!(shown.contains("sha256:"), "{path} {body}: {shown}");
        }
    }
}

#[tokio::test]
async fn what_is_no_secret_is_shown_as_it_arrived() {
    let caller = Caller::new(Provider::Smscx).await;
    let (json, text) = (("content-type", "application/json"), ("content-type", "text/plain"));
    for (header, body, shown) in [
        (json, r#"{"pin":"0815","ids":[1,null]}"#, json!({ "pin": "0815", "ids": [1, null] })),
        (json, r#"{"pin":"#, json!(r#"{"pin":"#)),
        (text, "pin=0815", json!("pin=0815")),
    ] {
        caller.send_text("POST", "/otp?pin=0815", &[header], body).await;
        let request = caller.sandbox.journal().pop().unwrap();
        assert_eq!((request.body, request.query), (Some(shown), vec![("pin".to_owned(), "0815".to_owned())]));
    }
}

#[tokio::test]
async fn inbox_and_journal_keep_the_newest() {
    let sandbox = Sandbox::builder().inbox_capacity(2).journal_capacity(3).start().await.unwrap();
    let caller = Caller::with(sandbox.clone(), Provider::EquinixMetal);
    let mut codes = Vec::new();
    for _ in 0..4 {
        caller.create().await;
        codes.push(caller.message().code);
    }
    let kept: Vec<_> = sandbox.inbox().into_iter().map(|message| message.code).collect();
    assert_eq!(kept, codes[2..]);
    assert_eq!(sandbox.journal().iter().map(|request| request.status).collect::<Vec<_>>(), [Some(204); 3]);
}

#[tokio::test]
async fn listening_beyond_loopback_must_be_allowed() {
    let everywhere = IpAddr::V4(Ipv4Addr::UNSPECIFIED);
    let error = Sandbox::builder().host(everywhere).start().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::PermissionDenied);
    assert!(Sandbox::builder().host(everywhere).allow_remote(true).start().await.is_ok());
    let sandbox = Sandbox::start().await.unwrap();
    for provider in Provider::ALL {
        assert!(sandbox.base_url(provider).starts_with("http://127.0.0.1:"));
        assert!(sandbox.base_url(provider).ends_with(provider.base_path()));
    }
}

#[tokio::test]
async fn the_servers_stop_with_the_last_handle() {
    let sandbox = Sandbox::start().await.unwrap();
    let address = sandbox.base_url(Provider::Smscx).replace("http://", "");
    let clone = sandbox.clone();
    drop(sandbox);
    assert!(tokio::net::TcpStream::connect(&address).await.is_ok(), "a handle is left");
    drop(clone);
    assert!(tokio::net::TcpStream::connect(&address).await.is_err());
    let sandbox = Sandbox::start().await.unwrap();
    let (address, left) = (sandbox.base_url(Provider::Smscx).replace("http://", ""), sandbox.clone());
    sandbox.shutdown().await;
    assert!(tokio::net::TcpStream::connect(&address).await.is_err(), "shutting down is for all handles");
    drop(left);
}

#[tokio::test]
async fn providers_are_named_by_their_slugs() {
    for provider in Provider::ALL {
        assert_eq!(provider.to_string().parse(), Ok(provider));
    }
    assert!("smsc".parse::<Provider>().is_err());
}

#[tokio::test]
async fn a_wrong_code_has_the_length_and_alphabet_of_the_right_one() {
    let caller = Caller::new(Provider::Smscx).await;
    for (kind, is_of_kind) in [
        ("numbers", (|c: char| c.is_ascii_digit()) as fn(char) -> bool),
        ("letters", |c| c.is_ascii_uppercase()),
        ("alphanumeric", |c| c.is_ascii_uppercase() || c.is_ascii_digit()),
    ] {
        for _ in 0..60 {
            let body = json!({ "phoneNumber": "+33612246400", "pinType": kind });
            caller.call("POST", "/otp", Some(body)).await;
            let message = caller.message();
            let wrong = message.wrong_code();
            assert!(wrong != message.code && wrong.len() == message.code.len(), "{wrong}");
            assert!(wrong.chars().all(is_of_kind), "{wrong}");
        }
    }
}

#[tokio::test]
async fn everything_is_within_reach_of_http() {
    let caller = Caller::new(Provider::EquinixMetal).await;
    caller.create().await;
    let (status, inbox) = control(&caller, "GET", "/inbox?provider=equinix-metal", Value::Null).await;
    assert_eq!((status, inbox[0]["code"].as_str()), (200, Some(caller.message().code.as_str())));
    assert_eq!(control(&caller, "GET", "/inbox?provider=smscx", Value::Null).await.1, json!([]));
    let (_, journal) = control(&caller, "GET", "/journal", Value::Null).await;
    assert_eq!((&journal[0]["operation"], journal.as_array().unwrap().len()), (&json!("receive_codes"), 1));
    let (_, overview) = control(&caller, "GET", "", Value::Null).await;
    assert_eq!(overview["seed"], 1);

    let fault = json!({ "provider": "equinix-metal", "fault": "html", "status": 502, "times": 2 });
    assert_eq!(control(&caller, "POST", "/faults", fault.clone()).await.0, 204);
    let reply = caller.try_send("POST", "/user/otp/sms/receive", &[("x-auth-token", "t")], "").await.unwrap();
    assert_eq!(reply.status, 502);
    assert_eq!(control(&caller, "DELETE", "/faults", Value::Null).await.0, 204);
    assert_eq!(caller.create().await.status, 204);

    let code = caller.message().code;
    assert_eq!(control(&caller, "POST", "/clock", json!({ "advance_seconds": 300 })).await.0, 200);
    assert_eq!(caller.call("POST", &format!("/user/otp/verify/{code}"), None).await.status, 400);

    for (path, body, status) in [
        ("/seed", json!({ "seed": 9 }), 204),
        ("/seed", json!({ "seed": "9" }), 400),
        ("/clock", json!({}), 400),
        ("/faults", json!({ "fault": "locusts" }), 400),
        ("/faults", json!({ "fault": "html", "provider": "x" }), 400),
        ("/faults", json!({ "fault": "answer", "headers": "x-a: b" }), 400),
        ("/faults", json!({ "fault": "answer", "headers": { "Content-Length": "1000" } }), 400),
        ("/faults", json!({ "fault": "answer", "headers": { "transfer-encoding": "chunked" } }), 400),
        ("/challenges/x", json!({ "answer": "approve" }), 400),
        ("/credentials", json!({ "reject": "sandbox-credential-for-equinix-metal" }), 204),
        (
            "/account",
            json!({ "credit": 0, "exclude_coverage": "+33", "method": "MTAN", "status": "UNKNOWN" }),
            204,
        ),
        ("/account", json!({ "method": "MTAN", "status": "odd" }), 400),
        ("/nowhere", json!({}), 404),
        ("/inbox", json!({}), 405),
    ] {
        assert_eq!(control(&caller, "POST", path, body.clone()).await.0, status, "{path} {body}");
    }
    assert_eq!(caller.sandbox.seed(), 9);
    assert_eq!(caller.call("POST", "/user/otp/sms/receive", None).await.status, 401);
    for path in ["/inbox", "/journal"] {
        assert_eq!(control(&caller, "DELETE", path, Value::Null).await.0, 204);
    }
    assert!(caller.sandbox.inbox().is_empty() && caller.sandbox.journal().is_empty());
}

/// Sends a request with these header lines over a raw connection, because an HTTP client would set `Host` itself.
async fn raw(address: &str, target: &str, headers: &str) -> String {
    let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
    let request = format!("GET {target} HTTP/1.1\r\n{headers}connection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).await.unwrap();
    response
}

#[tokio::test]
async fn the_controls_answer_to_loopback_names_and_allowed_hosts_only() {
    let code = "\"code\":";
    for (allowed, host, origin, is_allowed) in [
        ("", "127.0.0.1", "", true),
        ("", "localhost:8400", "", true),
        ("", "app.localhost", "", true),
        ("", "[::1]:8400", "", true),
        ("", "rebound.example.com", "", false),
        ("", "127.0.0.1.example.com:8400", "", false),
        ("", "10.0.0.7", "", false),
        ("", "localhost\r\nhost: rebound.example.com", "", false),
        ("", "localhost", "http://localhost:3000", true),
        ("", "localhost", "https://[::1]", true),
        ("", "localhost", "https://example.com", false),
        ("", "localhost", "http://localhost.example.com", false),
        ("", "localhost", "null", false),
        ("sandbox", "sandbox:8400", "http://sandbox:8400", true),
        ("sandbox", "localhost", "", true),
        ("sandbox", "rebound.example.com", "", false),
        ("*", "rebound.example.com", "https://example.com", true),
    ] {
        let allowed_hosts = Some(allowed).filter(|host| !host.is_empty());
        let sandbox = Sandbox::builder().allowed_hosts(allowed_hosts).start().await.unwrap();
        let caller = Caller::with(sandbox, Provider::EquinixMetal);
        caller.create().await;
        let headers = match origin {
            "" => format!("host: {host}\r\n"),
            origin => format!("host: {host}\r\norigin: {origin}\r\n"),
        };
        for provider in Provider::ALL {
            let url = caller.sandbox.base_url(provider);
            let address = url["http://".len()..].split('/').next().unwrap();
            let response = raw(address, "/__sandbox/inbox", &headers).await;
            let status = if is_allowed { "HTTP/1.1 200" } else { "HTTP/1.1 403" };
            assert!(response.starts_with(status), "{allowed:?} {headers:?}: {response}");
            assert_eq!(response.contains(code), is_allowed, "{allowed:?} {headers:?}: {response}");
        }
    }
}

#[tokio::test]
async fn a_host_in_the_request_target_or_none_at_all_is_no_way_around() {
    let sandbox = Sandbox::start().await.unwrap();
    let address = sandbox.base_url(Provider::Smscx).replace("http://", "");
    for (target, headers, status) in [
        ("http://localhost/__sandbox/inbox", "host: localhost\r\n", "200"),
        ("http://rebound.example.com/__sandbox/inbox", "host: localhost\r\n", "403"),
        ("http://localhost/__sandbox/inbox", "host: rebound.example.com\r\n", "403"),
        ("/__sandbox/inbox", "", "403"),
    ] {
        let response = raw(&address, target, headers).await;
        assert!(response.starts_with(&format!("HTTP/1.1 {status}")), "{target} {headers:?}: {response}");
    }
}

#[tokio::test]
async fn every_fault_has_a_name_over_http() {
    let caller = Caller::new(Provider::Smscx).await;
    for (fault, status) in [
        (json!({ "fault": "drop_before_acting" }), None),
        (json!({ "fault": "act_then_drop" }), None),
        (json!({ "fault": "delay", "milliseconds": 0 }), Some(404)),
        (
            json!({ "fault": "answer", "status": 418, "body": { "a": 1 }, "headers": { "x-a": "b" } }),
            Some(418),
        ),
        (json!({ "fault": "html" }), Some(200)),
        (json!({ "fault": "truncated" }), None),
        (json!({ "fault": "oversized", "bytes": 10 }), Some(404)),
        (json!({ "fault": "wrong_content_type" }), Some(404)),
        (json!({ "fault": "garbage" }), None),
        (json!({ "fault": "invalid_json" }), Some(404)),
        (json!({ "fault": "empty_body" }), Some(404)),
        (json!({ "fault": "redirect", "to": "http://127.0.0.1:9" }), Some(307)),
    ] {
        assert_eq!(control(&caller, "POST", "/faults", fault.clone()).await.0, 204, "{fault}");
        let fresh = Caller::with(caller.sandbox.clone(), Provider::Smscx);
        let outcome = fresh.try_send("GET", "/otp/x", &[("x-api-key", "k")], "").await;
        assert_eq!(outcome.ok().map(|reply| reply.status), status, "{fault}");
    }
    let refuse = |provider: Provider| json!({ "fault": "refuse", "provider": provider.slug() });
    assert_eq!(control(&caller, "POST", "/faults", refuse(Provider::Smscx)).await.0, 400, "the way back");
    assert_eq!(control(&caller, "POST", "/faults", refuse(Provider::Agilicus)).await.0, 204);
    let agilicus = Caller::with(caller.sandbox.clone(), Provider::Agilicus);
    assert!(agilicus.try_send("GET", "/", &[], "").await.unwrap_err().is_connect());
}

#[tokio::test]
async fn controls_are_neither_recorded_nor_disturbed() {
    let caller = Caller::new(Provider::Smscx).await;
    caller.sandbox.inject(Provider::Smscx, Fault::Html(500));
    assert_eq!(control(&caller, "GET", "/inbox", Value::Null).await.0, 200, "faults do not concern controls");
    assert!(caller.sandbox.journal().is_empty());
}

#[tokio::test]
async fn every_provider_enforces_the_rate_limit() {
    for provider in Provider::ALL {
        let sandbox = Sandbox::builder().rate_limit(Some(1)).start().await.unwrap();
        let caller = Caller::with(sandbox, provider);
        let credential = caller.sandbox.credentials(provider).remove(0);
        let value = credential.header_value();
        // `call` would check the response, and some descriptions have no 429.
        let create = async || {
            let (path, body) = (subject(provider).create)();
            let (media_type, written) = caller.written("POST", path, &body);
            let headers = [(credential.header, value.as_str()), ("content-type", media_type)];
            let (headers, written) =
                if body.is_null() { (&headers[..1], "") } else { (&headers[..], written.as_str()) };
            caller.try_send("POST", path, headers, written).await.unwrap()
        };
        assert!(create().await.status < 300, "{provider}");
        let reply = create().await;
        assert_eq!(reply.status, 429, "{provider}");
        let wait = reply.header("retry-after").map_or(60, |seconds| seconds.parse().unwrap());
        assert!((1..=60).contains(&wait), "{provider}");
        caller.sandbox.advance(Duration::from_secs(wait));
        assert!(create().await.status < 300, "{provider}");
    }
}

#[tokio::test]
async fn a_body_that_is_too_large_is_rejected() {
    let caller = Caller::new(Provider::Smscx).await;
    let body = "x".repeat(2 << 20);
    match caller.try_send("POST", "/nowhere", &[], &body).await {
        Ok(reply) => assert_eq!(reply.status, 413),
        Err(error) => assert!(!error.is_connect(), "{error}"),
    }
    assert!(caller.sandbox.journal().is_empty());
}
