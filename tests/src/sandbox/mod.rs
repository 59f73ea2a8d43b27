//! A client of the services in the sandbox, which checks all that it sends and receives against the descriptions of the APIs.

mod caller;
mod description;

pub use caller::{Caller, Reply, http_client};
pub use description::Description;
