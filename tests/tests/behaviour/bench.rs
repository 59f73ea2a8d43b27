//! The providers of this workspace on the bench.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use otp_facade::conformance::Bench;
use otp_facade::{
    Agilicus, Challenge, ChallengeId, Code, CreateRequest, DeutscheBank, EquinixMetal, InMemory, OtpProvider,
    Purpose, PurposeSupport, Recipient, Smscx,
};
use otp_sandbox::{Provider, Sandbox};

/// A provider over the sandbox.
pub(crate) struct Simulated {
    sandbox: Sandbox,
    place: Provider,
    provider: Box<dyn OtpProvider>,
}

/// Builds a provider for a base URL.
pub(crate) type Build = fn(&str) -> Box<dyn OtpProvider>;

impl Simulated {
    pub(crate) async fn start(place: Provider, build: Build) -> Self {
        let sandbox = Sandbox::start().await.expect("the sandbox starts");
        let provider = build(&sandbox.base_url(place));
        Self { sandbox, place, provider }
    }
}

pub(crate) fn agilicus(base_url: &str) -> Box<dyn OtpProvider> {
    Box::new(Agilicus::builder().bearer("token").base_url(base_url).build().expect("valid settings"))
}

pub(crate) fn deutsche_bank(base_url: &str) -> Box<dyn OtpProvider> {
    Box::new(DeutscheBank::builder().bearer("token").base_url(base_url).build().expect("valid settings"))
}

pub(crate) fn equinix_metal(base_url: &str) -> Box<dyn OtpProvider> {
    Box::new(EquinixMetal::builder().auth_token("key").base_url(base_url).build().expect("valid settings"))
}

pub(crate) fn smscx(base_url: &str) -> Box<dyn OtpProvider> {
    Box::new(Smscx::builder().api_key("key").base_url(base_url).build().expect("valid settings"))
}

pub(crate) fn shared_smscx(base_url: &str) -> Box<dyn OtpProvider> {
    let provider: Arc<dyn OtpProvider> = Arc::from(smscx(base_url));
    Box::new(provider)
}

#[async_trait]
impl Bench for Simulated {
    fn provider(&self) -> &dyn OtpProvider {
        &*self.provider
    }

    fn request(&self) -> CreateRequest {
        let request = CreateRequest::new(Recipient::phone("+4915112345678").with_user_id("user-1"));
        match self.provider.capabilities().purposes {
            PurposeSupport::Required(_) => request.with_purpose(Purpose::LegitimationData),
            _ => request,
        }
    }

    async fn code(&self, challenge: &Challenge) -> Option<Code> {
        match &challenge.code {
            Some(code) => Some(code.clone()),
            None => self.sandbox.last_message(self.place).map(|message| message.code.into()),
        }
    }

    async fn advance(&self, by: Duration) -> bool {
        self.sandbox.advance(by);
        true
    }

    fn requests(&self) -> Option<usize> {
        Some(self.sandbox.journal().len())
    }

    fn lifetime(&self) -> Duration {
        Duration::from_secs(600)
    }

    fn unknown(&self, id: &ChallengeId) -> ChallengeId {
        let mut parts = id.parts();
        match self.place {
            Provider::EquinixMetal => return id.clone(),
            Provider::Smscx => parts = vec!["00000000-0000-4000-8000-000000000000".to_owned()],
            _ => parts.iter_mut().last().into_iter().for_each(|part| *part = "nobodys".to_owned()),
        }
        let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
        ChallengeId::new(&id.issuer(), &parts)
    }
}

/// The in-process provider.
pub(crate) struct InProcess(pub(crate) InMemory);

#[async_trait]
impl Bench for InProcess {
    fn provider(&self) -> &dyn OtpProvider {
        &self.0
    }

    fn request(&self) -> CreateRequest {
        CreateRequest::new(Recipient::phone("+4915112345678").with_user_id("user-1"))
    }

    async fn code(&self, challenge: &Challenge) -> Option<Code> {
        challenge.code.clone().or_else(|| self.0.last_message().map(|message| message.code))
    }

    async fn advance(&self, by: Duration) -> bool {
        self.0.advance(by);
        true
    }

    fn requests(&self) -> Option<usize> {
        Some(self.0.inbox().len())
    }
}
