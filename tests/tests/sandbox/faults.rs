//! Each fault does what its documentation says, for every provider.

use std::time::Duration;

use otp_sandbox::{Fault, Provider, Sandbox};
use otp_tests::providers::subject;
use otp_tests::sandbox::{Caller, Reply};
use otp_transport::reqwest;
use serde_json::json;

/// Only a delay may keep a client waiting.
const TIMEOUT: Duration = Duration::from_secs(10);

/// What the client sees.
#[derive(Debug, PartialEq)]
enum Seen {
    Refused,
    Cut,
    TimedOut,
    /// Status, content type, length of the body, and whether the body is JSON.
    Response(u16, String, usize, bool),
}

async fn create(caller: &Caller) -> Seen {
    let (path, body) = (subject(caller.provider).create)();
    let credential = &caller.sandbox.credentials(caller.provider)[0];
    let value = credential.header_value();
    let mut headers = vec![(credential.header, value.as_str())];
    let mut written = String::new();
    if !body.is_null() {
        let (media_type, body) = caller.written("POST", path, &body);
        headers.push(("content-type", media_type));
        written = body;
    }
    seen(caller.try_send("POST", path, &headers, &written).await)
}

fn seen(outcome: Result<Reply, reqwest::Error>) -> Seen {
    match outcome {
        Ok(reply) => {
            assert_eq!(reply.header("x-otp-sandbox"), Some("not-a-real-provider"));
            let kind = reply.header("content-type").unwrap_or_default().to_owned();
            Seen::Response(reply.status, kind, reply.text.len(), !reply.body.is_null())
        }
        Err(error) if error.is_connect() => Seen::Refused,
        Err(_) => Seen::Cut,
    }
}

/// What the client should see of a create under this fault.
fn expected(fault: &Fault, without_fault: &Seen) -> Seen {
    let Seen::Response(status, kind, length, _) = without_fault else { panic!("{without_fault:?}") };
    let status_with_body = if *status == 204 { 200 } else { *status };
    let json = || "application/json".to_owned();
    match fault {
        Fault::Refuse => Seen::Refused,
        Fault::DropBeforeActing | Fault::ActThenDrop | Fault::Truncated | Fault::Garbage => Seen::Cut,
        Fault::Delay(_) => Seen::Response(*status, kind.clone(), *length, *status != 204),
        Fault::Response { status, body, .. } => Seen::Response(*status, json(), body.len(), true),
        Fault::Html(status) => Seen::Response(*status, "text/html; charset=utf-8".to_owned(), 75, false),
        Fault::Oversized(bytes) => {
            Seen::Response(status_with_body, json(), usize::try_from(*bytes).unwrap(), false)
        }
        Fault::WrongContentType => {
            Seen::Response(status_with_body, "text/html".to_owned(), (*length).max(2), true)
        }
        Fault::InvalidJson => Seen::Response(status_with_body, json(), 10, false),
        Fault::EmptyBody => Seen::Response(status_with_body, json(), 0, false),
        Fault::Redirect(_) => Seen::Response(307, String::new(), 0, false),
        other => panic!("{other:?} is not in this table"),
    }
}

#[tokio::test]
async fn each_fault_looks_as_documented_and_acts_only_if_documented() {
    let faults = [
        (Fault::Refuse, false),
        (Fault::DropBeforeActing, false),
        (Fault::ActThenDrop, true),
        (Fault::Delay(Duration::from_millis(1)), true),
        (Fault::response(503, &json!({ "down": true })), false),
        (Fault::Html(502), false),
        (Fault::Html(200), false),
        (Fault::Truncated, true),
        (Fault::Oversized(3_000_000), true),
        (Fault::WrongContentType, true),
        (Fault::Garbage, true),
        (Fault::InvalidJson, true),
        (Fault::EmptyBody, true),
        (Fault::Redirect("http://127.0.0.1:9/".to_owned()), false),
    ];
    for provider in Provider::ALL {
        let sandbox = Sandbox::start().await.unwrap();
        let without_fault = create(&Caller::with(sandbox.clone(), provider)).await;
        for (fault, acts) in &faults {
            assert_eq!(fault.acts(), *acts, "{fault:?}");
            sandbox.clear_inbox();
            sandbox.clear_journal();
            sandbox.inject(provider, fault.clone());
            let caller = Caller::with(sandbox.clone(), provider);
            let seen = tokio::time::timeout(TIMEOUT, create(&caller)).await.unwrap_or(Seen::TimedOut);
            assert_eq!(seen, expected(fault, &without_fault), "{provider} {fault:?}");
            assert_eq!(sandbox.inbox().len(), usize::from(*acts), "{provider} {fault:?}");
            let arrived = usize::from(*fault != Fault::Refuse);
            assert_eq!(sandbox.journal().len(), arrived, "{provider} {fault:?}");
            sandbox.clear_faults();
            assert_eq!(create(&caller).await, without_fault, "{provider} after {fault:?}");
        }
    }
}

#[tokio::test]
async fn a_fault_disturbs_its_provider_and_the_given_number_of_requests() {
    let sandbox = Sandbox::start().await.unwrap();
    sandbox.inject_times(Provider::Smscx, Fault::Html(500), 2);
    sandbox.inject(Provider::Smscx, Fault::Html(501));
    let (smscx, metal) = (
        Caller::with(sandbox.clone(), Provider::Smscx),
        Caller::with(sandbox.clone(), Provider::EquinixMetal),
    );
    let status = async |caller| match create(caller).await {
        Seen::Response(status, ..) => status,
        other => panic!("{other:?}"),
    };
    assert_eq!(status(&metal).await, 204);
    for expected in [500, 500, 501, 201] {
        assert_eq!(status(&smscx).await, expected);
    }
    sandbox.inject(Provider::Smscx, Fault::Html(500));
    sandbox.clear_faults();
    assert_eq!(status(&smscx).await, 201);
}

#[tokio::test]
async fn refusing_cuts_open_connections_and_keeps_the_port() {
    let sandbox = Sandbox::start().await.unwrap();
    let url = sandbox.base_url(Provider::Smscx);
    let caller = Caller::with(sandbox.clone(), Provider::Smscx);
    assert!(matches!(create(&caller).await, Seen::Response(201, ..)));
    sandbox.inject(Provider::Smscx, Fault::Refuse);
    for _ in 0..3 {
        let seen = tokio::time::timeout(TIMEOUT, create(&caller)).await.unwrap_or(Seen::TimedOut);
        assert!(matches!(seen, Seen::Refused | Seen::Cut), "{seen:?}");
    }
    let newcomer = Caller::with(sandbox.clone(), Provider::Smscx);
    let seen = tokio::time::timeout(TIMEOUT, create(&newcomer)).await.unwrap_or(Seen::TimedOut);
    assert_eq!(seen, Seen::Refused);
    assert_eq!(sandbox.journal().len(), 1);
    sandbox.clear_faults();
    assert_eq!(sandbox.base_url(Provider::Smscx), url);
    assert!(matches!(create(&caller).await, Seen::Response(201, ..)));
}

/// On Linux only. Other systems may keep a port that is bound from another program.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_port_that_another_program_took_while_it_refused_is_reported() {
    let sandbox = Sandbox::start().await.unwrap();
    let address = sandbox.base_url(Provider::EquinixMetal).replace("http://", "");
    let address = address.split('/').next().unwrap();
    sandbox.inject(Provider::EquinixMetal, Fault::Refuse);
    let other_program = std::net::TcpListener::bind(address).unwrap();
    let smscx = Caller::with(sandbox.clone(), Provider::Smscx);
    for (method, path) in [
        ("DELETE", "/__sandbox/faults?provider=equinix-metal"),
        ("DELETE", "/__sandbox/faults"),
        ("POST", "/__sandbox/reset"),
    ] {
        sandbox.inject(Provider::Smscx, Fault::Html(500));
        let reply = smscx.send(method, path, &[], None).await;
        assert_eq!(reply.status, 400, "{path}");
        assert!(reply.text.contains("the port of equinix-metal stays closed"), "{}", reply.text);
        let faults = smscx.send("GET", "/__sandbox/faults", &[], None).await.body;
        assert_eq!(faults[0], json!({ "provider": "equinix-metal", "fault": "refuse" }));
    }
    let faults = smscx.send("GET", "/__sandbox/faults", &[], None).await.body;
    assert_eq!(faults.as_array().unwrap().len(), 1, "the other faults are removed");
    drop(other_program);
    assert_eq!(smscx.send("DELETE", "/__sandbox/faults", &[], None).await.status, 204);
    let metal = Caller::with(sandbox.clone(), Provider::EquinixMetal);
    assert!(matches!(create(&metal).await, Seen::Response(204, ..)));
}

#[tokio::test]
async fn a_redirect_names_its_target() {
    let caller = Caller::new(Provider::Smscx).await;
    caller.sandbox.inject(Provider::Smscx, Fault::Redirect("http://127.0.0.1:9/x".to_owned()));
    let reply = caller.try_send("GET", "/otp/x", &[], "").await.unwrap();
    assert_eq!((reply.status, reply.header("location")), (307, Some("http://127.0.0.1:9/x")));
}

#[tokio::test]
async fn the_sandbox_frames_the_body_of_an_injected_response_itself() {
    let caller = Caller::new(Provider::Smscx).await;
    let headers = [("content-length", "1000"), ("Transfer-Encoding", "chunked"), ("x-a", "b")];
    let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    caller.sandbox.inject(Provider::Smscx, Fault::Response { status: 418, headers, body: "x".to_owned() });
    let sent = tokio::time::timeout(TIMEOUT, caller.try_send("GET", "/otp/x", &[], ""));
    let reply = sent.await.unwrap().unwrap();
    assert_eq!((reply.status, reply.text.as_str(), reply.header("x-a")), (418, "x", Some("b")));
    assert_eq!((reply.header("content-length"), reply.header("transfer-encoding")), (Some("1"), None));
}

#[tokio::test]
async fn garbage_is_not_http_and_a_truncated_response_announces_more_than_it_sends() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let sandbox = Sandbox::start().await.unwrap();
    let address = sandbox.base_url(Provider::Smscx).replace("http://", "");
    let send_raw = async |fault| {
        sandbox.inject(Provider::Smscx, fault);
        let mut stream = tokio::net::TcpStream::connect(&address).await.unwrap();
        stream.write_all(b"GET /otp/x HTTP/1.1\r\nhost: a\r\nx-api-key: k\r\n\r\n").await.unwrap();
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).await.unwrap();
        String::from_utf8_lossy(&bytes).into_owned()
    };
    assert!(!send_raw(Fault::Garbage).await.starts_with("HTTP"));
    assert_eq!(send_raw(Fault::ActThenDrop).await, "");
    assert_eq!(send_raw(Fault::DropBeforeActing).await, "");
    let truncated = send_raw(Fault::Truncated).await;
    let (head, body) = truncated.split_once("\r\n\r\n").unwrap();
    let announced = head.split_once("content-length: ").unwrap().1.split_once('\r').unwrap().0;
    assert!(
        head.starts_with("HTTP/1.1 404 ") && announced.parse::<usize>().unwrap() > body.len(),
        "{truncated}"
    );
    assert!(body.starts_with("{\"error\""), "{truncated}");
}

#[tokio::test]
async fn a_delayed_response_was_acted_upon_even_if_nobody_waits_for_it() {
    let sandbox = Sandbox::start().await.unwrap();
    sandbox.inject(Provider::Smscx, Fault::Delay(Duration::from_secs(3600)));
    let caller = Caller::with(sandbox.clone(), Provider::Smscx);
    let has_acted = async {
        while sandbox.inbox().is_empty() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    // The client goes away as soon as the service has acted, which may take a busy machine long.
    tokio::select! {
        seen = create(&caller) => panic!("it was not delayed: {seen:?}"),
        acted = tokio::time::timeout(6 * TIMEOUT, has_acted) => acted.unwrap(),
    }
    assert_eq!((sandbox.inbox().len(), sandbox.journal()[0].status), (1, None));
}

#[tokio::test(start_paused = true)]
async fn delays_take_no_real_time_where_tokio_time_is_paused() {
    let sandbox = Sandbox::start().await.unwrap();
    let hour = Duration::from_secs(3600);
    sandbox.inject(Provider::Smscx, Fault::Delay(hour));
    let started = tokio::time::Instant::now();
    let caller = Caller::with(sandbox.clone(), Provider::Smscx);
    assert!(matches!(create(&caller).await, Seen::Response(201, ..)));
    assert!(started.elapsed() >= hour, "it was not delayed");
    sandbox.inject(Provider::Smscx, Fault::Delay(hour));
    assert!(tokio::time::timeout(hour / 2, create(&caller)).await.is_err());
    for _ in 0..300 {
        let outcome = tokio::time::timeout(Duration::from_secs(1), create(&caller)).await;
        assert!(outcome.is_ok(), "time passed while nobody slept");
    }
}
