//! From an error to a page: a sentence, a status, and a line in the log.

use std::time::Duration;

use axum::http::StatusCode;
use otp_facade::{Error, LogLevel};

/// What a page tells the person.
pub(crate) struct Notice {
    /// Status of the response.
    pub(crate) status: StatusCode,
    /// Stable key of the sentence, for translations and tests.
    pub(crate) key: &'static str,
    /// The sentence.
    pub(crate) sentence: String,
    /// How long to wait before the next try.
    pub(crate) retry_after: Option<Duration>,
}

impl Notice {
    /// The notice about an error of the stack. [`Error`] has the status and the sentence, so that they are nobody's opinion here.
    pub(crate) fn of(error: &Error) -> Self {
        log(error);
        Self {
            status: StatusCode::from_u16(error.response_status())
                .unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
            key: error.text_key().as_str(),
            sentence: error.user_message().into_owned(),
            retry_after: error.retry_after(),
        }
    }

    /// Whether it is about what the person typed.
    pub(crate) fn is_about_the_field(&self) -> bool {
        self.status == StatusCode::UNPROCESSABLE_ENTITY
    }

    /// A form that does not come from a page of this visit: from another site, or from a page that was open for too long.
    pub(crate) fn stale() -> Self {
        Self {
            status: StatusCode::FORBIDDEN,
            key: "stale_form",
            sentence: "This page was open for too long. Please try again.".to_owned(),
            retry_after: None,
        }
    }
}

/// Logs an error at its level. `audience` says who has to act, for alerts. The error itself contains neither code nor number.
fn log(error: &Error) {
    let (audience, key) = (error.audience().as_str(), error.text_key().as_str());
    match error.log_level() {
        LogLevel::Info => tracing::info!(%error, audience, key, "refused"),
        LogLevel::Warn => tracing::warn!(%error, audience, key, "failed"),
        _ => tracing::error!(%error, audience, key, "failed"),
    }
}
