//! Pages, as a person sees them in Chromium. All of it is ignored unless asked for: `cargo test` needs nothing but Rust.
//!
//! It needs Debian's packages `chromium` and `chromium-driver`, and `redis-server` for an outage. `BROWSER_SCREENSHOTS` names a
//! directory for pictures of the pages.

#![allow(clippy::unwrap_used, reason = "a value that is not there fails the test")]

mod harness;
mod inbox;
mod login;
