//! Tokens that expire.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use otp_transport::oauth::{ClientCredentials, OnRotation, RefreshToken};
use otp_transport::{Credential, ErrorKind, Secret, Sent, Token, TokenError, TokenSource};
use tokio::sync::Notify;

use crate::client::{Client, Late};
use crate::server::{Reply, Server};

/// Numbers its tokens: `token-1`, `token-2`, …
#[derive(Clone, Default)]
struct Numbered {
    count: Arc<AtomicUsize>,
    expires_in: Option<Duration>,
    /// Waits for this before it responds.
    gate: Option<Arc<Notify>>,
    refuses: bool,
}

impl Numbered {
    fn fetched(&self) -> usize {
        self.count.load(Ordering::SeqCst)
    }
}

#[async_trait]
impl TokenSource for Numbered {
    async fn fetch(&self) -> Result<Token, TokenError> {
        let number = self.count.fetch_add(1, Ordering::SeqCst) + 1;
        if let Some(gate) = &self.gate {
            gate.notified().await;
        }
        if self.refuses {
            return Err(TokenError::refused("the vault says no"));
        }
        let token = Token::new(format!("token-{number}"));
        Ok(match self.expires_in {
            Some(life) => token.with_expires_in(life),
            None => token,
        })
    }
}

fn client(server: &Server, source: &Numbered) -> Client {
    let credential = Credential::token_source(source.clone());
    Client::builder().credential(credential).base_url(&*server.url).build().unwrap()
}

/// Calls that all succeed.
async fn all_at_once(client: Client, calls: usize) {
    let client = Arc::new(client);
    let calls: Vec<_> = (0..calls)
        .map(|_| {
            tokio::spawn({
                let client = client.clone();
                async move { client.call().await }
            })
        })
        .collect();
    for call in calls {
        call.await.unwrap().unwrap();
    }
}

async fn rejecting_the_first_token() -> Server {
    Server::start(|request| match request.contains("token-1") {
        true => Reply::Respond(401, "{}".into()),
        false => Reply::ok(),
    })
    .await
}

#[tokio::test]
async fn a_token_is_fetched_once_for_many_callers() {
    let server = Server::start(|_| Reply::ok()).await;
    let source = Numbered::default();
    let client = client(&server, &source);
    all_at_once(client, 50).await;
    assert_eq!(source.fetched(), 1);
    assert!(server.seen().iter().all(|request| request.contains("authorization: Bearer token-1\r\n")));
}

#[tokio::test(start_paused = true)]
async fn a_token_is_renewed_shortly_before_it_expires() {
    let server = Server::start(|_| Reply::ok()).await;
    let source = Numbered { expires_in: Some(Duration::from_secs(600)), ..Numbered::default() };
    let client = client(&server, &source);
    for (seconds, fetched) in [(0, 1), (539, 1), (2, 2), (539, 2), (2, 3)] {
        tokio::time::advance(Duration::from_secs(seconds)).await;
        client.call().await.unwrap();
        assert_eq!(source.fetched(), fetched, "after {seconds} more seconds");
    }
}

#[tokio::test]
async fn a_rejected_token_is_renewed_once_and_the_request_repeated_once() {
    let server = rejecting_the_first_token().await;
    let source = Numbered::default();
    let client = client(&server, &source);
    client.call().await.unwrap();
    assert_eq!((source.fetched(), server.seen().len()), (2, 2));
    client.call().await.unwrap();
    assert_eq!((source.fetched(), server.seen().len()), (2, 3));
}

#[tokio::test]
async fn a_server_that_rejects_every_token_is_asked_twice_and_no_more() {
    let server = Server::start(|_| Reply::Respond(401, "{}".into())).await;
    let source = Numbered::default();
    let error = client(&server, &source).call().await.unwrap_err();
    assert_eq!(error.status().unwrap(), 401);
    assert_eq!((source.fetched(), server.seen().len()), (2, 2));
}

#[tokio::test]
async fn a_401_that_may_be_about_something_else_is_not_repeated() {
    let server = rejecting_the_first_token().await;
    let source = Numbered::default();
    let error = client(&server, &source).call_whose_401_is_ambiguous().await.unwrap_err();
    assert_eq!(error.status().unwrap(), 401);
    assert_eq!((source.fetched(), server.seen().len()), (1, 1));
}

#[tokio::test]
async fn many_rejections_of_one_token_renew_it_once() {
    let server = rejecting_the_first_token().await;
    let source = Numbered::default();
    let client = client(&server, &source);
    all_at_once(client, 20).await;
    assert_eq!(source.fetched(), 2);
}

#[tokio::test]
async fn a_fixed_credential_is_not_sent_again_after_a_rejection() {
    let server = Server::start(|_| Reply::Respond(401, "{}".into())).await;
    let client =
        Client::builder().credential(Credential::bearer("fixed")).base_url(&*server.url).build().unwrap();
    assert_eq!(client.call().await.unwrap_err().status().unwrap(), 401);
    assert_eq!(server.seen().len(), 1);
}

#[tokio::test]
async fn without_a_token_nothing_is_sent_and_the_error_says_why() {
    let server = Server::start(|_| Reply::ok()).await;
    let source = Numbered { refuses: true, ..Numbered::default() };
    let error = client(&server, &source).call().await.unwrap_err();
    assert_eq!((error.kind(), error.sent()), (ErrorKind::Credential, Sent::No));
    assert!(error.is_refused_credential());
    assert_eq!(error.to_string(), "closed: no credential: the vault says no");
    assert!(server.seen().is_empty());
}

#[tokio::test]
async fn an_operation_without_security_asks_for_no_token() {
    let server = Server::start(|_| Reply::ok()).await;
    let source = Numbered { refuses: true, ..Numbered::default() };
    client(&server, &source).call_without_credential().await.unwrap();
    assert_eq!(source.fetched(), 0);
    assert!(!server.seen()[0].contains("authorization"));
}

#[tokio::test]
async fn a_renewal_comes_to_its_end_though_its_caller_has_gone() {
    let server = Server::start(|_| Reply::ok()).await;
    let gate = Arc::new(Notify::new());
    let source = Numbered { gate: Some(gate.clone()), ..Numbered::default() };
    let client = client(&server, &source);
    tokio::select! {
        biased;
        _ = client.call() => panic!("the gate is closed"),
        () = async { while source.fetched() == 0 { tokio::task::yield_now().await } } => {}
    }
    gate.notify_one();
    client.call().await.unwrap();
    assert_eq!(source.fetched(), 1, "the first token was lost");
}

#[tokio::test]
async fn client_credentials_are_exchanged_for_a_token() {
    let server = Server::start(|request| match request.starts_with("POST /oauth/token ") {
        true => Reply::Respond(200, r#"{"access_token":"issued","expires_in":3600}"#.into()),
        false => Reply::ok(),
    })
    .await;
    let credential = Late::new(|destination| {
        let scope = Some("sms otp".to_owned());
        let source =
            ClientCredentials::new(destination, "/oauth/token", "app é".into(), "s3cr et/+%".into(), scope)?;
        Ok(Credential::token_source(source))
    });
    let url = format!("{}/api/v1", server.url);
    let client = Client::builder().credential(credential).base_url(url).build().unwrap();
    client.call().await.unwrap();
    let seen = server.seen();
    assert!(seen[0].contains("authorization: Basic YXBwKyVDMyVBOTpzM2NyK2V0JTJGJTJCJTI1\r\n"), "{}", seen[0]);
    assert!(seen[0].ends_with("grant_type=client_credentials&scope=sms+otp"), "{}", seen[0]);
    assert!(seen[1].starts_with("POST /api/v1/codes ") && seen[1].contains("Bearer issued"), "{}", seen[1]);
}

#[tokio::test]
async fn a_rotated_refresh_token_is_used_and_handed_out() {
    let server = Server::start(|request| match request.starts_with("POST /token ") {
        true if request.contains("refresh_token=first") => {
            Reply::Respond(200, r#"{"access_token":"a1","refresh_token":"second"}"#.into())
        }
        true => Reply::Respond(200, r#"{"access_token":"a2"}"#.into()),
        false if request.contains("Bearer a1") => Reply::Respond(401, "{}".into()),
        false => Reply::ok(),
    })
    .await;
    let kept = Arc::new(std::sync::Mutex::new(Vec::new()));
    let keep = kept.clone();
    let credential = Late::new(move |destination| {
        let on_rotation = Box::new(move |next: &Secret| keep.lock().unwrap().push(next.expose().to_owned()));
        let source = RefreshToken::new(
            destination,
            "/token",
            "id".into(),
            "secret".into(),
            "first".into(),
            Some(on_rotation),
        )?;
        Ok(Credential::token_source(source))
    });
    let client = Client::builder().credential(credential).base_url(&*server.url).build().unwrap();
    client.call().await.unwrap();
    assert_eq!(*kept.lock().unwrap(), ["second"]);
    assert!(server.seen()[2].contains("refresh_token=second"), "{}", server.seen()[2]);
}

/// A server whose token endpoint gives these bodies one after the other, and which accepts tokens other than `old`.
async fn issuing(bodies: &'static [&'static str]) -> Server {
    let next = AtomicUsize::new(0);
    Server::start(move |request| match request.starts_with("POST /token ") {
        true => Reply::Respond(200, bodies[next.fetch_add(1, Ordering::SeqCst) % bodies.len()].into()),
        false if request.contains("Bearer old\r\n") => Reply::Respond(401, "{}".into()),
        false => Reply::ok(),
    })
    .await
}

fn refreshing(server: &Server, on_rotation: Option<OnRotation>) -> Client {
    let credential = Late::new(move |destination| {
        let (id, secret, first) = ("id".into(), "secret".into(), "first".into());
        let source = RefreshToken::new(destination, "/token", id, secret, first, on_rotation)?;
        Ok(Credential::token_source(source))
    });
    Client::builder().credential(credential).base_url(&*server.url).build().unwrap()
}

/// The refresh tokens that went to the token endpoint.
fn refresh_tokens(server: &Server) -> Vec<String> {
    let token = |request: String| request.split("refresh_token=").nth(1).map(ToOwned::to_owned);
    server.seen().into_iter().filter_map(token).collect()
}

#[tokio::test]
async fn a_rotated_refresh_token_is_kept_whatever_else_the_response_holds() {
    let bodies = [
        r#"{"access_token":"old","refresh_token":"second","expires_in":"3600"}"#,
        r#"{"access_token":"old","refresh_token":"second","expires_in":"soon"}"#,
        r#"{"access_token":"old","refresh_token":"second","expires_in":3600.0}"#,
        r#"{"access_token":"old","refresh_token":"second","expires_in":-1}"#,
        r#"{"access_token":"old","refresh_token":"second","expires_in":1e999}"#,
        r#"{"access_token":"old","refresh_token":"second","expires_in":{"seconds":3600}}"#,
        r#"{"access_token":"old","refresh_token":"second","expires_in":9223372036854775807}"#,
        r#"{"access_token":"old","refresh_token":"second","scope":"\ud800"}"#,
        "\u{feff}{\"access_token\":\"old\",\"refresh_token\":\"second\"}",
        r#"{"refresh_token":"first","access_token":"old","refresh_token":"second"}"#,
        r#"{"refresh_token":"second"}"#,
        r#"{"access_token":null,"refresh_token":"second"}"#,
        r#"{"access_token":"","refresh_token":"second"}"#,
        r#"{"access_token":["old"],"refresh_token":"second"}"#,
        r#"{"access_token":"with space","refresh_token":"second"}"#,
        r#"{"access_token":"old","token_type":"mac","refresh_token":"second"}"#,
        r#"{"access_token":"old","error":"temporarily_unavailable","refresh_token":"second"}"#,
    ];
    for body in bodies {
        let kept = Arc::new(std::sync::Mutex::new(Vec::new()));
        let keep = kept.clone();
        let on_rotation = Box::new(move |next: &Secret| keep.lock().unwrap().push(next.expose().to_owned()));
        let server = issuing(Box::leak(Box::new([body]))).await;
        let client = refreshing(&server, Some(on_rotation));
        for _ in 0..2 {
            let _ = client.call().await;
        }
        assert_eq!(refresh_tokens(&server)[..2], ["first", "second"], "{body}");
        assert_eq!(kept.lock().unwrap()[0], "second", "{body}");
    }
}

#[tokio::test]
async fn a_panic_in_on_rotation_loses_neither_token() {
    let server = issuing(&[
        r#"{"access_token":"old","refresh_token":"second"}"#,
        r#"{"access_token":"new","refresh_token":"third"}"#,
    ])
    .await;
    let client = refreshing(&server, Some(Box::new(|_| panic!("the disk is full"))));
    for _ in 0..3 {
        client.call().await.unwrap();
    }
    assert_eq!(refresh_tokens(&server), ["first", "second"]);
    assert!(server.seen().last().unwrap().contains("Bearer new\r\n"));
}

#[tokio::test]
async fn a_token_endpoint_may_say_how_long_in_any_form_or_not_at_all() {
    for expires_in in [
        "3600",
        "3600.0",
        "\"3600\"",
        "\" 3600 \"",
        "9223372036854775807",
        "18446744073709551615",
        "1e300",
        "1e999",
        "\"99999999999999999999999\"",
        "-1",
        "0",
        "null",
        "true",
        "\"\"",
        "\"never\"",
        "\"NaN\"",
        "[3600]",
        "{}",
    ] {
        let body = format!(r#"{{"access_token":"new","token_type":"Bearer","expires_in":{expires_in}}}"#);
        let server = issuing(Box::leak(Box::new([&*body.leak()]))).await;
        let client = refreshing(&server, None);
        for _ in 0..3 {
            client.call().await.unwrap_or_else(|error| panic!("{expires_in}: {error}"));
        }
        assert_eq!(refresh_tokens(&server), ["first"], "{expires_in}: asked again");
    }
}

#[tokio::test(start_paused = true)]
async fn the_life_of_a_token_is_read_from_a_number_or_a_text() {
    for expires_in in ["600", "600.0", "\"600\"", "6e2"] {
        let body = format!(r#"{{"access_token":"new","expires_in":{expires_in}}}"#);
        let server = issuing(Box::leak(Box::new([&*body.leak()]))).await;
        let client = refreshing(&server, None);
        for (seconds, fetched) in [(0, 1), (539, 1), (2, 2)] {
            tokio::time::advance(Duration::from_secs(seconds)).await;
            client.call().await.unwrap();
            assert_eq!(refresh_tokens(&server).len(), fetched, "{expires_in}: after {seconds} more seconds");
        }
    }
}

#[tokio::test]
async fn a_token_without_end_is_fetched_once() {
    let server = Server::start(|_| Reply::ok()).await;
    for life in [Duration::MAX, Duration::from_secs(i64::MAX.unsigned_abs())] {
        let source = Numbered { expires_in: Some(life), ..Numbered::default() };
        let client = client(&server, &source);
        all_at_once(client, 5).await;
        assert_eq!(source.fetched(), 1, "{life:?}");
    }
}

#[tokio::test]
async fn only_an_object_with_a_bearer_token_is_a_token() {
    let cases = [
        (r#"{"access_token":"new"}"#, Some("new")),
        (r#"{"access_token":"new","token_type":"BEARER"}"#, Some("new")),
        (r#"{"access_token":"new","token_type":"BearerToken"}"#, Some("new")),
        (r#"{"access_token":"new","token_type":null}"#, Some("new")),
        (r#"{"access_token":12345678901234567890123,"error":null}"#, Some("12345678901234567890123")),
        ("\u{feff} {\"access_token\":\"new\"}", Some("new")),
        (r#"["new",3600,"second"]"#, None),
        (r#"[{"access_token":"new"}]"#, None),
        (r#""new""#, None),
        ("null", None),
        ("", None),
        ("<html>", None),
        ("{}", None),
        (r#"{"access_token":""}"#, None),
        (r#"{"access_token":"  "}"#, None),
        (r#"{"access_token":null}"#, None),
        (r#"{"access_token":true}"#, None),
        (r#"{"access_token":1.5}"#, None),
        (r#"{"access_token":{"value":"new"}}"#, None),
        (r#"{"access_token":"new","token_type":"mac"}"#, None),
        (r#"{"access_token":"new","token_type":"DPoP"}"#, None),
        (r#"{"access_token":"new","token_type":""}"#, None),
        (r#"{"access_token":"new","token_type":1}"#, None),
        (r#"{"access_token":"new","error":"invalid_grant"}"#, None),
    ];
    for (body, token) in cases {
        let server = issuing(Box::leak(Box::new([body]))).await;
        let outcome = refreshing(&server, None).call().await;
        let sent = server.seen().get(1).cloned();
        match token {
            Some(token) => {
                outcome.unwrap();
                assert!(sent.unwrap().contains(&format!("Bearer {token}\r\n")), "{body}");
            }
            None => {
                let error = outcome.unwrap_err();
                assert_eq!(
                    (error.kind(), error.sent(), sent),
                    (ErrorKind::Credential, Sent::No, None),
                    "{body}"
                );
            }
        }
    }
}

/// Gives these tokens one after the other.
struct Given(&'static [&'static str], AtomicUsize);

#[async_trait]
impl TokenSource for Given {
    async fn fetch(&self) -> Result<Token, TokenError> {
        Ok(Token::new(self.0[self.1.fetch_add(1, Ordering::SeqCst)]))
    }
}

#[tokio::test]
async fn a_token_that_cannot_be_sent_is_none_and_the_next_call_asks_for_another() {
    for unusable in ["", " ", "\t", "two words", "schlüssel", "line\n"] {
        let server = Server::start(|_| Reply::ok()).await;
        let given = Given(Box::leak(Box::new([unusable, "good"])), AtomicUsize::new(0));
        let credential = Credential::token_source(given);
        let client = Client::builder().credential(credential).base_url(&*server.url).build().unwrap();
        let error = client.call().await.unwrap_err();
        assert_eq!((error.kind(), error.sent()), (ErrorKind::Credential, Sent::No), "{unusable:?}");
        assert!(server.seen().is_empty(), "{unusable:?}");
        client.call().await.unwrap();
        assert!(server.seen()[0].contains("Bearer good\r\n"), "{unusable:?}");
    }
}

#[tokio::test]
async fn calls_that_wait_share_one_failure_and_the_next_asks_again() {
    let server = Server::start(|_| Reply::ok()).await;
    let gate = Arc::new(Notify::new());
    let source = Numbered { gate: Some(gate.clone()), refuses: true, ..Numbered::default() };
    let client = Arc::new(client(&server, &source));
    let started = Arc::new(AtomicUsize::new(0));
    let calls: Vec<_> = (0..20)
        .map(|_| {
            let (client, started) = (client.clone(), started.clone());
            tokio::spawn(async move {
                started.fetch_add(1, Ordering::SeqCst);
                client.call().await
            })
        })
        .collect();
    while started.load(Ordering::SeqCst) < 20 || source.fetched() == 0 {
        tokio::task::yield_now().await;
    }
    gate.notify_one();
    for call in calls {
        assert_eq!(call.await.unwrap().unwrap_err().kind(), ErrorKind::Credential);
    }
    assert_eq!(source.fetched(), 1);
    gate.notify_one();
    client.call().await.unwrap_err();
    assert_eq!(source.fetched(), 2);
    assert!(server.seen().is_empty());
}

/// Panics the first time.
#[derive(Clone, Default)]
struct Panicking(Arc<AtomicUsize>);

#[async_trait]
impl TokenSource for Panicking {
    async fn fetch(&self) -> Result<Token, TokenError> {
        let before = self.0.fetch_add(1, Ordering::SeqCst);
        assert!(before > 0, "the first time");
        Ok(Token::new("good"))
    }
}

#[tokio::test]
async fn after_a_panic_in_the_source_the_next_token_is_kept() {
    let server = Server::start(|_| Reply::ok()).await;
    let source = Panicking::default();
    let credential = Credential::token_source(source.clone());
    let client = Client::builder().credential(credential).base_url(&*server.url).build().unwrap();
    assert_eq!(client.call().await.unwrap_err().kind(), ErrorKind::Credential);
    all_at_once(client, 5).await;
    assert_eq!(source.0.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn client_id_and_secret_are_form_encoded_before_they_go_into_basic() {
    // Encoded, and as `id:secret` in base64.
    let cases = [
        ("app", "p+w/x%", "YXBwOnAlMkJ3JTJGeCUyNQ=="),
        ("urn:app", "a:b", "dXJuJTNBYXBwOmElM0Fi"),
        ("app-1._*", "s&=~", "YXBwLTEuXyo6cyUyNiUzRCU3RQ=="),
    ];
    for (id, secret, basic) in cases {
        let server = issuing(&[r#"{"access_token":"new"}"#]).await;
        let credential = Late::new(move |destination| {
            let source = ClientCredentials::new(destination, "/token", id.into(), secret.into(), None)?;
            Ok(Credential::token_source(source))
        });
        let client = Client::builder().credential(credential).base_url(&*server.url).build().unwrap();
        client.call().await.unwrap();
        let seen = server.seen();
        assert!(seen[0].contains(&format!("authorization: Basic {basic}\r\n")), "{id}: {}", seen[0]);
    }
}

#[tokio::test]
async fn every_success_of_a_token_endpoint_counts() {
    for status in [200, 201, 202, 203] {
        let server = Server::start(move |request| match request.starts_with("POST /token ") {
            true => Reply::Respond(status, r#"{"access_token":"new","refresh_token":"second"}"#.into()),
            false => Reply::ok(),
        })
        .await;
        refreshing(&server, None).call().await.unwrap_or_else(|error| panic!("{status}: {error}"));
    }
}

#[tokio::test]
async fn a_token_endpoint_that_refuses_or_fails_is_told_apart() {
    for (status, body, refused) in
        [(401, "{}", true), (400, "{}", true), (429, "{}", false), (500, "{}", false), (200, "<html>", false)]
    {
        let server = Server::start(move |_| Reply::Respond(status, body.into())).await;
        let credential = Late::new(|destination| {
            let source = ClientCredentials::new(destination, "/token", "id".into(), "hidden".into(), None)?;
            Ok(Credential::token_source(source))
        });
        let client = Client::builder().credential(credential).base_url(&*server.url).build().unwrap();
        let error = client.call().await.unwrap_err();
        assert_eq!(
            (error.kind(), error.is_refused_credential()),
            (ErrorKind::Credential, refused),
            "{status}"
        );
        assert!(!format!("{error} {error:?}").contains("hidden"));
        assert_eq!(server.seen().len(), 1, "{status}: only the token endpoint was asked, once");
    }
}
