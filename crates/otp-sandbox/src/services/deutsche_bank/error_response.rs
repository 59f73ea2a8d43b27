//! Error responses of the bank.

use crate::http::Response;

/// One of the bank's error codes with a message, or a response of another shape.
#[derive(Debug)]
pub(super) enum ErrorResponse {
    Code(u16, String),
    Other(Response),
}

impl ErrorResponse {
    pub(super) fn new(code: u16, message: &str) -> Self {
        Self::Code(code, message.to_owned())
    }

    pub(super) fn invalid(field: &str) -> Self {
        Self::Code(2, format!("Not a valid value: {field}"))
    }
}
