//! What the tests of this workspace share: a caller from outside, who may only use public API.
//!
//! The wire tests are tables. A [`Row`] says what one call must put on the wire, what the service answers, and what
//! the caller must get; [`compare`] checks a table row by row. [`faults`] does to any call what can go wrong with an
//! answer. Both name every row that failed, with what was expected and what there was.

mod answer;
mod disclosure;
pub mod faults;
mod line;
mod mutation;
mod outcome;
mod request;
mod segments;
mod service;
mod spec;
mod table;

pub use answer::Answer;
pub use disclosure::disclosure;
pub use line::{Closed, Line};
pub use mutation::{Mutated, Mutations};
pub use outcome::{Failed, Outcome};
pub use request::{Received, Request};
pub use segments::{SEGMENTS, UNFIT_SEGMENTS};
pub use service::Service;
pub use spec::{documented_errors, spec};
pub use table::{Row, compare};

/// The code in the README of the workspace.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
pub struct Readme;
