//! The conformance suite over every provider of this workspace.

mod input;
mod misbehaving;
mod vendor_specific;

use std::sync::Arc;

use otp_facade::{InMemory, OtpProvider, OtpProviderExt};
use otp_sandbox::Provider;
use otp_tests::{TestHarness, assert_conforms, providers};

async fn over_the_sandbox(service: Provider) {
    let build = |base_url: &str| providers::build(service, base_url, "credential");
    assert_conforms(&otp_conformance::run(async || TestHarness::simulated(service, build).await).await);
}

#[tokio::test]
async fn agilicus_behaves() {
    over_the_sandbox(Provider::Agilicus).await;
}

#[tokio::test]
async fn deutsche_bank_behaves() {
    over_the_sandbox(Provider::DeutscheBank).await;
}

#[tokio::test]
async fn equinix_metal_behaves() {
    over_the_sandbox(Provider::EquinixMetal).await;
}

#[tokio::test]
async fn smscx_behaves() {
    over_the_sandbox(Provider::Smscx).await;
}

#[tokio::test]
async fn a_shared_provider_behaves() {
    let build = |base_url: &str| -> Arc<dyn OtpProvider> {
        Arc::from(providers::build(Provider::Smscx, base_url, "credential"))
    };
    let harness = async || TestHarness::simulated(Provider::Smscx, build).await;
    assert_conforms(&otp_conformance::run(harness).await);
}

#[tokio::test]
async fn a_detached_provider_behaves() {
    for service in Provider::ALL {
        let build = |base_url: &str| providers::build(service, base_url, "credential").with_detached();
        assert_conforms(&otp_conformance::run(async || TestHarness::simulated(service, build).await).await);
    }
}

#[tokio::test]
async fn a_detached_memory_behaves() {
    let harness = async || {
        let memory = InMemory::new();
        TestHarness::in_memory(&memory, memory.clone().with_detached())
    };
    assert_conforms(&otp_conformance::run(harness).await);
}

#[tokio::test]
async fn memory_behaves() {
    let harness = async || {
        let memory = InMemory::new();
        TestHarness::in_memory(&memory, memory.clone())
    };
    assert_conforms(&otp_conformance::run(harness).await);
}
