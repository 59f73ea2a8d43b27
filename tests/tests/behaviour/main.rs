//! The behaviour suite over every provider of this workspace.

mod bench;
mod input;
mod odd;
mod special;

use bench::{Build, InProcess, Simulated};
use otp_facade::InMemory;
use otp_facade::conformance::{self, Report};
use otp_sandbox::Provider;

fn judge(report: &Report) {
    assert!(report.findings().len() >= 40, "the suite has lost cases");
    assert!(report.failures().is_empty(), "{report}");
    // Every bench here can move the clock and count requests: nothing may be left out.
    assert!(report.not_tried().is_empty(), "{report}");
}

async fn over_the_sandbox(place: Provider, build: Build) {
    judge(&conformance::run(async || Simulated::start(place, build).await).await);
}

#[tokio::test]
async fn agilicus_behaves() {
    over_the_sandbox(Provider::Agilicus, bench::agilicus).await;
}

#[tokio::test]
async fn deutsche_bank_behaves() {
    over_the_sandbox(Provider::DeutscheBank, bench::deutsche_bank).await;
}

#[tokio::test]
async fn equinix_metal_behaves() {
    over_the_sandbox(Provider::EquinixMetal, bench::equinix_metal).await;
}

#[tokio::test]
async fn smscx_behaves() {
    over_the_sandbox(Provider::Smscx, bench::smscx).await;
}

#[tokio::test]
async fn a_shared_provider_behaves() {
    over_the_sandbox(Provider::Smscx, bench::shared_smscx).await;
}

#[tokio::test]
async fn memory_behaves() {
    judge(&conformance::run(async || InProcess(InMemory::new())).await);
}
