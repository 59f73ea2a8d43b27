//! The first form: a number, to which a code is sent.

use std::sync::Arc;

use axum::extract::{Form, State};
use axum::response::{IntoResponse, Redirect, Response};
use otp_facade::{CreateRequest, Error, OtpProvider, Recipient};
use serde::Deserialize;
use tower_sessions::Session;

use crate::App;
use crate::notice::Notice;
use crate::pages::{code_page, number_page};
use crate::problem::Problem;
use crate::visit::{Pending, Visit};

/// What the first form sends.
#[derive(Deserialize)]
pub(crate) struct NumberForm {
    token: String,
    message: u32,
    region: String,
    number: String,
}

/// What the button "Send another code" sends. The number is in the session.
#[derive(Deserialize)]
pub(crate) struct ResendForm {
    token: String,
    message: u32,
}

/// `GET /`
pub(crate) async fn show(State(app): State<Arc<App>>, session: Session) -> Result<Response, Problem> {
    let visit = Visit::load(&session).await?;
    if visit.account.is_some() {
        return Ok(Redirect::to("/account").into_response());
    }
    number_page(&app, &visit, None, "", "")
}

/// `POST /`
pub(crate) async fn submit(
    State(app): State<Arc<App>>,
    session: Session,
    Form(form): Form<NumberForm>,
) -> Result<Response, Problem> {
    let mut visit = Visit::load(&session).await?;
    if visit.account.is_some() {
        return Ok(Redirect::to("/account").into_response());
    }
    if visit.token != form.token {
        return number_page(&app, &visit, Some(&Notice::stale()), &form.number, &form.region);
    }
    let region = app.regions.iter().map(|region| region.code.as_str()).find(|code| *code == form.region);
    let outcome = match Recipient::parse_phone(&form.number, region) {
        Ok(recipient) => send(&app, &mut visit, recipient, form.message).await,
        Err(error) => Err(error),
    };
    visit.save(&session).await?;
    match outcome {
        Ok(_) => Ok(Redirect::to("/code").into_response()),
        Err(error) => number_page(&app, &visit, Some(&Notice::of(&error)), &form.number, &form.region),
    }
}

/// `POST /resend`
pub(crate) async fn resend(
    State(app): State<Arc<App>>,
    session: Session,
    Form(form): Form<ResendForm>,
) -> Result<Response, Problem> {
    let mut visit = Visit::load(&session).await?;
    if visit.token != form.token {
        return code_page(&app, &visit, Some(&Notice::stale()));
    }
    let Some(phone) = visit.pending.as_ref().map(|pending| pending.phone.clone()) else {
        return Ok(Redirect::to("/").into_response());
    };
    let outcome = send(&app, &mut visit, Recipient::phone(phone), form.message).await;
    let response = match (&outcome, &mut visit.pending) {
        (Err(error), Some(pending)) => {
            pending.was_not_replaced(error);
            code_page(&app, &visit, Some(&Notice::of(error)))?
        }
        _ => Redirect::to("/code").into_response(),
    };
    visit.save(&session).await?;
    Ok(response)
}

/// Sends a code, and remembers whom it proves.
///
/// The browser may go away while the provider works, or the person clicks twice, which is the same: this function then ends
/// at the `await`, and the visit is not saved. The stack runs the operation to its end all the same (`Detached`), and the next
/// form with the same number of the message gets its challenge, and no second message (the idempotency key).
async fn send(app: &App, visit: &mut Visit, recipient: Recipient, message: u32) -> Result<(), Error> {
    let phone = recipient.phone.clone();
    let request = CreateRequest::new(recipient).with_idempotency_key(visit.idempotency_key(message));
    let outcome = app.otp.create(&request).await;
    // Whatever came of it, it is known here. The next form asks for another message.
    visit.next_message = visit.next_message.max(message.saturating_add(1));
    let challenge = outcome?;
    let phone = phone.as_ref().map_or("", |phone| phone.expose());
    visit.pending = Some(Pending::new(&challenge, phone));
    Ok(())
}
