//! What the search for leaked secrets needs: markers, the operations of a client with markers in every secret place, and
//! everything that is logged.

mod log;
mod operation;
mod provoke;

pub use operation::{Call, Operation, Output};

pub use crate::leak_call as call;

pub(crate) use self::log::{capture, captured};
pub(crate) use provoke::provoke;

/// Every marker begins with this, in small letters, which no escape changes.
pub const STEM: &str = "leakmark";

/// The marker where only twelve digits fit.
pub const ACCOUNT: &str = "739146852073";

/// The marker of a place.
pub fn mark(place: &str) -> String {
    format!("{STEM}{place}")
}

/// A marker that is too long for any place it may be put in.
pub fn long_mark() -> String {
    mark(&"x".repeat(2000))
}

/// An id that is too long. Ids are no secrets, and prepared requests show them.
pub fn long_id() -> String {
    "x".repeat(2000)
}
