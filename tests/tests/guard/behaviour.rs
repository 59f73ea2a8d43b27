//! The behaviour suite over guarded providers.

use std::time::Duration;

use async_trait::async_trait;
use otp_facade::conformance::{self, Bench};
use otp_facade::stores::MemoryStore;
use otp_facade::{
    Agilicus, Challenge, Code, CreateRequest, DeutscheBank, EquinixMetal, Guard, InMemory, OtpProvider,
    Purpose, PurposeSupport, Recipient, Smscx,
};
use otp_sandbox::{Provider, Sandbox};

use crate::fake::{Clock, unlimited};

/// A guard over a provider, and where that provider's codes can be read.
struct Guarded {
    guard: Guard<Box<dyn OtpProvider>, MemoryStore>,
    clock: Clock,
    place: Place,
}

enum Place {
    Here(InMemory),
    Sandbox(Sandbox, Provider),
}

impl Guarded {
    fn new(provider: Box<dyn OtpProvider>, place: Place) -> Self {
        let clock = Clock::new();
        let settings = unlimited().with_max_attempts(3);
        let guard = Guard::new(provider, clock.store(), settings).expect("valid settings");
        Self { guard, clock, place }
    }

    fn in_process() -> Self {
        let memory = InMemory::new();
        Self::new(Box::new(memory.clone()), Place::Here(memory))
    }

    async fn simulated(place: Provider, build: fn(&str) -> Box<dyn OtpProvider>) -> Self {
        let sandbox = Sandbox::start().await.expect("the sandbox starts");
        let provider = build(&sandbox.base_url(place));
        Self::new(provider, Place::Sandbox(sandbox, place))
    }
}

#[async_trait]
impl Bench for Guarded {
    fn provider(&self) -> &dyn OtpProvider {
        &self.guard
    }

    fn request(&self) -> CreateRequest {
        let request = CreateRequest::new(Recipient::phone("+4915112345678").with_user_id("user-1"));
        match self.guard.capabilities().purposes {
            PurposeSupport::Required(_) => request.with_purpose(Purpose::LegitimationData),
            _ => request,
        }
    }

    async fn code(&self, challenge: &Challenge) -> Option<Code> {
        match (&challenge.code, &self.place) {
            (Some(code), _) => Some(code.clone()),
            (None, Place::Here(memory)) => memory.last_message().map(|message| message.code),
            (None, Place::Sandbox(sandbox, place)) => {
                sandbox.last_message(*place).map(|message| message.code.into())
            }
        }
    }

    async fn advance(&self, by: Duration) -> bool {
        self.clock.advance(by);
        match &self.place {
            Place::Here(memory) => memory.advance(by),
            Place::Sandbox(sandbox, _) => sandbox.advance(by),
        }
        true
    }

    fn requests(&self) -> Option<usize> {
        match &self.place {
            Place::Here(memory) => Some(memory.inbox().len()),
            Place::Sandbox(sandbox, _) => Some(sandbox.journal().len()),
        }
    }

    fn lifetime(&self) -> Duration {
        Duration::from_secs(600)
    }
}

async fn behaves(bench: impl AsyncFn() -> Guarded) {
    let report = conformance::run(bench).await;
    assert!(report.findings().len() >= 40, "the suite has lost cases");
    assert!(report.failures().is_empty() && report.not_tried().is_empty(), "{report}");
}

#[tokio::test]
async fn a_guarded_memory_behaves() {
    behaves(async || Guarded::in_process()).await;
}

#[tokio::test]
async fn a_guarded_agilicus_behaves() {
    let build = |url: &str| -> Box<dyn OtpProvider> {
        Box::new(Agilicus::builder().bearer("token").base_url(url).build().expect("valid settings"))
    };
    behaves(async || Guarded::simulated(Provider::Agilicus, build).await).await;
}

#[tokio::test]
async fn a_guarded_deutsche_bank_behaves() {
    let build = |url: &str| -> Box<dyn OtpProvider> {
        Box::new(DeutscheBank::builder().bearer("token").base_url(url).build().expect("valid settings"))
    };
    behaves(async || Guarded::simulated(Provider::DeutscheBank, build).await).await;
}

#[tokio::test]
async fn a_guarded_equinix_metal_behaves() {
    let build = |url: &str| -> Box<dyn OtpProvider> {
        Box::new(EquinixMetal::builder().auth_token("key").base_url(url).build().expect("valid settings"))
    };
    behaves(async || Guarded::simulated(Provider::EquinixMetal, build).await).await;
}

#[tokio::test]
async fn a_guarded_smscx_behaves() {
    let build = |url: &str| -> Box<dyn OtpProvider> {
        Box::new(Smscx::builder().api_key("key").base_url(url).build().expect("valid settings"))
    };
    behaves(async || Guarded::simulated(Provider::Smscx, build).await).await;
}
