//! The callers: plain reqwest, and a provider of the facade.

use std::sync::Arc;

use otp_facade::{ChallengeId, OtpProvider, Smscx, Transport, VerifyRequest};
use otp_transport::reqwest::{Certificate, Client, ClientBuilder};
use serde::{Deserialize, Serialize};

use crate::service::{ID, Service};

const PIN: &str = "012345";
const KEY: &str = "api-key-of-the-application";

#[derive(Clone, Copy)]
pub(crate) enum Version {
    Http1,
    Http2,
}

impl Version {
    pub(crate) const ALL: [Self; 2] = [Self::Http1, Self::Http2];

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Http1 => "1.1",
            Self::Http2 => "2",
        }
    }
}

#[derive(Clone)]
pub(crate) enum Caller {
    Plain(Client, Arc<str>),
    Facade(Arc<Smscx>),
}

#[derive(Serialize)]
struct Pin<'a> {
    pin: &'a str,
}

#[derive(Deserialize)]
struct Verified {
    status: String,
}

impl Caller {
    pub(crate) fn new(service: &Service, version: Version, is_plain: bool) -> Self {
        let certificate = Certificate::from_der(service.certificate()).unwrap();
        // The service is on this machine, where the transport uses no proxy.
        let start = move || ClientBuilder::new().no_proxy().add_root_certificate(certificate.clone());
        let http1_only = matches!(version, Version::Http1);
        // Building it also installs the provider of cryptography for plain reqwest.
        let transport = Transport::builder().client_builder(start.clone()).http1_only(http1_only);
        let transport = transport.build().unwrap();
        if is_plain {
            let builder = if http1_only { start().http1_only() } else { start() };
            let url = format!("{}/otp/{ID}", service.base_url());
            return Self::Plain(builder.build().unwrap(), url.into());
        }
        let builder = Smscx::builder().api_key(KEY).base_url(service.base_url()).transport(transport);
        Self::Facade(Arc::new(builder.build().unwrap()))
    }

    pub(crate) async fn verify(&self) {
        match self {
            Self::Plain(client, url) => {
                let request = client.post(&**url).header("x-api-key", KEY).json(&Pin { pin: PIN });
                let response = request.send().await.unwrap().error_for_status().unwrap();
                assert_eq!(response.json::<Verified>().await.unwrap().status, "VERIFIED");
            }
            Self::Facade(provider) => {
                let id = ChallengeId::new("smscx", &[ID]);
                provider.verify(&VerifyRequest::new(id, PIN)).await.unwrap();
            }
        }
    }
}
