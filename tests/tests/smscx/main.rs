//! Everything that tests SMSCX alone: its client, its errors in the facade, and its service in the sandbox.

#![allow(clippy::unwrap_used, reason = "a value that is not there fails the test")]

mod bodies;
mod errors;
mod leaks;
mod service;
mod wire;

use otp_sandbox::Provider;

otp_tests::provider_suites!(Provider::Smscx);
