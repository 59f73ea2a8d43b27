//! The sandbox seen from outside: over HTTP, by its controls, and against the descriptions of the four APIs.

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
