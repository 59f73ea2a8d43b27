#![doc = include_str!("../README.md")]
// Shows which feature an item needs.
#![cfg_attr(docsrs, feature(doc_cfg))]

mod harness;
mod provider;
mod recording_harness;
mod report;
#[cfg(feature = "stores")]
pub mod stores;

pub use harness::Harness;
pub use provider::{Case, cases, run};
pub use report::Report;

/// The result of a case: `Ok`, or a sentence that says what is wrong.
pub type CaseResult = Result<(), String>;

/// Fails a case with a sentence unless a condition holds.
macro_rules! ensure {
    ($condition:expr, $($text:tt)+) => {
        if !$condition {
            return Err(format!($($text)+));
        }
    };
}
use ensure;
