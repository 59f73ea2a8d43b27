//! Shared parts of the tests. The tests are a caller from outside, who may only use public API.
//!
//! The wire tests are tables. A [`Row`] has a call, the request that it must send, the response of the service, and
//! the outcome that the caller must get. [`compare`] checks a table row by row. [`faults`] gives any call every
//! response that can go wrong. Both report every row that failed, with what was expected and what there was.
//!
//! [`suites`] has what every provider must pass with rows of its own, and [`provider_suites`] makes the tests of it.
//! [`providers`] has what the suites over all providers know of each. [`sandbox`] has a client of the simulated services.
//!
//! [`adversary`] has the strategies of attackers. [`FakeProvider`] stands in for a provider and follows a script. [`TestHarness`] puts any provider of this
//! workspace under the conformance suite. [`browser`] drives Chromium.

pub mod adversary;
pub mod browser;
mod disclosure;
pub mod errors;
mod fake_provider;
pub mod faults;
pub mod frame;
mod harness;
pub mod leaks;
mod mock_server;
mod mutation;
mod outcome;
pub mod providers;
mod raw_http2_server;
mod raw_server;
pub mod redis;
mod request;
mod response;
pub mod sandbox;
mod segments;
pub mod spec;
pub mod suites;
mod table;
mod unlisted;

pub use disclosure::disclosure;
pub use fake_provider::{DOWN, Failure, FakeProvider, LOST, RIGHT, Step, WRONG};
pub use harness::{TestHarness, assert_conforms};
pub use mock_server::MockServer;
pub use mutation::{Mutated, Mutations};
pub use outcome::{Failed, Outcome};
pub use raw_http2_server::{Arrival, RawHttp2Server, Reaction};
pub use raw_server::{Closed, RawServer};
pub use request::{Received, Request};
pub use response::Response;
pub use segments::{SEGMENTS, UNFIT_SEGMENTS};
pub use table::{Row, compare};

/// The code in the README of the workspace.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
pub struct Readme;
