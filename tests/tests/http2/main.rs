//! HTTP/2 to the vendors: which version is used, dead connections, and responses that nobody asked for.
#![allow(clippy::unwrap_used)]

mod keep_alive;
mod sent_once;
mod stray_responses;
mod versions;

use otp_facade::{ChallengeId, Error, OtpProvider, Smscx, Transport, TransportBuilder, VerifyRequest};
use otp_transport::reqwest::ClientBuilder;

const ACCEPTED: &str = r#"{"status":"VERIFIED"}"#;

/// Over HTTP/2 without TLS.
fn prior_knowledge() -> TransportBuilder {
    Transport::builder().client_builder(|| ClientBuilder::new().http2_prior_knowledge())
}

fn provider(base_url: &str, transport: TransportBuilder) -> Smscx {
    let builder = Smscx::builder().api_key("key").base_url(base_url).transport(transport.build().unwrap());
    builder.build().unwrap()
}

async fn verify(provider: &dyn OtpProvider) -> Result<(), Error> {
    let id = ChallengeId::new("smscx", &["00000000-0000-4000-8000-000000000000"]);
    provider.verify(&VerifyRequest::new(id, "012345")).await.map(|_| ())
}
