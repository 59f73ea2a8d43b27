//! The sandbox seen from outside, over HTTP and by its controls. The rules of each service are in its provider's folder.

// Clippy takes only functions marked as tests for tests.
#![allow(clippy::unwrap_used)]

mod controls;
mod events;
mod examples;
mod faults;
mod inbox;
mod page;
mod readme;
mod settings;
