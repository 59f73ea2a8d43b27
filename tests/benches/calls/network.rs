//! Calls over loopback: by hand, by the generated client, by the facade.

use std::hint::black_box;
use std::time::{Duration, Instant};

use otp_facade::{
    ChallengeId, CreateRequest, Operation, OtpProvider, OtpProviderExt, Recipient, RetryPolicy, Smscx,
    VerifyRequest,
};
use smscx_otp::types::{NewOtpRequest, VerifyPinRequest};
use smscx_otp::{Client, ClientBuilder, Credential};
use tokio::runtime::{Builder, Runtime};
use uuid::Uuid;

use crate::by_hand::ByHand;
use crate::service::{CHALLENGE_ID, ID};
use crate::subject::{KEY, PHONE, PIN, Subject};

pub(crate) struct Network {
    runtime: Runtime,
    way: Way,
}

/// A way to make a call. Each makes its request anew from plain text, as a caller has to.
pub(crate) enum Way {
    ByHand(ByHand),
    Generated(Box<Client>),
    Facade(Box<dyn OtpProvider>),
}

impl Network {
    pub(crate) fn new(way: Way) -> Self {
        // The connection's side of the client runs in the same thread.
        Self { runtime: Builder::new_current_thread().enable_all().build().unwrap(), way }
    }
}

impl Subject for Network {
    fn run(&self, operation: Operation, calls: u64) -> Duration {
        self.runtime.block_on(async {
            let began = Instant::now();
            for _ in 0..calls {
                match operation {
                    Operation::Create => self.way.create().await,
                    _ => self.way.verify().await,
                }
            }
            began.elapsed()
        })
    }
}

impl Way {
    pub(crate) fn by_hand(base_url: &str) -> Self {
        Self::ByHand(ByHand::new(base_url))
    }

    pub(crate) fn generated(base_url: &str) -> Self {
        let client = ClientBuilder::new().credential(Credential::api_key(KEY)).base_url(base_url);
        Self::Generated(Box::new(client.build().unwrap()))
    }

    pub(crate) fn facade(base_url: &str) -> Self {
        Self::Facade(Box::new(smscx(base_url)))
    }

    pub(crate) fn layers(base_url: &str) -> Self {
        Self::Facade(Box::new(layers(base_url)))
    }

    pub(crate) fn detached(base_url: &str) -> Self {
        Self::Facade(Box::new(layers(base_url).with_detached()))
    }

    async fn create(&self) {
        match self {
            Self::ByHand(by_hand) => {
                black_box(by_hand.create().await.otp_id);
            }
            Self::Generated(client) => {
                let body = NewOtpRequest::builder().phone_number(PHONE);
                black_box(client.new_otp().body(body).send().await.unwrap().into_inner().otp_id);
            }
            Self::Facade(provider) => {
                let request = CreateRequest::new(Recipient::phone(PHONE));
                black_box(provider.create(&request).await.unwrap().id);
            }
        }
    }

    async fn verify(&self) {
        match self {
            Self::ByHand(by_hand) => {
                assert_eq!(by_hand.verify(ID).await.status, "VERIFIED");
            }
            Self::Generated(client) => {
                let body = VerifyPinRequest::builder().pin(PIN);
                let id = Uuid::parse_str(ID).unwrap();
                let response = client.verify_otp().otp_id(id).body(body).send().await.unwrap();
                assert_eq!(response.status.as_deref(), Some("VERIFIED"));
            }
            Self::Facade(provider) => {
                let id: ChallengeId = CHALLENGE_ID.parse().unwrap();
                let request = VerifyRequest::new(id, PIN);
                black_box(provider.verify(&request).await.unwrap());
            }
        }
    }
}

fn layers(base_url: &str) -> impl OtpProvider {
    smscx(base_url).with_retry(RetryPolicy::default()).with_timeout(Duration::from_secs(20)).with_tracing()
}

fn smscx(base_url: &str) -> Smscx {
    Smscx::builder().api_key(KEY).base_url(base_url).build().unwrap()
}
