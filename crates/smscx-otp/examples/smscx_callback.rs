//! Receives a status callback on 127.0.0.1 and confirms it.
//!
//! The server plays both parts, so that the example needs nothing else: `/callbacks/{secret}` is yours, `/otp/{otpId}`
//! stands for SMSCX. Run it with `cargo run -p smscx-otp --example smscx_callback`.

#![allow(clippy::print_stdout)]

use std::collections::HashSet;
use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use smscx_otp::types::OtpStatus;
use smscx_otp::webhook::{Callback, CallbackError, MAX_BYTES};
use smscx_otp::{Client, ClientInfo, Credential};
use tokio::net::TcpListener;
use tokio::sync::mpsc;

const OURS: &str = "3f2b8c1e-5d4a-4f6b-9a7e-1c2d3e4f5a6b";

/// The part of the address that nobody can guess; a real one comes from a random source.
const SECRET: &str = "c8f1d0a7e35b";

const SAMPLE: &str = r#"{"event": "otp_update", "data": [
    {"otpId": "3f2b8c1e-5d4a-4f6b-9a7e-1c2d3e4f5a6b", "status": "VERIFIED", "attempts": 0},
    {"otpId": "00000000-0000-4000-8000-000000000000", "status": "VERIFIED"},
    {"note": "not an OTP request"}
]}"#;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (inbox, mut received) = mpsc::channel(16);
    let routes = Router::new()
        .route("/callbacks/{secret}", post(receive))
        .layer(DefaultBodyLimit::max(MAX_BYTES))
        .route("/otp/{otp_id}", get(stand_in_for_smscx))
        .with_state(Arc::new(inbox));
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = format!("http://{}", listener.local_addr()?);
    tokio::spawn(async move { axum::serve(listener, routes).await });

    let client = Client::builder().credential(Credential::api_key("key")).base_url(&address).build()?;

    // What SMSCX would do.
    let url = format!("{address}/callbacks/{SECRET}");
    let response = ClientInfo::client(&client).post(url).body(SAMPLE).send().await?;
    println!("the callback returned {}", response.status());

    // What you do afterwards: read the status of the requests that you made, and rely on that response only. It logs nobody in.
    let callback = received.recv().await.ok_or("nothing was received")?;
    println!("event {:?}, unreadable items: {:?}", callback.event, callback.unreadable);
    let made_here = HashSet::from([OURS]);
    for item in callback.items {
        if !made_here.contains(item.otp_id.as_str()) {
            println!(
                "{}: the callback reports {}, but it is not ours",
                item.otp_id,
                word(item.status.as_ref())
            );
            continue;
        }
        let confirmed = client.get_otp_status().otp_id(item.otp_id.as_str()).send().await?;
        println!(
            "{}: the callback reports {}, SMSCX reports {}",
            item.otp_id,
            word(item.status.as_ref()),
            word(confirmed.status.as_ref())
        );
    }
    Ok(())
}

fn word(status: Option<&OtpStatus>) -> String {
    status.map_or_else(|| "nothing".to_owned(), ToString::to_string)
}

/// Parses and responds; the work is done elsewhere, so that SMSCX does not wait.
async fn receive(
    State(inbox): State<Arc<mpsc::Sender<Callback>>>,
    Path(secret): Path<String>,
    body: Bytes,
) -> StatusCode {
    if secret != SECRET {
        return StatusCode::NOT_FOUND;
    }
    match Callback::from_slice(&body) {
        Ok(callback) => match inbox.try_send(callback) {
            Ok(()) => StatusCode::NO_CONTENT,
            Err(_) => StatusCode::SERVICE_UNAVAILABLE,
        },
        Err(CallbackError::TooLong { .. } | CallbackError::TooManyItems { .. }) => {
            StatusCode::PAYLOAD_TOO_LARGE
        }
        Err(_) => StatusCode::BAD_REQUEST,
    }
}

async fn stand_in_for_smscx(Path(otp_id): Path<String>) -> ([(&'static str, &'static str); 1], String) {
    let body = format!(r#"{{"otpId": "{otp_id}", "status": "PENDING"}}"#);
    ([("content-type", "application/json")], body)
}
