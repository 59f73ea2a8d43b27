//! What the sandbox records: messages in the inbox, requests in the journal.

mod inbox;
mod journal;
mod redaction;

pub(crate) use inbox::Inbox;
pub use inbox::Message;
pub(crate) use journal::Journal;
pub use journal::RecordedRequest;
pub(crate) use redaction::fingerprint;
