//! Wire tests: every operation of every client crate against a server that records the request and sends a prepared
//! response.

#![allow(clippy::unwrap_used, reason = "a value that is not there fails the test")]

mod agilicus;
mod deutsche_bank;
mod equinix_metal;
mod from_json;
mod smscx;
mod twilio;
mod vonage;

use std::collections::BTreeSet;

use otp_sandbox::Provider;
use otp_tests::spec::{missing_responses, operations};
use otp_tests::{Row, with_unlisted_values};

fn missing<C: 'static>(provider: Provider, rows: &[Row<C>]) -> Vec<String> {
    missing_responses(provider.slug(), rows.iter().filter_map(Row::exchange))
}

#[test]
fn every_documented_response_of_every_operation_has_a_row() {
    let missing: Vec<_> = Provider::ALL
        .into_iter()
        .flat_map(|provider| match provider {
            Provider::Agilicus => missing(provider, &agilicus::documented()),
            Provider::DeutscheBank => missing(provider, &deutsche_bank::documented()),
            Provider::EquinixMetal => missing(provider, &equinix_metal::documented()),
            Provider::Smscx => missing(provider, &smscx::documented()),
            Provider::Twilio => missing(provider, &twilio::documented()),
            Provider::Vonage => missing(provider, &vonage::documented()),
        })
        .collect();
    assert!(
        missing.is_empty(),
        "write rows in `documented` of tests/tests/wire/<slug>.rs for:\n{}",
        missing.join("\n")
    );
}

#[tokio::test]
async fn a_value_that_no_enum_lists_is_read_wherever_a_response_has_an_enum() {
    let mut missing = Vec::new();
    macro_rules! compare {
        ($module:ident, $provider:expr) => {{
            let (rows, without_row) = with_unlisted_values($provider.slug(), $module::documented);
            $module::compare_all(rows).await;
            missing.extend(without_row);
        }};
    }
    for provider in Provider::ALL {
        match provider {
            Provider::Agilicus => compare!(agilicus, provider),
            Provider::DeutscheBank => compare!(deutsche_bank, provider),
            Provider::EquinixMetal => compare!(equinix_metal, provider),
            Provider::Smscx => compare!(smscx, provider),
            Provider::Twilio => compare!(twilio, provider),
            Provider::Vonage => compare!(vonage, provider),
        }
    }
    assert!(
        missing.is_empty(),
        "no response in `documented` of tests/tests/wire/<slug>.rs has a value for:\n{}",
        missing.join("\n")
    );
}

#[tokio::test(start_paused = true)]
async fn every_operation_meets_every_fault() {
    for provider in Provider::ALL {
        let met = match provider {
            Provider::Agilicus => agilicus::meet_faults().await,
            Provider::DeutscheBank => deutsche_bank::meet_faults().await,
            Provider::EquinixMetal => equinix_metal::meet_faults().await,
            Provider::Smscx => smscx::meet_faults().await,
            Provider::Twilio => twilio::meet_faults().await,
            Provider::Vonage => vonage::meet_faults().await,
        };
        let met: BTreeSet<_> = met.into_iter().map(str::to_owned).collect();
        let due: BTreeSet<_> = operations(provider.slug()).iter().map(|it| it.function()).collect();
        assert_eq!(
            met, due,
            "`meet_faults` of tests/tests/wire/{provider}.rs needs a call for each operation"
        );
    }
}
