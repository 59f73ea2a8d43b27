//! The second form: the code, which logs the person in.

use std::sync::Arc;

use axum::extract::{Form, State};
use axum::response::{IntoResponse, Redirect, Response};
use otp_facade::{Error, ErrorKind, OtpProvider, Rejection, VerifyRequest};
use serde::Deserialize;
use tower_sessions::Session;

use crate::App;
use crate::notice::Notice;
use crate::pages::code_page;
use crate::problem::Problem;
use crate::visit::Visit;

/// What the form sends. The challenge is in the session, so that nobody can present another one.
#[derive(Deserialize)]
pub(crate) struct CodeForm {
    token: String,
    code: String,
}

/// `GET /code`
pub(crate) async fn show(State(app): State<Arc<App>>, session: Session) -> Result<Response, Problem> {
    let visit = Visit::load(&session).await?;
    code_page(&app, &visit, None)
}

/// `POST /code`
pub(crate) async fn submit(
    State(app): State<Arc<App>>,
    session: Session,
    Form(form): Form<CodeForm>,
) -> Result<Response, Problem> {
    let mut visit = Visit::load(&session).await?;
    // The second of two clicks, after the response to the first one has arrived.
    if visit.account.is_some() {
        return Ok(Redirect::to("/account").into_response());
    }
    // So is the second of two clicks, if the response to the first one was lost: with the login, the session got another id.
    if visit.token != form.token {
        return code_page(&app, &visit, Some(&Notice::stale()));
    }
    let Some(pending) = &mut visit.pending else {
        return Ok(Redirect::to("/").into_response());
    };
    // If the browser goes away here, the stack keeps the outcome for the next form with the same code, for 30 seconds.
    match app.otp.verify(&VerifyRequest::new(pending.id.clone(), form.code)).await {
        Ok(_) => {
            let account = app.accounts.of(&pending.phone);
            visit.log_in(account, &session).await?;
            Ok(Redirect::to("/account").into_response())
        }
        // A code whose outcome is not known is not accepted, and nothing settles it later. The sentence says to ask for a new one.
        Err(error) => {
            pending.is_open = is_open(&error);
            visit.save(&session).await?;
            code_page(&app, &visit, Some(&Notice::of(&error)))
        }
    }
}

/// Whether the challenge may still accept a code. If not, the page offers a new one only.
fn is_open(error: &Error) -> bool {
    match error.kind() {
        ErrorKind::Rejected(Rejection::WrongCode | Rejection::Unspecified) => {
            error.attempts_left() != Some(0)
        }
        ErrorKind::Rejected(_) | ErrorKind::NotFound => false,
        // Nobody has looked at the code: it cannot be one, or the provider did not act.
        _ => error.is_safe_to_repeat(),
    }
}
