//! The one harness: any provider of this workspace, in any stack, for the conformance suite.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use otp_conformance::{Harness, Report};
use otp_facade::{
    Challenge, ChallengeId, Code, CreateRequest, InMemory, OtpProvider, Purpose, PurposeSupport, Recipient,
    Transaction,
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
    /// How many requests were made, each for another person where two challenges of one are not two.
    made: AtomicU32,
}

impl TestHarness {
    /// A stack that ends in this in-process provider.
    pub fn in_memory(memory: &InMemory, stack: impl OtpProvider) -> Self {
        let service = Service::InMemory(memory.clone());
        Self { provider: Box::new(stack), service, guard_clock: None, made: AtomicU32::new(0) }
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
        let service = Service::Sandbox(sandbox, service);
        Self { provider, service, guard_clock: None, made: AtomicU32::new(0) }
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
        let able = self.provider.capabilities();
        let shares = able.resends || able.one_at_a_time;
        let number = if shares { self.made.fetch_add(1, Ordering::Relaxed) } else { 0 };
        let recipient = Recipient::phone(format!("+49151{:08}", 12_345_678 + number));
        let recipient = recipient.with_email(format!("ann{number}@example.com")).with_user_id("user-1");
        let request = CreateRequest::new(recipient);
        match able.purposes {
            PurposeSupport::Required(known) if known.contains(&"transaction") => {
                request.with_purpose(Transaction::new("€39.99", "Acme Inc."))
            }
            PurposeSupport::Required(_) => request.with_purpose(Purpose::LegitimationData),
            _ => request,
        }
    }

    fn template(&self) -> String {
        match &self.service {
            Service::Sandbox(_, service) => subject(*service).template.to_owned(),
            Service::InMemory(_) => "{{pin}} is it".to_owned(),
        }
    }

    fn attempts(&self) -> u32 {
        match &self.service {
            // A guard has its own.
            Service::Sandbox(_, service) if self.guard_clock.is_none() => subject(*service).attempts,
            _ => 3,
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
