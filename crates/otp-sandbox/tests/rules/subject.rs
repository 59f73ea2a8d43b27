//! What the rules that hold for every service need to know of one.

use serde_json::Value;

/// Status, method, path and body of a call.
///
/// In path and body, `{id}` is the id of the last challenge or enrollment, and `{code}` the code in the newest message. A
/// body is null where there is none, and is written as a form where the description wants one.
pub(crate) type Call = (u16, &'static str, &'static str, Value);

pub(crate) struct Subject {
    /// Path and body of a create that succeeds.
    pub(crate) create: fn() -> (&'static str, Value),
    /// An error in the provider's format.
    pub(crate) error: fn() -> Value,
    /// Calls that produce the documented responses of every operation.
    pub(crate) calls: fn() -> Vec<Call>,
    /// Where a success has the id of what the next calls are about. Empty if there are no ids.
    pub(crate) id: &'static str,
    /// Whether the service has this status of an operation although the description lacks it.
    pub(crate) is_undocumented: fn(&str, u16) -> bool,
}
