//! The pages. Askama escapes all values.

use askama::Template;
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};

use crate::App;
use crate::accounts::Account;
use crate::notice::Notice;
use crate::problem::Problem;
use crate::settings::Region;
use crate::visit::{Pending, Visit};

/// The form for the number.
#[derive(Template)]
#[template(path = "number.html")]
struct NumberPage<'a> {
    pub(crate) visit: &'a Visit,
    pub(crate) notice: Option<&'a Notice>,
    pub(crate) regions: &'a [Region],
    /// As the person typed it.
    pub(crate) number: &'a str,
    /// As the person chose it.
    pub(crate) region: &'a str,
}

/// The form for the code.
#[derive(Template)]
#[template(path = "code.html")]
struct CodePage<'a> {
    pub(crate) visit: &'a Visit,
    pub(crate) pending: &'a Pending,
    pub(crate) notice: Option<&'a Notice>,
    /// Where to read the code, with the sandbox.
    pub(crate) inbox: Option<&'a str>,
}

/// The page of a person who is logged in.
#[derive(Template)]
#[template(path = "account.html")]
pub(crate) struct AccountPage<'a> {
    pub(crate) visit: &'a Visit,
    pub(crate) account: &'a Account,
}

/// The form for the code. Without a challenge, the form for the number.
pub(crate) fn code_page(app: &App, visit: &Visit, notice: Option<&Notice>) -> Result<Response, Problem> {
    match (&visit.pending, notice) {
        (Some(pending), _) => {
            let inbox = app.inbox.as_deref();
            respond(&CodePage { visit, pending, notice, inbox }, notice)
        }
        (None, Some(_)) => number_page(app, visit, notice, "", ""),
        (None, None) => Ok(Redirect::to("/").into_response()),
    }
}

/// The form for the number, with what the person typed.
pub(crate) fn number_page(
    app: &App,
    visit: &Visit,
    notice: Option<&Notice>,
    number: &str,
    region: &str,
) -> Result<Response, Problem> {
    respond(&NumberPage { visit, notice, regions: &app.regions, number, region }, notice)
}

/// Renders a page, with the status of its notice.
pub(crate) fn respond(page: &impl Template, notice: Option<&Notice>) -> Result<Response, Problem> {
    let status = notice.map_or(StatusCode::OK, |notice| notice.status);
    let mut response = (status, Html(page.render()?)).into_response();
    if let Some(wait) = notice.and_then(|notice| notice.retry_after) {
        let seconds = wait.as_millis().div_ceil(1000);
        if let Ok(seconds) = seconds.to_string().parse() {
            response.headers_mut().insert(header::RETRY_AFTER, seconds);
        }
    }
    Ok(response)
}
