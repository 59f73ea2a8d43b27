//! The operations of the control API.

use std::time::Duration;

use serde_json::{Value, json};

use super::{fault_body, settings};
use crate::fault::Fault;
use crate::http::{Fields, Request, Validated};
use crate::services::Outcome;
use crate::state::SharedState;
use crate::{Provider, UnknownProvider};

/// Runs an operation. Its result is a response body, `None` for a response without one, or an error message.
pub(super) fn run(
    state: &SharedState,
    called: Option<Provider>,
    request: &Request,
    operation: &str,
    id: &str,
) -> Validated<Option<Value>> {
    let json = body(request);
    let body = || Fields::of(Some(json.as_ref().map_err(Clone::clone)?), "the body");
    match operation {
        "overview" => return Ok(Some(settings::overview(state))),
        "inbox" => return inbox(state, request).map(Some),
        "clear_inbox" => state.inbox().clear(),
        "journal" => return journal(state, request).map(Some),
        "clear_journal" => state.journal().clear(),
        "clock" => return Ok(Some(settings::clock(state))),
        "advance" => {
            advance(state, body()?)?;
            return Ok(Some(settings::clock(state)));
        }
        "faults" => return Ok(Some(settings::faults(state))),
        "inject" => inject(state, called, body()?)?,
        "clear_faults" => match provider(request.query("provider"))? {
            Some(provider) => state.clear_faults_of(provider)?,
            None => state.clear_faults()?,
        },
        "seed" => return Ok(Some(json!({ "seed": state.seed() }))),
        "reseed" => {
            let seed = body()?.get("seed").and_then(Value::as_u64);
            state.reseed(seed.ok_or("seed must be an integer that is not negative")?);
        }
        "settle" => settle(state, id, body()?)?,
        "credentials" => return Ok(Some(settings::credentials(state))),
        "set_credentials" => {
            let (reject, accept) = (body()?.string("reject")?, body()?.string("accept")?);
            if reject.is_none() && accept.is_none() {
                return Err("reject or accept is required".to_owned());
            }
            if let Some(credential) = reject {
                state.reject_credential(credential);
            }
            if let Some(credential) = accept {
                state.accept_credential(credential);
            }
        }
        "account" => return Ok(Some(state.services.account())),
        "set_account" => account(state, body()?)?,
        "rate_limit" => return Ok(Some(settings::rate_limit(state))),
        "set_rate_limit" => rate_limit(state, body()?)?,
        _ => state.reset()?,
    }
    Ok(None)
}

/// The body as JSON. Its content type does not matter: `curl -d` sends that of a form. A web page that sends one without
/// asking first (CORS) is refused by its `Origin`.
fn body(request: &Request) -> Validated<Value> {
    serde_json::from_slice(&request.body).map_err(|error| format!("the body must be a JSON object: {error}"))
}

fn inbox(state: &SharedState, request: &Request) -> Validated<Value> {
    let (wanted, to, limit) = (provider(request.query("provider"))?, request.query("to"), limit(request)?);
    let inbox = state.refreshed_inbox();
    let newest_first = inbox.entries().rev().filter(|entry| {
        let message = &entry.message;
        wanted.is_none_or(|it| it == message.provider) && to.is_none_or(|to| message.is_to(to))
    });
    let mut messages: Vec<Value> = newest_first.take(limit).map(|entry| entry.to_json()).collect();
    messages.reverse();
    Ok(messages.into())
}

fn journal(state: &SharedState, request: &Request) -> Validated<Value> {
    let (wanted, limit) = (provider(request.query("provider"))?, limit(request)?);
    let journal = state.journal();
    let newest_first =
        journal.entries().rev().filter(|entry| wanted.is_none_or(|it| it == entry.request.provider));
    let mut requests: Vec<Value> = newest_first.take(limit).map(|entry| entry.to_json()).collect();
    requests.reverse();
    Ok(requests.into())
}

/// How many of the newest are wanted.
fn limit(request: &Request) -> Validated<usize> {
    let Some(limit) = request.query("limit") else { return Ok(usize::MAX) };
    limit.parse().map_err(|_| "limit must be a number".to_owned())
}

fn advance(state: &SharedState, body: Fields<'_>) -> Validated<()> {
    let seconds = body.integer("advance_seconds", 0, i64::MAX)?;
    let to_next_expiry = body.boolean("to_next_expiry")?.unwrap_or(false);
    let by = match (seconds, to_next_expiry) {
        (Some(seconds), false) => Duration::from_secs(seconds.unsigned_abs()),
        (None, true) => {
            let next = state.refreshed_inbox().next_expiry().ok_or("no code in the inbox is pending")?;
            Duration::from_millis((next.0 - state.clock.now().0).max(0).unsigned_abs())
        }
        (Some(_), true) => return Err("advance_seconds and to_next_expiry exclude each other".to_owned()),
        (None, false) => return Err("advance_seconds or to_next_expiry is required".to_owned()),
    };
    state.advance(by);
    Ok(())
}

fn inject(state: &SharedState, called: Option<Provider>, body: Fields<'_>) -> Validated<()> {
    let named = provider(body.string("provider")?)?;
    let provider = named.or(called).ok_or("provider is required at the page's port")?;
    let times = body.integer("times", 1, i64::from(u32::MAX))?.unwrap_or(1);
    let fault = fault_body::read(body)?;
    // Closing this port would cut the connection before the response to this request.
    if fault == Fault::Refuse && Some(provider) == called {
        return Err(
            "refuse would close the port that this request came to; call another provider's port".to_owned()
        );
    }
    state.inject(provider, fault, usize::try_from(times).unwrap_or(usize::MAX));
    Ok(())
}

fn settle(state: &SharedState, id: &str, body: Fields<'_>) -> Validated<()> {
    let outcome = match body.required_string("answer")? {
        "approve" => Outcome::Approved,
        "decline" => Outcome::Declined,
        "fail" => Outcome::Undelivered,
        _ => return Err("answer must be approve, decline or fail".to_owned()),
    };
    if state.settle(id, outcome) { Ok(()) } else { Err("no open challenge has this id".to_owned()) }
}

fn account(state: &SharedState, body: Fields<'_>) -> Validated<()> {
    if let Some(credit) = body.get("credit") {
        let number = credit.as_f64();
        if number.is_none() && !credit.is_null() {
            return Err("credit must be a number, or null for unlimited credit".to_owned());
        }
        state.services.set_credit(number);
    }
    if let Some(prefix) = body.string("exclude_coverage")? {
        state.services.exclude_coverage(prefix);
    }
    if let Some(prefix) = body.string("include_coverage")? {
        state.services.include_coverage(prefix);
    }
    if let Some(method) = body.string("method")?
        && !state.services.set_method_status(method, body.required_string("status")?)
    {
        return Err("method or status is unknown".to_owned());
    }
    state.revisions.next();
    Ok(())
}

fn rate_limit(state: &SharedState, body: Fields<'_>) -> Validated<()> {
    let limit = match body.get("per_minute") {
        Some(Value::Null) => None,
        Some(_) => {
            body.integer("per_minute", 0, i64::from(u32::MAX))?.and_then(|limit| u32::try_from(limit).ok())
        }
        None => return Err("per_minute is required: a number, or null for no limit".to_owned()),
    };
    let wanted = provider(body.string("provider")?)?;
    for provider in Provider::ALL.into_iter().filter(|it| wanted.is_none_or(|wanted| wanted == *it)) {
        state.port(provider).rate_limit.set(limit);
    }
    state.revisions.next();
    Ok(())
}

fn provider(slug: Option<&str>) -> Validated<Option<Provider>> {
    slug.map(str::parse).transpose().map_err(|unknown: UnknownProvider| unknown.to_string())
}
