//! Receives a signed callback on 127.0.0.1, and refuses one that was changed on its way.
//!
//! The server plays your part. Run it with `cargo run -p vonage-otp --example vonage_callback`.

#![allow(clippy::print_stdout)]

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use vonage_otp::callback::{Callback, CallbackError, Content, MAX_BYTES, SignatureSecret};
use vonage_otp::{Client, ClientInfo, Credential};

const SECRET: &str = "a signature secret of the account";

const SAMPLE: &str = r#"{"request_id": "c11236f4-00bf-4b89-84ba-88b25df97315", "submitted_at": "2026-03-02T08:15:00Z",
    "status": "completed", "type": "summary", "channel_timeout": 180, "client_ref": "order7",
    "workflow": [{"channel": "sms", "initiated_at": "2026-03-02T08:15:00Z", "status": "completed"}]}"#;

struct Receiver {
    secret: SignatureSecret,
    inbox: mpsc::Sender<Callback>,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (inbox, mut received) = mpsc::channel(16);
    let receiver = Receiver { secret: SignatureSecret::new(SECRET)?, inbox };
    let routes = Router::new()
        .route("/callbacks", post(receive))
        .layer(DefaultBodyLimit::max(MAX_BYTES))
        .with_state(Arc::new(receiver));
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}/callbacks", listener.local_addr()?);
    tokio::spawn(async move { axum::serve(listener, routes).await });

    // What Vonage would do, and what somebody else would who got hold of the token.
    let client = Client::new(Credential::api_key("key", "secret"))?;
    let token = signed(SAMPLE)?;
    for (what, body) in
        [("as it was signed", SAMPLE.to_owned()), ("changed", SAMPLE.replace("completed", "failed"))]
    {
        let post = ClientInfo::client(&client).post(&url).bearer_auth(&token);
        println!("{what}: {}", post.body(body).send().await?.status());
    }

    let callback = received.recv().await.ok_or("nothing was received")?;
    match &callback.content {
        Content::Summary(summary) => println!("{} is over: {:?}", summary.request_id, summary.status),
        Content::Event(event) => println!("a step of {}: {:?}", event.request_id, event.status),
        _ => println!("something else about {}", callback.content.request_id()),
    }
    received.try_recv().is_err().then_some(()).ok_or_else(|| "the changed one was taken".into())
}

/// Checks, reads and responds; the work is done elsewhere, so that Vonage does not post it again.
async fn receive(State(receiver): State<Arc<Receiver>>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let authorization = headers.get("authorization").and_then(|value| value.to_str().ok());
    match receiver.secret.read(authorization, &body) {
        Ok(callback) => match receiver.inbox.try_send(callback) {
            Ok(()) => StatusCode::NO_CONTENT,
            Err(_) => StatusCode::SERVICE_UNAVAILABLE,
        },
        Err(CallbackError::TooLong { .. }) => StatusCode::PAYLOAD_TOO_LARGE,
        Err(CallbackError::NotJson { .. } | CallbackError::NotACallback) => StatusCode::BAD_REQUEST,
        Err(_) => StatusCode::UNAUTHORIZED,
    }
}

/// A token as Vonage makes one: HS256 over header and claims, of which one is a hash of the body.
fn signed(body: &str) -> Result<String, Box<dyn std::error::Error>> {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;

    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
    let hash = ring::digest::digest(&ring::digest::SHA256, body.as_bytes());
    let hash: String = hash.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    let claims = format!(r#"{{"iss":"Vonage","iat":{now},"jti":"token-1","payload_hash":"{hash}"}}"#);
    let message = format!("{}.{}", BASE64.encode(r#"{"alg":"HS256","typ":"JWT"}"#), BASE64.encode(claims));
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, SECRET.as_bytes());
    let signature = BASE64.encode(ring::hmac::sign(&key, message.as_bytes()));
    Ok(format!("{message}.{signature}"))
}
