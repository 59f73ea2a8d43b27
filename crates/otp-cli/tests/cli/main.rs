//! The command `otp`, run as a program against the sandbox.

// Clippy takes only functions marked as tests for tests.
#![allow(clippy::unwrap_used)]

mod checks;
mod configuration;
mod lifecycle;
mod program;
mod providers;
mod secrets;
#[cfg(target_os = "linux")]
mod terminal;
