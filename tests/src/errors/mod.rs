//! Calls of every operation of the facade, and the errors that responses to them become.

mod calls;
mod error_case;
mod expected;

pub use calls::{CODE, CREDENTIAL, Call, Done, PHONE, calls, described, documented_error, perform, success};
pub use error_case::{ErrorCase, check};
pub use expected::{Expected, WORDS};
