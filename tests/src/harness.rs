//! The one harness: any provider of this workspace, in any stack, for the conformance suite.

use std::time::Duration;

use async_trait::async_trait;
use otp_conformance::{Harness, Report};
use otp_facade::{
    Challenge, ChallengeId, Code, CreateRequest, InMemory, OtpProvider, Purpose, PurposeSupport, Recipient,
};
use otp_sandbox::{Provider, Sandbox};

use crate::providers::subject;

type Clock = Box<dyn Fn(Duration) + Send + Sync>;

/// The service behind the provider: where codes are read, requests are counted and time is moved.
enum Service {
    InMemory(InMemory),
    Sandbox(Sandbox, Provider),
}

/// A provider under test, with the service behind it.
pub struct TestHarness {
    provider: Box<dyn OtpProvider>,
    service: Service,
    /// The clock of a guard's store. A guard issues ids of its own.
    guard_clock: Option<Clock>,
}

impl TestHarness {
    /// A stack that ends in this in-process provider.
    pub fn in_memory(memory: &InMemory, stack: impl OtpProvider) -> Self {
        Self { provider: Box::new(stack), service: Service::InMemory(memory.clone()), guard_clock: None }
    }

    /// A stack over a sandbox of its own. `build` makes it for a base URL.
    ///
    /// # Panics
    ///
    /// If the sandbox does not start.
    pub async fn simulated<P: OtpProvider>(service: Provider, build: impl FnOnce(&str) -> P) -> Self {
        Self::in_sandbox(Sandbox::start().await.expect("the sandbox starts"), service, build)
    }

    /// The same over a sandbox that runs already.
    pub fn in_sandbox<P: OtpProvider>(
        sandbox: Sandbox,
        service: Provider,
        build: impl FnOnce(&str) -> P,
    ) -> Self {
        let provider = Box::new(build(&sandbox.base_url(service)));
        Self { provider, service: Service::Sandbox(sandbox, service), guard_clock: None }
    }

    /// The stack has a guard, whose store has this clock.
    #[must_use]
    pub fn guarded(self, advance: impl Fn(Duration) + Send + Sync + 'static) -> Self {
        Self { guard_clock: Some(Box::new(advance)), ..self }
    }

    /// The sandbox.
    ///
    /// # Panics
    ///
    /// If the provider is in-process.
    pub fn sandbox(&self) -> &Sandbox {
        match &self.service {
            Service::Sandbox(sandbox, _) => sandbox,
            Service::InMemory(_) => panic!("there is no sandbox"),
        }
    }
}

#[async_trait]
impl Harness for TestHarness {
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
        match (&challenge.code, &self.service) {
            (Some(code), _) => Some(code.clone()),
            (None, Service::InMemory(memory)) => memory.last_message().map(|message| message.code),
            (None, Service::Sandbox(sandbox, service)) => {
                sandbox.last_message(*service).map(|message| message.code.into())
            }
        }
    }

    async fn advance(&self, by: Duration) -> bool {
        if let Some(advance) = &self.guard_clock {
            advance(by);
        }
        match &self.service {
            Service::InMemory(memory) => memory.advance(by),
            Service::Sandbox(sandbox, _) => sandbox.advance(by),
        }
        true
    }

    fn requests(&self) -> Option<usize> {
        match &self.service {
            Service::InMemory(memory) => Some(memory.inbox().len()),
            Service::Sandbox(sandbox, _) => Some(sandbox.journal().len()),
        }
    }

    fn lifetime(&self) -> Duration {
        Duration::from_secs(600)
    }

    fn unknown(&self, id: &ChallengeId) -> ChallengeId {
        let mut parts = id.parts();
        match &self.service {
            Service::Sandbox(_, service) if self.guard_clock.is_none() => match subject(*service).nobodys {
                None => return id.clone(),
                Some(nobodys) => {
                    parts.iter_mut().last().into_iter().for_each(|part| nobodys.clone_into(part))
                }
            },
            // Of the same form: the guard and the in-process provider give random ids.
            _ => parts.iter_mut().last().into_iter().for_each(|part| {
                part.truncate(part.len().saturating_sub(4));
                part.push_str("0000");
            }),
        }
        let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
        ChallengeId::new(&id.issuer(), &parts)
    }
}

/// Requires that the suite is complete and that every case holds. No case may be skipped: the harness can do all that
/// they need.
///
/// # Panics
///
/// If that is not so, with the report.
pub fn assert_conforms(report: &Report) {
    assert!(report.results().len() >= 40, "the suite has lost cases");
    assert!(report.failures().is_empty(), "{report}");
    assert!(report.skipped().is_empty(), "{report}");
}
