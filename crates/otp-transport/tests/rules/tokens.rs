//! Tokens that expire.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use otp_transport::oauth::{ClientCredentials, RefreshToken};
use otp_transport::{Credential, ErrorKind, Secret, Sent, Token, TokenError, TokenSource};
use tokio::sync::Notify;

use crate::client::{Client, Late};
use crate::server::{Reply, Server};

/// Numbers its tokens: `token-1`, `token-2`, …
#[derive(Clone, Default)]
struct Numbered {
    count: Arc<AtomicUsize>,
    expires_in: Option<Duration>,
    /// Waits for this before it answers.
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
        true => Reply::Answer(401, "{}".into()),
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
    let server = Server::start(|_| Reply::Answer(401, "{}".into())).await;
    let source = Numbered::default();
    let error = client(&server, &source).call().await.unwrap_err();
    assert_eq!(error.status().unwrap(), 401);
    assert_eq!((source.fetched(), server.seen().len()), (2, 2));
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
    let server = Server::start(|_| Reply::Answer(401, "{}".into())).await;
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
        true => Reply::Answer(200, r#"{"access_token":"issued","expires_in":3600}"#.into()),
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
    assert!(seen[0].contains("authorization: Basic YXBwIMOpOnMzY3IgZXQvKyU=\r\n"), "{}", seen[0]);
    assert!(seen[0].ends_with("grant_type=client_credentials&scope=sms+otp"), "{}", seen[0]);
    assert!(seen[1].starts_with("POST /api/v1/codes ") && seen[1].contains("Bearer issued"), "{}", seen[1]);
}

#[tokio::test]
async fn a_rotated_refresh_token_is_used_and_handed_out() {
    let server = Server::start(|request| match request.starts_with("POST /token ") {
        true if request.contains("refresh_token=first") => {
            Reply::Answer(200, r#"{"access_token":"a1","refresh_token":"second"}"#.into())
        }
        true => Reply::Answer(200, r#"{"access_token":"a2"}"#.into()),
        false if request.contains("Bearer a1") => Reply::Answer(401, "{}".into()),
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

#[tokio::test]
async fn a_token_endpoint_that_refuses_or_fails_is_told_apart() {
    for (status, body, refused) in
        [(401, "{}", true), (400, "{}", true), (429, "{}", false), (500, "{}", false), (200, "<html>", false)]
    {
        let server = Server::start(move |_| Reply::Answer(status, body.into())).await;
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
