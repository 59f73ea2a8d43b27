//! Every response that a provider documents as an error. Each test prints how many there are.

mod agilicus;
mod deutsche_bank;
mod equinix_metal;
mod smscx;
mod twilio;
mod vonage;

use std::collections::HashSet;

use otp_sandbox::Provider;

use crate::calls::{calls, described};
use crate::error_case::{ErrorCase, check};

/// The documented responses of a provider, and what each becomes.
fn rows(provider: Provider) -> Vec<ErrorCase> {
    match provider {
        Provider::Agilicus => agilicus::rows(),
        Provider::DeutscheBank => deutsche_bank::rows(),
        Provider::EquinixMetal => equinix_metal::rows(),
        Provider::Smscx => smscx::rows(),
        Provider::Twilio => twilio::rows(),
        Provider::Vonage => vonage::rows(),
    }
}

#[tokio::test]
async fn every_documented_response_has_its_kind() {
    for provider in Provider::ALL {
        let rows = rows(provider);
        let names: HashSet<_> = rows.iter().map(|row| format!("{:?} {}", row.call, row.name)).collect();
        assert_eq!(names.len(), rows.len(), "{provider}: a response is counted twice");
        check(&rows).await;
        println!("{provider}: {} documented responses", rows.len());
    }
}

#[test]
fn every_documented_error_status_of_every_operation_has_a_row() {
    let mut missing = Vec::new();
    for provider in Provider::ALL {
        let rows = rows(provider);
        for call in calls(provider) {
            let operation = described(provider, call);
            let has_row =
                |status: &&u16| rows.iter().any(|row| row.call == call && row.response.status() == **status);
            let statuses = operation.errors.iter().filter(|status| !has_row(status));
            missing.extend(statuses.map(|status| format!("{provider}: {call:?} with {status}")));
        }
    }
    assert!(
        missing.is_empty(),
        "write rows in tests/tests/errors/documented/<slug>.rs for:\n{}",
        missing.join("\n")
    );
}
