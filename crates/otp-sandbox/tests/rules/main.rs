//! The sandbox seen from outside: over HTTP, by its controls, and against the descriptions of the APIs.

// Clippy takes only functions marked as tests for tests.
#![allow(clippy::unwrap_used)]

mod agilicus;
mod agilicus_enrollments;
mod caller;
mod code_states;
mod contract;
mod controls;
mod deutsche_bank;
mod equinix_metal;
mod events;
mod examples;
mod faults;
mod page;
mod program;
mod readme;
mod settings;
mod smscx;
mod spec;
mod subject;
mod twilio;
mod vonage;

use otp_sandbox::Provider;

use crate::subject::Subject;

/// The rules of each service, which have its samples.
fn subject(provider: Provider) -> Subject {
    match provider {
        Provider::Agilicus => agilicus::SUBJECT,
        Provider::DeutscheBank => deutsche_bank::SUBJECT,
        Provider::EquinixMetal => equinix_metal::SUBJECT,
        Provider::Smscx => smscx::SUBJECT,
        Provider::Twilio => twilio::SUBJECT,
        Provider::Vonage => vonage::SUBJECT,
    }
}
