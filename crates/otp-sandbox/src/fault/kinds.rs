//! Names of the faults over HTTP, and what a client sees of each.

use serde_json::{Value, json};

use super::Fault;

/// One kind of fault, for people.
#[derive(Debug)]
pub(crate) struct FaultKind {
    pub(crate) name: &'static str,
    /// Whether the service does what the request asks for.
    pub(crate) acts: bool,
    pub(crate) client_sees: &'static str,
    /// Fields of the control's body beside `provider`, `fault` and `times`, each with an example as JSON.
    pub(crate) fields: &'static [(&'static str, &'static str)],
}

const fn kind(name: &'static str, acts: bool, client_sees: &'static str) -> FaultKind {
    FaultKind { name, acts, client_sees, fields: &[] }
}

impl FaultKind {
    const fn with(mut self, fields: &'static [(&'static str, &'static str)]) -> Self {
        self.fields = fields;
        self
    }

    pub(crate) fn to_json(&self) -> Value {
        let fields = self.fields.iter().map(|(name, example)| {
            ((*name).to_owned(), serde_json::from_str(example).unwrap_or_else(|_| json!(example)))
        });
        json!({
            "fault": self.name,
            "acts": self.acts,
            "client_sees": self.client_sees,
            "fields": fields.collect::<serde_json::Map<_, _>>(),
        })
    }
}

/// All kinds, in the order of the README.
pub(crate) const KINDS: &[FaultKind] = &[
    kind("refuse", false, "connection refused, until the faults are removed"),
    kind("drop_before_acting", false, "the connection is cut after the request"),
    kind("act_then_drop", true, "the same, after the service has acted"),
    kind("delay", true, "the right response, late").with(&[("milliseconds", "3000")]),
    kind("answer", false, "that response").with(&[("status", "503"), ("headers", "{}"), ("body", "{}")]),
    kind("html", false, "an HTML page with that status").with(&[("status", "502")]),
    kind("truncated", true, "half of the announced body, then the connection is cut"),
    kind("oversized", true, "a body of that size").with(&[("bytes", "10000000")]),
    kind("wrong_content_type", true, "the right body as `text/html`"),
    kind("garbage", true, "bytes that are not HTTP"),
    kind("invalid_json", true, "the right status and a body that does not parse"),
    kind("empty_body", true, "the right status and no body"),
    kind("redirect", false, "307 to that address").with(&[("to", "http://127.0.0.1:9/")]),
];

impl Fault {
    /// The name over HTTP.
    pub(crate) const fn name(&self) -> &'static str {
        match self {
            Self::Refuse => "refuse",
            Self::DropBeforeActing => "drop_before_acting",
            Self::ActThenDrop => "act_then_drop",
            Self::Delay(_) => "delay",
            Self::Response { .. } => "answer",
            Self::Html(_) => "html",
            Self::Truncated => "truncated",
            Self::Oversized(_) => "oversized",
            Self::WrongContentType => "wrong_content_type",
            Self::Garbage => "garbage",
            Self::InvalidJson => "invalid_json",
            Self::EmptyBody => "empty_body",
            Self::Redirect(_) => "redirect",
        }
    }

    /// The body with which the controls inject it.
    pub(crate) fn to_json(&self) -> Value {
        let mut json = json!({ "fault": self.name() });
        match self {
            Self::Delay(duration) => {
                json["milliseconds"] = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX).into();
            }
            Self::Response { status, headers, body } => {
                json["status"] = json!(status);
                json["headers"] =
                    headers.iter().map(|(name, value)| (name.clone(), json!(value))).collect::<Value>();
                json["body"] = json!(body);
            }
            Self::Html(status) => json["status"] = json!(status),
            Self::Oversized(bytes) => json["bytes"] = json!(bytes),
            Self::Redirect(to) => json["to"] = json!(to),
            _ => {}
        }
        json
    }
}
