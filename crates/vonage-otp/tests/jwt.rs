//! JWTs of an application: what is in them, that they are signed, and when they are renewed.

#![allow(clippy::unwrap_used)]

use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::Router;
use axum::http::{HeaderMap, StatusCode};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use serde_json::Value;
use tokio::net::TcpListener;
use vonage_otp::{Client, Credential};

const APPLICATION: &str = "78d335fa-323d-0114-9c3d-d6f0d48968cf";
/// Made for these tests, and good for nothing else.
const PKCS1: &str = include_str!("private_pkcs1.pem");
const PKCS8: &str = include_str!("private_pkcs8.pem");

fn json_of(part: &str) -> Value {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

/// The tokens of some cancels, to each of which the service responds with a status.
async fn tokens_of(key: &str, statuses: &[u16], calls: usize) -> Vec<String> {
    let seen = Arc::new(Mutex::new(Vec::<String>::new()));
    let (log, statuses) = (seen.clone(), statuses.to_vec());
    let respond = async move |headers: HeaderMap| {
        let mut log = log.lock().unwrap();
        let status = statuses.get(log.len()).copied().unwrap_or(204);
        let header = headers["authorization"].to_str().unwrap();
        log.push(header.strip_prefix("Bearer ").unwrap().to_owned());
        StatusCode::from_u16(status).unwrap()
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, Router::new().fallback(respond)).await });
    let credential = Credential::application(APPLICATION, key);
    let client = Client::builder().credential(credential).base_url(address).build().unwrap();
    for _ in 0..calls {
        let _ = client.cancel_request().request_id("c11236f4-00bf-4b89-84ba-88b25df97315").send().await;
    }
    seen.lock().unwrap().clone()
}

#[tokio::test]
async fn a_token_is_signed_by_the_key_and_says_for_whom_and_for_how_long() {
    let der: String = PKCS1.lines().filter(|line| !line.starts_with("-----")).collect();
    let key = ring::rsa::KeyPair::from_der(&STANDARD.decode(der).unwrap()).unwrap();
    for pem in [PKCS1, PKCS8] {
        let token = tokens_of(pem, &[], 1).await.remove(0);
        let [header, claims, signature] = token.split('.').collect::<Vec<_>>().try_into().unwrap();
        assert_eq!(json_of(header), serde_json::json!({ "alg": "RS256", "typ": "JWT" }));
        let message = format!("{header}.{claims}");
        let public = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key.public().as_ref());
        public.verify(message.as_bytes(), &URL_SAFE_NO_PAD.decode(signature).unwrap()).unwrap();
        let claims = json_of(claims);
        assert_eq!(claims["application_id"], APPLICATION);
        let issued = claims["iat"].as_u64().unwrap();
        assert!(issued.abs_diff(now()) < 60);
        assert_eq!(claims["exp"].as_u64().unwrap() - issued, Duration::from_secs(900).as_secs());
        assert_eq!(claims["jti"].as_str().unwrap().len(), 36);
    }
}

#[tokio::test]
async fn a_token_is_kept_and_another_is_made_after_a_401() {
    let kept = tokens_of(PKCS1, &[], 3).await;
    assert!(kept.len() == 3 && kept.iter().all(|token| *token == kept[0]));
    let renewed = tokens_of(PKCS1, &[401], 2).await;
    assert_eq!(renewed.len(), 3, "the first call is sent again");
    assert!(renewed[0] != renewed[1] && renewed[1] == renewed[2]);
}

#[test]
fn a_key_that_cannot_sign_and_an_id_that_is_none_are_refused_before_the_first_call() {
    let build = |id: &str, key: &str| {
        Client::new(Credential::application(id, key)).err().map(|error| error.to_string())
    };
    let broken = PKCS1.replacen("MII", "MIJ", 1);
    for (id, key, rule) in [
        ("", PKCS1, "application_id must be a UUID"),
        ("my app", PKCS1, "application_id must be a UUID"),
        (APPLICATION, "", "private_key must be an RSA key"),
        (APPLICATION, "private.key", "private_key must be an RSA key"),
        (APPLICATION, broken.as_str(), "private_key must be an RSA key"),
    ] {
        let error = build(id, key).unwrap_or_default();
        assert!(error.contains(rule) && !error.contains("MII"), "{error}");
    }
    assert_eq!(build(APPLICATION, PKCS1), None);
    let shown = format!("{:?}", Credential::application(APPLICATION, PKCS1));
    assert!(!shown.contains("MII") && !shown.contains("BEGIN"), "{shown}");
}
