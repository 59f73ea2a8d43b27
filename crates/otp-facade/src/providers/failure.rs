//! From a client's error to the facade's: what the four tables have in common.

use otp_transport::{ErrorKind as ClientKind, Sent};

use crate::error::{Error, ErrorKind};

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
    vendor_code: Option<String>,
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
        (ClientKind::Status, None) => by_status(error),
        // Decode, TooLarge, and kinds that do not exist yet.
        (_, _) => protocol(error),
    };
    if error.sent() == Sent::No {
        converted = converted.with_may_have_acted(false);
    }
    if let Some(vendor_code) = vendor_code {
        converted = converted.with_vendor_code(vendor_code);
    }
    if let Some(request_id) = error.request_id() {
        converted = converted.with_request_id(request_id);
    }
    if let Some(retry_after) = error.retry_after().filter(|_| converted.is_transient()) {
        converted = converted.with_retry_after(retry_after);
    }
    converted
}

/// Answers that a vendor's table does not know.
fn by_status<E>(error: &otp_transport::Error<E>) -> Error {
    let status = error.status().map_or(0, |status| status.as_u16());
    let is_documented = error.body().is_some();
    match status {
        401 | 403 => ErrorKind::Denied.into_error(false),
        404 => ErrorKind::NotFound.into_error(false),
        422 => ErrorKind::InvalidRequest.into_error(false),
        429 => ErrorKind::RateLimited.into_error(false),
        400 | 405 if is_documented => ErrorKind::InvalidRequest.into_error(false),
        408 => ErrorKind::TimedOut.into_error(true),
        503 => ErrorKind::Unavailable.into_error(!is_documented),
        500..=599 => ErrorKind::Unavailable.into_error(true),
        _ => protocol(error),
    }
    .with_detail(format!("status {status}"))
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
