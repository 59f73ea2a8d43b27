//! The controls over HTTP, for tests in other languages and for people with `curl`. No provider uses this
//! path.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use crate::Provider;
use crate::fault::Fault;
use crate::fields::{Checked, Fields};
use crate::http::{Answer, Request, Route, Target};
use crate::hub::Hub;
use crate::inbox::Message;
use crate::journal::Exchange;
use crate::providers::Outcome;

pub(crate) const PATH: &str = "/__sandbox";

const ROUTES: &[Route] = &[
    Route { method: "GET", path: "/__sandbox", operation: "overview" },
    Route { method: "GET", path: "/__sandbox/inbox", operation: "inbox" },
    Route { method: "DELETE", path: "/__sandbox/inbox", operation: "clear_inbox" },
    Route { method: "GET", path: "/__sandbox/journal", operation: "journal" },
    Route { method: "DELETE", path: "/__sandbox/journal", operation: "clear_journal" },
    Route { method: "POST", path: "/__sandbox/clock", operation: "advance" },
    Route { method: "POST", path: "/__sandbox/faults", operation: "inject" },
    Route { method: "DELETE", path: "/__sandbox/faults", operation: "clear_faults" },
    Route { method: "POST", path: "/__sandbox/seed", operation: "reseed" },
    Route { method: "POST", path: "/__sandbox/challenges/{}", operation: "settle" },
    Route { method: "POST", path: "/__sandbox/credentials", operation: "credentials" },
    Route { method: "POST", path: "/__sandbox/account", operation: "account" },
];

pub(crate) fn concerns(request: &Request) -> bool {
    request.path == PATH || request.path.strip_prefix(PATH).is_some_and(|rest| rest.starts_with('/'))
}

/// `here` is the provider whose port was called: it is meant where none is named.
pub(crate) fn answer(hub: &Arc<Hub>, here: Provider, request: &Request) -> Answer {
    let outcome = match Target::find(ROUTES, &request.method, &request.path) {
        Target::Operation(operation, id) => act(hub, here, request, operation, &id),
        Target::OtherMethod(allowed) => {
            return error(405, "This path does not know that method").with("allow", allowed);
        }
        Target::Unknown => return error(404, "There is no such control"),
    };
    match outcome {
        Ok(Some(body)) => Answer::json(200, &body),
        Ok(None) => Answer::empty(204),
        Err(message) => error(400, &message),
    }
}

/// To a request under a name that is not allowed.
pub(crate) fn foreign() -> Answer {
    error(403, "The controls answer to loopback names only; `allowed_hosts` allows other hosts")
}

fn act(
    hub: &Arc<Hub>,
    here: Provider,
    request: &Request,
    operation: &str,
    id: &str,
) -> Checked<Option<Value>> {
    let body = || Fields::of(request.json.as_ref(), "body");
    match operation {
        "overview" => return Ok(Some(overview(hub))),
        "inbox" => {
            let wanted = provider(request.query("provider"))?;
            let messages = hub.inbox().all();
            let messages = messages.iter().filter(|message| wanted.is_none_or(|it| it == message.provider));
            return Ok(Some(messages.map(Message::to_json).collect()));
        }
        "clear_inbox" => hub.inbox().clear(),
        "journal" => {
            let wanted = provider(request.query("provider"))?;
            let exchanges = hub.journal().all();
            let exchanges =
                exchanges.iter().filter(|exchange| wanted.is_none_or(|it| it == exchange.provider));
            return Ok(Some(exchanges.map(Exchange::to_json).collect()));
        }
        "clear_journal" => hub.journal().clear(),
        "advance" => {
            let seconds =
                body()?.whole("advance_seconds", 0, i64::MAX)?.ok_or("advance_seconds is needed")?;
            hub.clock.advance(Duration::from_secs(seconds.unsigned_abs()));
            return Ok(Some(json!({ "now": hub.clock.now().text() })));
        }
        "inject" => {
            let body = body()?;
            let provider = provider(body.text("provider")?)?.unwrap_or(here);
            let times = body.whole("times", 1, i64::from(u32::MAX))?.unwrap_or(1);
            let fault = fault(body)?;
            if fault == Fault::Refuse && provider == here {
                return Err(
                    "this port would refuse the way back, too: call the port of another provider".to_owned()
                );
            }
            hub.inject(provider, fault, usize::try_from(times).unwrap_or(usize::MAX));
        }
        "clear_faults" => hub.clear_faults(),
        "reseed" => {
            let seed = body()?.get("seed").and_then(Value::as_u64).ok_or("seed must be a whole number")?;
            hub.reseed(seed);
        }
        "settle" => {
            let outcome = match body()?.required("answer")? {
                "approve" => Outcome::Approved,
                "decline" => Outcome::Declined,
                "fail" => Outcome::Undelivered,
                _ => return Err("answer must be approve, decline or fail".to_owned()),
            };
            if !hub.services.settle(id, outcome, hub.clock.now()) {
                return Err("no such challenge is open".to_owned());
            }
        }
        "credentials" => {
            let body = body()?;
            if let Some(credential) = body.text("reject")? {
                hub.reject(credential);
            }
            if let Some(credential) = body.text("accept")? {
                hub.accept_again(credential);
            }
        }
        _ => account(hub, body()?)?,
    }
    Ok(None)
}

fn overview(hub: &Hub) -> Value {
    let url = |provider: Provider| format!("{}{}", hub.origin(provider), provider.base_path());
    let urls = Provider::ALL.map(|provider| (provider.slug().to_owned(), Value::from(url(provider))));
    let controls = ROUTES.iter().map(|route| format!("{} {}", route.method, route.path));
    json!({
        "sandbox": "No message leaves this machine. This is not a real provider.",
        "seed": hub.seed(),
        "now": hub.clock.now().text(),
        "providers": urls.into_iter().collect::<serde_json::Map<_, _>>(),
        "controls": controls.collect::<Vec<_>>(),
    })
}

fn account(hub: &Hub, body: Fields<'_>) -> Checked<()> {
    if let Some(credit) = body.get("credit") {
        let number = credit.as_f64();
        if number.is_none() && !credit.is_null() {
            return Err("credit must be a number, or null for an account that is never empty".to_owned());
        }
        hub.services.set_credit(number);
    }
    if let Some(prefix) = body.text("exclude_coverage")? {
        hub.services.set_uncovered(prefix);
    }
    if let Some(method) = body.text("method")?
        && !hub.services.set_method_status(method, body.required("status")?)
    {
        return Err("there is no such method or status".to_owned());
    }
    Ok(())
}

fn provider(slug: Option<&str>) -> Checked<Option<Provider>> {
    slug.map(str::parse).transpose().map_err(|unknown: crate::UnknownProvider| unknown.to_string())
}

fn fault(body: Fields<'_>) -> Checked<Fault> {
    let status = |otherwise: i64| {
        let status = body.whole("status", 200, 999)?.unwrap_or(otherwise);
        Ok::<_, String>(u16::try_from(status).unwrap_or(500))
    };
    Ok(match body.required("fault")? {
        "refuse" => Fault::Refuse,
        "drop_before_acting" => Fault::DropBeforeActing,
        "act_then_drop" => Fault::ActThenDrop,
        "delay" => {
            let milliseconds = body.whole("milliseconds", 0, i64::MAX)?.ok_or("milliseconds is needed")?;
            Fault::Delay(Duration::from_millis(milliseconds.unsigned_abs()))
        }
        "answer" => Fault::Answer {
            status: status(500)?,
            headers: headers(body)?,
            body: match body.get("body") {
                None => String::new(),
                Some(Value::String(text)) => text.clone(),
                Some(json) => json.to_string(),
            },
        },
        "html" => Fault::Html(status(200)?),
        "truncated" => Fault::Truncated,
        "oversized" => {
            let bytes = body.whole("bytes", 0, i64::MAX)?.ok_or("bytes is needed")?;
            Fault::Oversized(bytes.unsigned_abs())
        }
        "wrong_content_type" => Fault::WrongContentType,
        "garbage" => Fault::Garbage,
        "invalid_json" => Fault::InvalidJson,
        "empty_body" => Fault::EmptyBody,
        "redirect" => Fault::Redirect(body.required("to")?.to_owned()),
        _ => return Err("there is no such fault".to_owned()),
    })
}

fn headers(body: Fields<'_>) -> Checked<Vec<(String, String)>> {
    let Some(Value::Object(headers)) = body.get("headers") else { return Ok(Vec::new()) };
    let header = |(name, value): (&String, &Value)| {
        let value = value.as_str().ok_or_else(|| format!("header {name} must be a text"))?;
        Ok((name.clone(), value.to_owned()))
    };
    headers.iter().map(header).collect()
}

fn error(status: u16, message: &str) -> Answer {
    Answer::json(status, &json!({ "error": message }))
}
