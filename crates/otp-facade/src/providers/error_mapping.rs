//! From a client's error to the facade's: what the vendors' tables have in common.

use otp_transport::{ErrorKind as ClientKind, Secret, Sent};

use crate::error::{DeclineReason, Error, ErrorKind, Operation, Rejection};

/// What a vendor says in the body of an error.
#[derive(Default)]
pub(super) struct VendorError {
    /// Whether it is the vendor's own error: bodies are read leniently, so that any JSON object could be one.
    pub(super) is_vendor_error: bool,
    /// Its code.
    pub(super) code: Option<String>,
    /// Its message.
    pub(super) message: Option<Secret>,
    /// Its id of the call, where that is in the body.
    pub(super) request_id: Option<String>,
}

/// What a vendor's table says of a response.
#[derive(Clone, Copy)]
pub(super) struct Classification {
    pub(super) kind: ErrorKind,
    /// Why, if the provider declined.
    pub(super) reason: Option<DeclineReason>,
    /// Which field of the request is invalid, by its name in the facade.
    pub(super) field: Option<&'static str>,
    pub(super) message: Option<&'static str>,
    /// Whether a limit is that of the recipient or the challenge, so that another call does not help.
    pub(super) is_recipient_limit: bool,
}

impl From<ErrorKind> for Classification {
    fn from(kind: ErrorKind) -> Self {
        Self { kind, reason: None, field: None, message: None, is_recipient_limit: false }
    }
}

impl From<DeclineReason> for Classification {
    fn from(reason: DeclineReason) -> Self {
        Self { reason: Some(reason), ..ErrorKind::ProviderDeclined.into() }
    }
}

impl Classification {
    fn error(self) -> Error {
        let mut error = Error::new(self.kind);
        if let Some(reason) = self.reason {
            error = error.with_decline_reason(reason);
        }
        if let Some(field) = self.field {
            error = error.with_field(field);
        }
        if self.is_recipient_limit {
            error = error.with_recipient_limit();
        }
        match self.message {
            Some(message) => error.with_message(message),
            None => error,
        }
    }
}

/// The facade's error. `verdict` is the vendor's table; where that is silent, the HTTP status decides.
pub(super) fn map_error<E>(
    error: &otp_transport::Error<E>,
    operation: Operation,
    said: VendorError,
    verdict: Option<Classification>,
) -> Error {
    let mut converted = match error.kind() {
        ClientKind::InvalidRequest => Error::new(ErrorKind::InvalidRequest).with_message(error.to_string()),
        ClientKind::Credential => credential(error),
        ClientKind::Connect => no_connection(error),
        ClientKind::NotProcessed => {
            Error::new(ErrorKind::Unavailable).with_message("the server did not process the request")
        }
        ClientKind::Timeout => Error::new(ErrorKind::TimedOut),
        ClientKind::Interrupted => Error::new(ErrorKind::Unavailable)
            .with_message("connection closed before the response was complete"),
        ClientKind::Status => refusal(error, operation, said.is_vendor_error, verdict),
        // Decode, TooLarge, and kinds that do not exist yet.
        _ => protocol(error),
    };
    if error.sent() == Sent::No {
        converted = converted.with_never_sent();
    }
    if let Some(status) = error.status() {
        converted = converted.with_vendor_status(status.as_u16());
    }
    if let Some(code) = said.code.filter(|code| is_loggable_token(code)) {
        converted = converted.with_vendor_code(code);
    }
    if let Some(message) = said.message {
        converted = converted.with_vendor_message(message);
    }
    let request_ids = [said.request_id.as_deref(), error.request_id()];
    if let Some(request_id) = request_ids.into_iter().flatten().find(|id| is_loggable_token(id)) {
        converted = converted.with_request_id(request_id);
    }
    // An error that no waiting mends may carry the end of a rate limit's window all the same.
    let may_wait = converted.is_transient() || converted.is_recipient_limit();
    if let Some(retry_after) = error.retry_after().filter(|_| may_wait) {
        converted = converted.with_retry_after(retry_after);
    }
    converted
}

/// A response whose status is not a success.
fn refusal<E>(
    error: &otp_transport::Error<E>,
    operation: Operation,
    is_vendor_error: bool,
    verdict: Option<Classification>,
) -> Error {
    let status = error.status().map_or(0, |status| status.as_u16());
    let refused = match verdict {
        // A create has no challenge that could be unknown: the path is, whatever the words are.
        _ if operation == Operation::Create && is_wrong_path(status) && !error.is_documented() => {
            wrong_path(status)
        }
        Some(verdict) => verdict.error(),
        None if operation == Operation::Create && is_wrong_path(status) => wrong_path(status),
        None => by_status(error, operation, is_vendor_error),
    };
    // Only the vendor's own error, with a status that it documents for this operation, can say that nothing was done.
    let is_documented = is_vendor_error && error.is_documented();
    // RFC 9110, section 15.5.2: the request has not been applied.
    let is_unapplied = status == 401 && !matches!(refused.kind(), ErrorKind::Rejected(_));
    let may_have_acted = !is_unapplied && (!is_documented || refused.may_have_acted());
    refused.with_may_have_acted(may_have_acted)
}

/// Whether this status to a create is that of a path which the service does not have: a redirect, 404 or 405.
fn is_wrong_path(status: u16) -> bool {
    matches!(status, 300..=399 | 404 | 405)
}

/// A response for the operator: a setting is wrong, and another code would not help.
fn wrong_path(status: u16) -> Error {
    Error::new(ErrorKind::UnexpectedResponse)
        .with_message(format!("status {status} to a create: check the base URL and the id of the service"))
}

/// Responses that a vendor's table does not know.
fn by_status<E>(error: &otp_transport::Error<E>, operation: Operation, is_vendor_error: bool) -> Error {
    let status = error.status().map_or(0, |status| status.as_u16());
    let kind = match status {
        // Gateways answer with these, too, and mean the same. What a 404 or a 422 is about, only the vendor can tell.
        401 | 403 => ErrorKind::Unauthorized,
        429 => ErrorKind::RateLimited,
        408 => ErrorKind::TimedOut,
        500..=599 => ErrorKind::Unavailable,
        404 if is_vendor_error => ErrorKind::NotFound,
        422 if is_vendor_error => ErrorKind::InvalidRequest,
        // A vendor's code that no table knows may be about the user's code.
        400 if is_vendor_error && operation == Operation::Verify => {
            ErrorKind::Rejected(Rejection::Unspecified)
        }
        400 if is_vendor_error => ErrorKind::InvalidRequest,
        _ => return protocol(error),
    };
    Error::new(kind).with_message(format!("status {status}"))
}

/// What a vendor gives as a code or an id may be any text, and goes to logs. Only names pass: no second line, no phone
/// number with its plus, no URL, no page.
pub(super) fn is_loggable_token(text: &str) -> bool {
    let is_of_names = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:=".contains(&byte);
    (1..=128).contains(&text.len()) && text.bytes().all(is_of_names)
}

fn credential<E>(error: &otp_transport::Error<E>) -> Error {
    let kind = if error.is_refused_credential() { ErrorKind::Unauthorized } else { ErrorKind::Unavailable };
    Error::new(kind).with_message("no token")
}

fn no_connection<E>(error: &otp_transport::Error<E>) -> Error {
    let unavailable = Error::new(ErrorKind::Unavailable);
    match error.connection_failure() {
        Some(class) => {
            unavailable.with_message(format!("no connection: {class}")).with_connection_failure(class)
        }
        None => unavailable.with_message("no connection"),
    }
}

/// A response outside the contract: what it says of the body is ours, not the provider's.
fn protocol<E>(error: &otp_transport::Error<E>) -> Error {
    let status = error.status().map_or(0, |status| status.as_u16());
    Error::new(ErrorKind::UnexpectedResponse)
        .with_message(format!("a response with status {status} that is not documented"))
        .with_vendor_status(status)
}

/// A success that does not say what it has to.
#[allow(dead_code, reason = "not every provider needs it")]
pub(super) fn unexpected(message: &str) -> Error {
    Error::new(ErrorKind::UnexpectedResponse).with_message(message)
}

/// Whether the body is all that a success without content has: nothing.
#[allow(dead_code, reason = "not every provider needs it")]
pub(super) fn is_success_without_content<E>(error: &otp_transport::Error<E>) -> bool {
    error.status().is_some_and(|status| status.is_success())
        && error.body_bytes().is_some_and(|body| body.is_empty())
}

/// Whether a success carries one of these members, which only the vendor's error has. A body in which one occurs twice
/// counts as an error, too.
///
/// A macro, because only a derived struct refuses what occurs twice, and its members are the vendor's.
#[allow(unused_macros, reason = "some providers need it")]
macro_rules! carries_error {
    ($body:expr, $($member:ident),+) => {{
        #[derive(serde::Deserialize)]
        struct Beside {
            $($member: Option<serde::de::IgnoredAny>,)+
        }
        let beside = serde_json::from_slice::<Beside>($body);
        !beside.is_ok_and(|beside| $(beside.$member.is_none())&&+)
    }};
}

#[allow(unused_imports, reason = "some providers need it")]
pub(super) use carries_error;
