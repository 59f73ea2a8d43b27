//! What fails beside the stack: the sessions' store, or a template.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

/// An error that no form can show.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Problem {
    #[error("the session cannot be read or kept: {0}")]
    Session(#[from] tower_sessions::session::Error),
    #[error("the page cannot be rendered: {0}")]
    Template(#[from] askama::Error),
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        tracing::error!(error = %self, audience = "operator", "failed");
        (StatusCode::SERVICE_UNAVAILABLE, "This does not work at the moment. Try again later.")
            .into_response()
    }
}
