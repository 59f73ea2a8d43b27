//! The conformance suite over guarded providers.

use otp_facade::stores::MemoryStore;
use otp_facade::{Guard, InMemory, OtpProvider, OtpProviderExt};
use otp_sandbox::Provider;
use otp_tests::{TestHarness, assert_conforms, providers};

use crate::fixtures::{Clock, unlimited};

fn guard<P: OtpProvider>(provider: P, clock: &Clock) -> Guard<P, MemoryStore> {
    Guard::new(provider, clock.store(), unlimited().with_max_attempts(3)).expect("valid settings")
}

async fn over_the_sandbox(service: Provider) {
    let harness = async || {
        let clock = Clock::new();
        let build = |base_url: &str| guard(providers::build(service, base_url, "credential"), &clock);
        let harness = TestHarness::simulated(service, build).await;
        harness.guarded(move |by| clock.advance(by))
    };
    assert_conforms(&otp_conformance::run(harness).await);
}

#[tokio::test]
async fn a_guarded_memory_behaves() {
    let harness = async || {
        let (clock, memory) = (Clock::new(), InMemory::new());
        let harness = TestHarness::in_memory(&memory, guard(memory.clone(), &clock));
        harness.guarded(move |by| clock.advance(by))
    };
    assert_conforms(&otp_conformance::run(harness).await);
}

#[tokio::test]
async fn a_detached_guard_behaves() {
    let harness = async || {
        let (clock, memory) = (Clock::new(), InMemory::new());
        let harness = TestHarness::in_memory(&memory, guard(memory.clone(), &clock).with_detached());
        harness.guarded(move |by| clock.advance(by))
    };
    assert_conforms(&otp_conformance::run(harness).await);
}

#[tokio::test]
async fn every_guarded_provider_behaves() {
    for service in Provider::ALL {
        over_the_sandbox(service).await;
    }
}
