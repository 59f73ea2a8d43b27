//! Every response that a provider documents as an error. Each test prints how many there are.

mod agilicus;
mod deutsche_bank;
mod equinix_metal;
mod smscx;

use std::collections::HashSet;

use otp_tests::MockServer;

use crate::calls::{Call, Vendor, perform};
use crate::error_case::{ErrorCase, check};

/// The rows are different responses: none is counted twice.
fn are_distinct(rows: &[ErrorCase]) -> bool {
    let names: HashSet<_> = rows.iter().map(|row| format!("{:?} {}", row.call, row.name)).collect();
    names.len() == rows.len()
}

#[tokio::test]
async fn every_documented_response_of_agilicus_has_its_kind() {
    let (at_the_facade, of_the_client) = (agilicus::rows(), agilicus::calls_of_the_client());
    assert!(are_distinct(&at_the_facade));
    check(&at_the_facade).await;
    agilicus::check(&of_the_client).await;
    println!("agilicus: {} + {} documented answers", at_the_facade.len(), of_the_client.len());
    assert_eq!((at_the_facade.len(), of_the_client.len()), (5, 11));
}

#[tokio::test]
async fn every_documented_response_of_deutsche_bank_has_its_kind() {
    let rows = deutsche_bank::rows();
    assert!(are_distinct(&rows));
    check(&rows).await;
    println!("deutsche-bank: {} documented answers", rows.len());
    assert_eq!(rows.len(), 58);
}

#[tokio::test]
async fn every_documented_code_of_deutsche_bank_means_the_same_at_every_operation() {
    check(&deutsche_bank::codes_elsewhere()).await;
}

#[tokio::test]
async fn every_documented_response_of_equinix_metal_has_its_kind() {
    let rows = equinix_metal::rows();
    assert!(are_distinct(&rows));
    check(&rows).await;
    let of_the_client = equinix_metal::check_renewal().await;
    println!("equinix-metal: {} + {of_the_client} documented answers", rows.len());
    assert_eq!((rows.len(), of_the_client), (9, 3));
}

#[tokio::test]
async fn every_documented_response_of_smscx_has_its_kind() {
    let rows = smscx::rows();
    assert!(are_distinct(&rows));
    check(&rows).await;
    let service = MockServer::start(&smscx::cancelled_before()).await;
    let repeated = perform(Vendor::Smscx, Call::Cancel, &service.base_url()).await;
    assert!(repeated.is_ok(), "what is cancelled is what the caller wants: {repeated:?}");
    println!("smscx: {} + 1 documented answers", rows.len());
    assert_eq!(rows.len(), 58);
}

#[tokio::test]
async fn details_of_smscx_fail_as_its_status() {
    check(&smscx::details()).await;
}

#[tokio::test]
async fn every_type_of_smscx_has_its_kind() {
    check(&smscx::types()).await;
}
