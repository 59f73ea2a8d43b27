//! The conformance suite over every provider of this workspace.

mod bounds;
mod input;
mod misbehaving;
mod vendor_specific;
mod verify_services;

use std::sync::Arc;
use std::time::Duration;

use otp_facade::{Defaults, InMemory, OtpProvider, OtpProviderExt as _, RequestDefaults, webotp_template};
use otp_sandbox::Provider;
use otp_tests::{TestHarness, assert_conforms, providers};

async fn over_the_sandbox(service: Provider) {
    let build = |base_url: &str| providers::build(service, base_url, "credential");
    assert_conforms(&otp_conformance::run(async || TestHarness::simulated(service, build).await).await);
}

#[tokio::test]
async fn every_provider_behaves() {
    for service in Provider::ALL {
        over_the_sandbox(service).await;
    }
}

#[tokio::test]
async fn a_shared_provider_behaves() {
    let build = |base_url: &str| -> Arc<dyn OtpProvider> {
        Arc::from(providers::build(Provider::Smscx, base_url, "credential"))
    };
    let harness = async || TestHarness::simulated(Provider::Smscx, build).await;
    assert_conforms(&otp_conformance::run(harness).await);
}

/// Options that SMSCX has and Agilicus has not.
fn defaults() -> RequestDefaults {
    RequestDefaults::new()
        .with_code_length(6)
        .with_max_attempts(3)
        .with_ttl(Duration::from_secs(600))
        .with_sender("Example")
        .with_template_for(
            "de",
            webotp_template("{{pin}} ist Ihr Code.", "login.example.com").expect("a template"),
        )
        .with_template_for(
            "en",
            webotp_template("{{pin}} is your code.", "login.example.com").expect("a template"),
        )
}

fn smscx_with_defaults(base_url: &str) -> Defaults<Box<dyn OtpProvider>> {
    providers::build(Provider::Smscx, base_url, "credential")
        .with_defaults(defaults())
        .expect("options of SMSCX")
}

#[tokio::test]
async fn a_provider_with_defaults_behaves() {
    let harness = async || TestHarness::simulated(Provider::Smscx, smscx_with_defaults).await;
    assert_conforms(&otp_conformance::run(harness).await);
}

#[tokio::test]
async fn a_stack_with_defaults_and_an_optional_member_behaves() {
    let stack = |base_url: &str| {
        let agilicus = providers::build(Provider::Agilicus, "http://127.0.0.1:1", "credential");
        let speaks = RequestDefaults::new().with_own_languages(["de", "en"]);
        let agilicus = agilicus.with_defaults(speaks).expect("languages");
        let failover = smscx_with_defaults(base_url).with_failover(agilicus).expect("different names");
        failover.with_optional("agilicus").expect("a member").after_uncertain_create()
    };
    let harness = async || TestHarness::simulated(Provider::Smscx, stack).await;
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
