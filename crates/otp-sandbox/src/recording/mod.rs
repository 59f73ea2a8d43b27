//! What the sandbox records: messages in the inbox, requests in the journal.

mod inbox;
mod journal;
mod message;
mod redaction;
mod revisions;

pub(crate) use inbox::Inbox;
pub use journal::RecordedRequest;
pub(crate) use journal::{Completion, Journal};
pub use message::Message;
pub(crate) use redaction::{fingerprint, response_body};
pub(crate) use revisions::Revisions;
