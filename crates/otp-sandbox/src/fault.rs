//! What can go wrong between a client and a service.

use std::collections::VecDeque;
use std::time::Duration;

use serde_json::Value;

/// A fault that is put in the way of the next request to a provider.
///
/// "Acts" means that the service does what it was asked: a message goes out, a try is spent. The difference
/// is what a careful client has to find out, so each fault says on which side it is.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// Connections are refused, and those that are open are cut, until
    /// [`clear_faults`](crate::Sandbox::clear_faults). Does not act.
    ///
    /// A client that still holds an open connection sees it cut instead of a refusal: give it a new one.
    Refuse,
    /// Reads the request and cuts the line. Does not act.
    DropBeforeActing,
    /// Acts and cuts the line instead of answering.
    ActThenDrop,
    /// Acts, and answers this much later.
    Delay(Duration),
    /// Answers this, whatever was asked. Does not act.
    Answer {
        /// HTTP status.
        status: u16,
        /// Headers; the content type is `application/json` unless one is named here.
        headers: Vec<(String, String)>,
        /// Body, as it is.
        body: String,
    },
    /// Answers with an HTML page and this status, as a gateway or a captive portal would. Does not act.
    Html(u16),
    /// Acts, announces the whole body, sends half of it and cuts the line.
    Truncated,
    /// Acts and answers with a body of this many bytes.
    Oversized(u64),
    /// Acts and answers with the right body, labeled `text/html`.
    WrongContentType,
    /// Acts and answers with bytes that are not HTTP.
    Garbage,
    /// Acts and answers with the right status and a body that is labeled JSON and is not.
    InvalidJson,
    /// Acts and answers with the right status (204 becomes 200), the content type of JSON and nothing in the
    /// body.
    EmptyBody,
    /// Answers 307 to this address. Does not act.
    Redirect(String),
}

impl Fault {
    /// An [`Answer`](Self::Answer) with a JSON body.
    #[must_use]
    pub fn answer(status: u16, body: &Value) -> Self {
        Self::Answer { status, headers: Vec::new(), body: body.to_string() }
    }

    /// Whether the service does what it was asked.
    #[must_use]
    pub const fn acts(&self) -> bool {
        match self {
            Self::Refuse
            | Self::DropBeforeActing
            | Self::Answer { .. }
            | Self::Html(_)
            | Self::Redirect(_) => false,
            Self::ActThenDrop
            | Self::Delay(_)
            | Self::Truncated
            | Self::Oversized(_)
            | Self::WrongContentType
            | Self::Garbage
            | Self::InvalidJson
            | Self::EmptyBody => true,
        }
    }
}

/// The faults that wait for a provider's next requests, first in, first out.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    waiting: VecDeque<(Fault, usize)>,
}

impl Faults {
    pub(crate) fn add(&mut self, fault: Fault, times: usize) {
        if times > 0 {
            self.waiting.push_back((fault, times));
        }
    }

    pub(crate) fn next(&mut self) -> Option<Fault> {
        let (fault, left) = self.waiting.front_mut()?;
        *left -= 1;
        if *left > 0 {
            return Some(fault.clone());
        }
        self.waiting.pop_front().map(|(fault, _)| fault)
    }

    pub(crate) fn clear(&mut self) {
        self.waiting.clear();
    }
}
