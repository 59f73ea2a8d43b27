//! Wire tests: every operation of every client crate against a server that records the request and sends a prepared
//! response.

#![allow(clippy::unwrap_used, reason = "a value that is not there fails the test")]

mod agilicus;
mod deutsche_bank;
mod equinix_metal;
mod from_json;
mod smscx;
