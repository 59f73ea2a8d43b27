//! The operations of the control API.

use std::time::Duration;

use serde_json::{Value, json};

use super::{ROUTES, fault_body};
use crate::fault::Fault;
use crate::http::{Fields, Request, Validated};
use crate::recording::{Message, RecordedRequest};
use crate::services::Outcome;
use crate::state::SharedState;
use crate::{Provider, UnknownProvider};

/// Runs an operation. Its result is a response body, `None` for a response without one, or an error message.
pub(super) fn run(
    state: &SharedState,
    called: Provider,
    request: &Request,
    operation: &str,
    id: &str,
) -> Validated<Option<Value>> {
    let body = || Fields::of(request.json.as_ref(), "body");
    match operation {
        "overview" => return Ok(Some(overview(state))),
        "inbox" => {
            let wanted = provider(request.query("provider"))?;
            let messages = state.inbox().all();
            let messages = messages.iter().filter(|message| wanted.is_none_or(|it| it == message.provider));
            return Ok(Some(messages.map(Message::to_json).collect()));
        }
        "clear_inbox" => state.inbox().clear(),
        "journal" => {
            let wanted = provider(request.query("provider"))?;
            let requests = state.journal().all();
            let requests = requests.iter().filter(|request| wanted.is_none_or(|it| it == request.provider));
            return Ok(Some(requests.map(RecordedRequest::to_json).collect()));
        }
        "clear_journal" => state.journal().clear(),
        "advance" => {
            let seconds = body()?.integer("advance_seconds", 0, i64::MAX)?;
            let seconds = seconds.ok_or("advance_seconds is required")?;
            state.clock.advance(Duration::from_secs(seconds.unsigned_abs()));
            return Ok(Some(json!({ "now": state.clock.now().to_rfc3339() })));
        }
        "inject" => inject(state, called, body()?)?,
        "clear_faults" => state.clear_faults(),
        "reseed" => {
            let seed = body()?.get("seed").and_then(Value::as_u64);
            state.reseed(seed.ok_or("seed must be an integer that is not negative")?);
        }
        "settle" => {
            let outcome = match body()?.required_string("answer")? {
                "approve" => Outcome::Approved,
                "decline" => Outcome::Declined,
                "fail" => Outcome::Undelivered,
                _ => return Err("answer must be approve, decline or fail".to_owned()),
            };
            if !state.services.settle(id, outcome, state.clock.now()) {
                return Err("no open challenge has this id".to_owned());
            }
        }
        "credentials" => {
            let body = body()?;
            if let Some(credential) = body.string("reject")? {
                state.reject_credential(credential);
            }
            if let Some(credential) = body.string("accept")? {
                state.accept_credential(credential);
            }
        }
        _ => account(state, body()?)?,
    }
    Ok(None)
}

fn overview(state: &SharedState) -> Value {
    let url = |provider: Provider| format!("{}{}", state.port(provider).origin, provider.base_path());
    let urls = Provider::ALL.map(|provider| (provider.slug().to_owned(), Value::from(url(provider))));
    let controls = ROUTES.iter().map(|route| format!("{} {}", route.method, route.path));
    json!({
        "sandbox": "No message leaves this machine. This is not a real provider.",
        "seed": state.seed(),
        "now": state.clock.now().to_rfc3339(),
        "providers": urls.into_iter().collect::<serde_json::Map<_, _>>(),
        "controls": controls.collect::<Vec<_>>(),
    })
}

fn inject(state: &SharedState, called: Provider, body: Fields<'_>) -> Validated<()> {
    let provider = provider(body.string("provider")?)?.unwrap_or(called);
    let times = body.integer("times", 1, i64::from(u32::MAX))?.unwrap_or(1);
    let fault = fault_body::read(body)?;
    // Closing this port would cut the connection before the response to this request.
    if fault == Fault::Refuse && provider == called {
        return Err(
            "refuse would close the port that this request came to; call another provider's port".to_owned()
        );
    }
    state.inject(provider, fault, usize::try_from(times).unwrap_or(usize::MAX));
    Ok(())
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
    if let Some(method) = body.string("method")?
        && !state.services.set_method_status(method, body.required_string("status")?)
    {
        return Err("method or status is unknown".to_owned());
    }
    Ok(())
}

fn provider(slug: Option<&str>) -> Validated<Option<Provider>> {
    slug.map(str::parse).transpose().map_err(|unknown: UnknownProvider| unknown.to_string())
}
