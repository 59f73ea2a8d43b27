//! The page of a person who is logged in, and the logout.

use axum::extract::Form;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use tower_sessions::Session;

use crate::pages::{AccountPage, respond};
use crate::problem::Problem;
use crate::visit::Visit;

/// What the button "Log out" sends.
#[derive(Deserialize)]
pub(crate) struct LogoutForm {
    token: String,
}

/// `GET /account`
pub(crate) async fn show(session: Session) -> Result<Response, Problem> {
    let visit = Visit::load(&session).await?;
    match &visit.account {
        Some(account) => respond(&AccountPage { visit: &visit, account }, None),
        None => Ok(Redirect::to("/").into_response()),
    }
}

/// `POST /logout`
pub(crate) async fn log_out(session: Session, Form(form): Form<LogoutForm>) -> Result<Response, Problem> {
    let visit = Visit::load(&session).await?;
    // Otherwise another site could log people out.
    if visit.token == form.token {
        session.flush().await?;
    }
    Ok(Redirect::to("/").into_response())
}
