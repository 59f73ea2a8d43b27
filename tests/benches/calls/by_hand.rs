//! Baseline: the two calls written directly against reqwest.

use otp_transport::reqwest::Client;
use serde::{Deserialize, Serialize};

use crate::subject::{KEY, PHONE, PIN};

pub(crate) struct ByHand {
    client: Client,
    base_url: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct NewOtp<'a> {
    phone_number: &'a str,
}

/// As much of the response as the generated client reads.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(dead_code)]
pub(crate) struct Otp {
    pub(crate) otp_id: String,
    attempts: Option<i64>,
    cost: Option<f64>,
    country_iso: Option<String>,
    date_created: Option<String>,
    date_expires: Option<String>,
    max_attempts: Option<i64>,
    otp_callback_url: Option<String>,
    parts: Option<i64>,
    phone_number: Option<String>,
    status: String,
    track_id: Option<String>,
    ttl: Option<i64>,
}

#[derive(Serialize)]
struct Pin<'a> {
    pin: &'a str,
}

#[derive(Deserialize)]
pub(crate) struct Verified {
    pub(crate) status: String,
}

impl ByHand {
    pub(crate) fn new(base_url: &str) -> Self {
        // The build of reqwest that the family shares brings no cryptography of its own. Once is enough.
        let _ = rustls::crypto::ring::default_provider().install_default();
        Self { client: Client::new(), base_url: base_url.to_owned() }
    }

    pub(crate) async fn create(&self) -> Otp {
        let url = format!("{}/otp", self.base_url);
        let request = self.client.post(url).header("x-api-key", KEY).json(&NewOtp { phone_number: PHONE });
        request.send().await.unwrap().error_for_status().unwrap().json().await.unwrap()
    }

    pub(crate) async fn verify(&self, id: &str) -> Verified {
        let url = format!("{}/otp/{id}", self.base_url);
        let request = self.client.post(url).header("x-api-key", KEY).json(&Pin { pin: PIN });
        request.send().await.unwrap().error_for_status().unwrap().json().await.unwrap()
    }
}
