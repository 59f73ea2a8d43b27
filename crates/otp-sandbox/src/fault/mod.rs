//! Injected faults: what they are, the queue they wait in, and what they make of a response.

mod kinds;
mod queue;
mod response_plan;

use std::time::Duration;

use serde_json::Value;

pub(crate) use kinds::KINDS;
pub(crate) use queue::FaultQueue;
pub(crate) use response_plan::ResponsePlan;

/// A fault that disturbs the next request to a provider.
///
/// A fault that "acts" lets the service do what the request asks for: a message is sent, or an attempt is used.
/// One that does not act prevents it. A careful client has to tell the two apart, so each fault documents which
/// it is.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// Refuses new connections and cuts the open ones, until [`clear_faults`](crate::Sandbox::clear_faults).
    /// Does not act.
    ///
    /// A client that still holds an open connection sees it cut instead of refused. Use a new client to see the
    /// refusal.
    Refuse,
    /// Reads the request and cuts the connection. Does not act.
    DropBeforeActing,
    /// Acts, and cuts the connection instead of sending the response.
    ActThenDrop,
    /// Acts, and sends the response after this delay.
    Delay(Duration),
    /// Sends this response to any request. Does not act.
    Response {
        /// HTTP status.
        status: u16,
        /// Headers. The content type is `application/json` unless this list has one. `content-length` and
        /// `transfer-encoding` are left out, because the sandbox sets them to match the body.
        headers: Vec<(String, String)>,
        /// Body, sent unchanged.
        body: String,
    },
    /// Sends an HTML page with this status, as a gateway or a captive portal would. Does not act.
    Html(u16),
    /// Acts, announces the whole body, sends half of it and cuts the connection.
    Truncated,
    /// Acts, and sends a body of this many bytes.
    Oversized(u64),
    /// Acts, and sends the right body labeled `text/html`.
    WrongContentType,
    /// Acts, and sends bytes that are not HTTP.
    Garbage,
    /// Acts, and sends the right status with a body that is labeled JSON but does not parse.
    InvalidJson,
    /// Acts, and sends the right status (200 instead of 204), the content type of JSON and an empty body.
    EmptyBody,
    /// Redirects to this address with 307. Does not act.
    Redirect(String),
}

impl Fault {
    /// A [`Response`](Self::Response) with a JSON body.
    #[must_use]
    pub fn response(status: u16, body: &Value) -> Self {
        Self::Response { status, headers: Vec::new(), body: body.to_string() }
    }

    /// Whether the service does what the request asks for.
    #[must_use]
    pub const fn acts(&self) -> bool {
        match self {
            Self::Refuse
            | Self::DropBeforeActing
            | Self::Response { .. }
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
