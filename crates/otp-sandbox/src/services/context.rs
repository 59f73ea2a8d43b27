//! What a service gets beside the request itself.

use std::collections::HashSet;

use percent_encoding::percent_decode_str;

use super::rate_limit::Quota;
use crate::clock::Time;
use crate::recording::Message;

/// The circumstances of one request.
#[derive(Debug)]
pub(crate) struct Context<'a> {
    pub(crate) now: Time,
    pub(crate) quota: Quota,
    /// Scheme and authority of this server.
    pub(crate) origin: &'a str,
    pub(crate) rejected: &'a HashSet<String>,
    /// Messages that the service sends because of this request.
    pub(crate) outbox: Vec<Message>,
}

impl Context<'_> {
    pub(crate) fn accepts(&self, credential: &str) -> bool {
        !credential.is_empty() && !self.rejected.contains(credential)
    }

    /// Accepts a client's id or secret at a token endpoint.
    pub(crate) fn accepts_client(&self, credential: &str) -> bool {
        // RFC 6749, section 2.3.1, wants it form-encoded. Many clients send it unencoded.
        let spaced = credential.replace('+', " ");
        self.accepts(credential) && self.accepts(&percent_decode_str(&spaced).decode_utf8_lossy())
    }
}

/// How a challenge ends without a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Approved,
    Declined,
    Undelivered,
}
