//! From a client's error to the facade's: what the four tables have in common.

use otp_transport::{ErrorKind as ClientKind, Sent};

use crate::error::{Error, ErrorKind, Operation, Rejection};

/// What a vendor says in the body of an error.
#[derive(Default)]
pub(super) struct Said {
    /// Whether it is the vendor's own error: the types of the bodies are lenient, so that any JSON object could be one.
    pub(super) is_documented: bool,
    /// Its code.
    pub(super) code: Option<String>,
    /// Its id of the call, where that is in the body.
    pub(super) request_id: Option<String>,
}

/// What a vendor's table says of an answer.
pub(super) struct Verdict {
    pub(super) kind: ErrorKind,
    pub(super) detail: Option<&'static str>,
}

impl From<ErrorKind> for Verdict {
    fn from(kind: ErrorKind) -> Self {
        Self { kind, detail: None }
    }
}

/// The facade's error. `verdict` is the vendor's table; where that is silent, the HTTP status decides.
pub(super) fn convert<E>(
    error: &otp_transport::Error<E>,
    operation: Operation,
    said: Said,
    verdict: Option<Verdict>,
) -> Error {
    let mut converted = match (error.kind(), verdict) {
        (ClientKind::InvalidRequest, _) => {
            Error::new(ErrorKind::InvalidRequest).with_detail(error.to_string())
        }
        (ClientKind::Credential, _) => credential(error),
        (ClientKind::Connect, _) => Error::new(ErrorKind::Unavailable).with_detail("no connection"),
        (ClientKind::Timeout, _) => Error::new(ErrorKind::TimedOut),
        (ClientKind::Interrupted, _) => {
            Error::new(ErrorKind::Unavailable).with_detail("the connection broke off")
        }
        (ClientKind::Status, Some(Verdict { kind, detail: None })) => Error::new(kind),
        (ClientKind::Status, Some(Verdict { kind, detail: Some(detail) })) => {
            Error::new(kind).with_detail(detail)
        }
        (ClientKind::Status, None) => by_status(error, operation, said.is_documented),
        // Decode, TooLarge, and kinds that do not exist yet.
        (_, _) => protocol(error),
    };
    if error.sent() == Sent::No {
        converted = converted.with_may_have_acted(false);
    }
    if let Some(code) = said.code.filter(|code| is_name(code)) {
        converted = converted.with_vendor_code(code);
    }
    let request_ids = [said.request_id.as_deref(), error.request_id()];
    if let Some(request_id) = request_ids.into_iter().flatten().find(|id| is_name(id)) {
        converted = converted.with_request_id(request_id);
    }
    if let Some(retry_after) = error.retry_after().filter(|_| converted.is_transient()) {
        converted = converted.with_retry_after(retry_after);
    }
    converted
}

/// Answers that a vendor's table does not know.
fn by_status<E>(error: &otp_transport::Error<E>, operation: Operation, is_documented: bool) -> Error {
    let status = error.status().map_or(0, |status| status.as_u16());
    match status {
        401 | 403 => ErrorKind::Denied.into_error(false),
        404 => ErrorKind::NotFound.into_error(false),
        422 => ErrorKind::InvalidRequest.into_error(false),
        429 => ErrorKind::RateLimited.into_error(false),
        // A vendor's code that no table knows may be about the user's code.
        400 if is_documented && operation == Operation::Verify => {
            ErrorKind::Rejected(Rejection::Unspecified).into_error(true)
        }
        400 if is_documented => ErrorKind::InvalidRequest.into_error(false),
        408 => ErrorKind::TimedOut.into_error(true),
        503 => ErrorKind::Unavailable.into_error(!is_documented),
        500..=599 => ErrorKind::Unavailable.into_error(true),
        _ => protocol(error),
    }
    .with_detail(format!("status {status}"))
}

/// What a vendor gives as a code or an id may be any text, and goes to logs. Only names pass: no second line, no phone
/// number with its plus, no URL, no page.
fn is_name(text: &str) -> bool {
    let is_of_names = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:=".contains(&byte);
    (1..=128).contains(&text.len()) && text.bytes().all(is_of_names)
}

impl ErrorKind {
    fn into_error(self, may_have_acted: bool) -> Error {
        Error::new(self).with_may_have_acted(may_have_acted)
    }
}

fn credential<E>(error: &otp_transport::Error<E>) -> Error {
    let kind = if error.is_refused_credential() { ErrorKind::Denied } else { ErrorKind::Unavailable };
    Error::new(kind).with_detail("no token")
}

/// An answer outside the contract: what it says of the body is ours, not the provider's.
fn protocol<E>(error: &otp_transport::Error<E>) -> Error {
    let status = error.status().map_or(0, |status| status.as_u16());
    Error::new(ErrorKind::Protocol)
        .with_detail(format!("an answer with status {status} that is not documented"))
}
