//! Layers as providers: the conformance suite over whole stacks, and what they look like.

use std::sync::Arc;
use std::time::Duration;

use otp_facade::layers::RetryPolicy;
use otp_facade::stores::MemoryStore;
use otp_facade::{GuardSettings, InMemory, OtpProvider, OtpProviderExt, Smscx};
use otp_sandbox::Provider;
use otp_tests::{FakeProvider, TestHarness, assert_conforms, providers};

fn stack(first: impl OtpProvider, second: impl OtpProvider) -> Box<dyn OtpProvider> {
    let policy = RetryPolicy::default();
    let both = first.with_retry(policy).with_failover(second.with_retry(policy)).expect("different names");
    Box::new(both.with_timeout(Duration::from_secs(15)).with_tracing())
}

/// SMSCX in a stack, with another provider to step in that can do more, or less.
async fn simulated(second: impl OtpProvider) -> TestHarness {
    TestHarness::simulated(Provider::Smscx, |base_url| {
        stack(providers::build(Provider::Smscx, base_url, "key"), second)
    })
    .await
}

#[tokio::test]
async fn a_layered_memory_behaves() {
    let harness = async || {
        let memory = InMemory::new();
        TestHarness::in_memory(&memory, stack(memory.clone(), InMemory::new().with_name("memory-2")))
    };
    assert_conforms(&otp_conformance::run(harness).await);
}

#[tokio::test]
async fn a_layered_smscx_behaves() {
    assert_conforms(&otp_conformance::run(async || simulated(InMemory::new()).await).await);
}

#[tokio::test]
async fn a_layered_smscx_behaves_whoever_is_to_step_in() {
    let plain = || {
        FakeProvider::new("plain").able(|able| {
            (able.cancel, able.status) = (false, false);
        })
    };
    assert_conforms(&otp_conformance::run(async || simulated(plain()).await).await);
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
    let boxed: Box<dyn OtpProvider> = Box::new(FakeProvider::new("one"));
    let shared: Arc<dyn OtpProvider> = Arc::new(FakeProvider::new("two"));
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
        "Traced(Guard(MemoryStore { capacity: 1000000, .. }, Retry(3, InMemory { name: \"memory\", .. })))";
    assert_eq!(format!("{provider:?}"), shown);
    for _ in 0..2 {
        assert_eq!(provider.create(&crate::calls::request()).await.unwrap().id.issuer(), "login");
    }
    assert!(provider.create(&crate::calls::request()).await.is_err(), "the guard's limit holds");
}
