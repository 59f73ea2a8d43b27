//! How the bank says no.

use crate::http::Answer;

/// Why a request is refused: by one of the bank's codes, or with an answer of another shape.
#[derive(Debug)]
pub(super) enum Refusal {
    Code(u16, String),
    Answer(Answer),
}

impl Refusal {
    pub(super) fn new(code: u16, message: &str) -> Self {
        Self::Code(code, message.to_owned())
    }

    pub(super) fn invalid(field: &str) -> Self {
        Self::Code(2, format!("Not a valid value: {field}"))
    }
}
