//! Layers as providers: the behaviour suite over whole stacks, and what they look like.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use otp_facade::conformance::{self, Bench, Report};
use otp_facade::layers::RetryPolicy;
use otp_facade::stores::MemoryStore;
use otp_facade::{
    Challenge, ChallengeId, Code, CreateRequest, GuardSettings, InMemory, OtpProvider, OtpProviderExt,
    Recipient, Smscx,
};
use otp_sandbox::{Provider, Sandbox};

use crate::fake::Fake;

fn stack(first: impl OtpProvider, second: impl OtpProvider) -> Box<dyn OtpProvider> {
    let policy = RetryPolicy::default();
    let both = first.with_retry(policy).with_failover(second.with_retry(policy)).expect("different names");
    Box::new(both.with_timeout(Duration::from_secs(15)).with_tracing())
}

fn judge(report: &Report) {
    assert!(report.findings().len() >= 40, "the suite has lost cases");
    assert!(report.failures().is_empty() && report.not_tried().is_empty(), "{report}");
}

struct InProcess {
    memory: InMemory,
    provider: Box<dyn OtpProvider>,
}

impl InProcess {
    fn new() -> Self {
        let memory = InMemory::new();
        let provider = stack(memory.clone(), InMemory::new().with_name("memory-2"));
        Self { memory, provider }
    }
}

#[async_trait]
impl Bench for InProcess {
    fn provider(&self) -> &dyn OtpProvider {
        &*self.provider
    }

    fn request(&self) -> CreateRequest {
        crate::fake::request()
    }

    async fn code(&self, challenge: &Challenge) -> Option<Code> {
        challenge.code.clone().or_else(|| self.memory.last_message().map(|message| message.code))
    }

    async fn advance(&self, by: Duration) -> bool {
        self.memory.advance(by);
        true
    }

    fn requests(&self) -> Option<usize> {
        Some(self.memory.inbox().len())
    }
}

struct Simulated {
    sandbox: Sandbox,
    provider: Box<dyn OtpProvider>,
}

impl Simulated {
    /// SMSCX, with another provider to step in that can do more, or less.
    async fn start(second: impl OtpProvider) -> Self {
        let sandbox = Sandbox::start().await.expect("the sandbox starts");
        let smscx = Smscx::builder().api_key("key").base_url(sandbox.base_url(Provider::Smscx)).build();
        Self { sandbox, provider: stack(smscx.expect("valid settings"), second) }
    }
}

#[async_trait]
impl Bench for Simulated {
    fn provider(&self) -> &dyn OtpProvider {
        &*self.provider
    }

    fn request(&self) -> CreateRequest {
        CreateRequest::new(Recipient::phone("+4915112345678").with_user_id("user-1"))
    }

    async fn code(&self, _: &Challenge) -> Option<Code> {
        self.sandbox.last_message(Provider::Smscx).map(|message| message.code.into())
    }

    async fn advance(&self, by: Duration) -> bool {
        self.sandbox.advance(by);
        true
    }

    fn requests(&self) -> Option<usize> {
        Some(self.sandbox.journal().len())
    }

    fn unknown(&self, id: &ChallengeId) -> ChallengeId {
        ChallengeId::new(&id.issuer(), &["00000000-0000-4000-8000-000000000000"])
    }
}

#[tokio::test]
async fn a_layered_memory_behaves() {
    judge(&conformance::run(async || InProcess::new()).await);
}

#[tokio::test]
async fn a_layered_smscx_behaves() {
    judge(&conformance::run(async || Simulated::start(InMemory::new()).await).await);
}

#[tokio::test]
async fn a_layered_smscx_behaves_whoever_is_to_step_in() {
    judge(
        &conformance::run(async || {
            Simulated::start(Fake::new("plain").able(|able| {
                (able.cancel, able.status) = (false, false);
            }))
            .await
        })
        .await,
    );
}

#[test]
fn debug_shows_the_stack() {
    let second = Arc::new(InMemory::new().with_name("memory-2"));
    assert_eq!(
        format!("{:?}", stack(InMemory::new(), second)),
        "Traced(Timeout(15s, Failover[Retry(3, InMemory { name: \"memory\", .. }), \
         Retry(3, InMemory { name: \"memory-2\", .. })]))",
    );
    let smscx = Smscx::builder().api_key("secret-key").build().unwrap();
    let shown = format!("{:?}", smscx.with_retry(RetryPolicy::default().with_max_attempts(5)));
    assert!(shown.starts_with("Retry(5, Smscx { name: \"smscx\""), "{shown}");
    assert!(!shown.contains("secret-key"), "{shown}");
}

#[test]
fn layers_go_around_boxes_and_each_other_in_any_order() {
    let boxed: Box<dyn OtpProvider> = Box::new(Fake::new("one"));
    let shared: Arc<dyn OtpProvider> = Arc::new(Fake::new("two"));
    let (policy, limit) = (RetryPolicy::default(), Duration::from_secs(1));
    let provider =
        boxed.with_tracing().with_timeout(limit).with_failover(shared.with_timeout(limit).with_retry(policy));
    let provider: Box<dyn OtpProvider> = Box::new(provider.unwrap().with_retry(policy).with_tracing());
    let shown = "Traced(Retry(3, Failover[Timeout(1s, Traced(one)), Retry(3, Timeout(1s, two))]))";
    assert_eq!(format!("{provider:?}"), shown);
}

#[tokio::test]
async fn a_guard_in_the_chain_guards_what_comes_before_it() {
    let inner = InMemory::new().with_retry(RetryPolicy::default());
    let settings = GuardSettings::new("a key of at least 32 characters, for tests");
    let settings = settings.with_min_interval(Duration::ZERO).with_per_day(2);
    let provider =
        inner.with_guard(MemoryStore::new(), settings).unwrap().with_name("login").unwrap().with_tracing();
    let shown =
        "Traced(Guard(MemoryStore { capacity: 500000, .. }, Retry(3, InMemory { name: \"memory\", .. })))";
    assert_eq!(format!("{provider:?}"), shown);
    for _ in 0..2 {
        assert_eq!(provider.create(&crate::fake::request()).await.unwrap().id.issuer(), "login");
    }
    assert!(provider.create(&crate::fake::request()).await.is_err(), "the guard's limit holds");
}
