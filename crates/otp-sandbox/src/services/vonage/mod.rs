//! Vonage Verify: requests of one to three steps (start, check, next step, cancel).

mod new_request;
mod verify_request;

use std::collections::HashMap;

use serde_json::{Value, json};
use uuid::Uuid;

use self::new_request::NewRequest;
use self::verify_request::{End, VerifyRequest};
use super::retention_map::RetentionMap;
use super::seeded_rng::SeededRng;
use super::service::{Authentication, Service, Setting};
use super::{CodeState, Context};
use crate::Provider;
use crate::clock::Time;
use crate::http::{Request, Response, Route, Target, basic, bearer};
use crate::recording::Message;

/// How long a number stays taken after a cancel.
const HOLD_SECONDS: i64 = 12;
/// Bounds the memory of the numbers.
const MAX_NUMBERS: usize = 100_000;
const TYPES: &str = "https://developer.vonage.com/en/api-errors/verify-v2";

#[derive(Debug)]
pub(crate) struct Vonage {
    rng: SeededRng,
    requests: RetentionMap<Uuid, VerifyRequest>,
    /// The newest request of each number or address.
    newest: HashMap<String, Uuid>,
}

impl Service for Vonage {
    const SLUG: &'static str = "vonage";
    const BASE_PATH: &'static str = "";
    const TOKEN_PATH: Option<&'static str> = None;
    const AUTHENTICATION: &'static [Authentication] =
        &[Authentication::Bearer, Authentication::Basic("abcd1234")];
    const ROUTES: &'static [Route] = &[
        Route { method: "POST", path: "/v2/verify", operation: "new_request" },
        Route { method: "POST", path: "/v2/verify/{}", operation: "check_code" },
        Route { method: "DELETE", path: "/v2/verify/{}", operation: "cancel_request" },
        Route { method: "POST", path: "/v2/verify/{}/next_workflow", operation: "next_workflow" },
    ];
    const CONFIGURATION: &'static [(&'static str, Setting)] = &[
        ("brand", Setting::Text("Sandbox")),
        ("api_key", Setting::Text("abcd1234")),
        ("api_secret", Setting::Secret),
        ("whatsapp_sender", Setting::Text("4915112345678")),
        ("rcs_sender", Setting::Text("Sandbox")),
    ];
    type Settings = ();

    fn new(seed: u64, (): &()) -> Self {
        Self {
            rng: SeededRng::new(seed, Provider::Vonage),
            requests: RetentionMap::new(),
            newest: HashMap::new(),
        }
    }

    fn reseed(&mut self, seed: u64) {
        self.rng = SeededRng::new(seed, Provider::Vonage);
    }

    fn code_state(&self, message: &Message, now: Time) -> Option<CodeState> {
        let id = Uuid::parse_str(message.challenge.as_deref()?).ok()?;
        Some(self.requests.get(&id)?.code_state(&message.code, now))
    }

    fn respond(&mut self, target: &Target, request: &Request, context: &mut Context<'_>) -> Response {
        self.dispatch(target, request, context).unwrap_or_else(|problem| problem)
    }
}

impl Vonage {
    fn dispatch(
        &mut self,
        target: &Target,
        request: &Request,
        context: &mut Context<'_>,
    ) -> Result<Response, Response> {
        let (operation, id) = match target {
            Target::Operation(operation, segments) => (*operation, segments.get(0)),
            Target::OtherMethod(allowed) => {
                return Err(problem(405, "method-not-allowed", "This path does not support this method")
                    .with("allow", allowed));
            }
            Target::Unknown => return Err(problem(404, "not-found", "There is nothing at this path")),
        };
        let accepts_token = bearer(request).is_some_and(|token| context.accepts(token));
        if !(accepts_token || basic(request).is_some() && context.accepts_basic(request)) {
            return Err(problem(401, "unauthorized", "This credential is not valid"));
        }
        // Documented for these only.
        if context.quota.exceeded && matches!(operation, "new_request" | "check_code") {
            return Err(problem(429, "throttled", "There are too many calls"));
        }
        if operation == "new_request" {
            return self.start(request, context);
        }
        let id = Uuid::parse_str(id).map_err(|_| not_found())?;
        let found = self.requests.get_mut(&id).ok_or_else(not_found)?;
        let begun = found.advance(context.now, &mut self.rng);
        context.outbox.extend(begun.into_iter().map(|step| found.message(id, step, context.now)));
        if found.is_over(context.now) {
            return Err(not_found());
        }
        match operation {
            "check_code" => check(found, id, request, context.now),
            "cancel_request" => {
                found.end = Some((End::Cancelled, context.now));
                Ok(Response::empty(204))
            }
            _ => {
                let step = found.next(context.now, &mut self.rng);
                let step = step.ok_or_else(|| problem(409, "no-events", "There is no step left"))?;
                context.outbox.push(found.message(id, step, context.now));
                Ok(Response::empty(200))
            }
        }
    }

    fn start(&mut self, request: &Request, context: &mut Context<'_>) -> Result<Response, Response> {
        let new = NewRequest::read(request.json.as_ref()).map_err(|(name, reason)| {
            let mut body = body("invalid-params", "A parameter is not valid");
            body["invalid_parameters"] = json!([{ "name": name, "reason": reason }]);
            response(422, &body)
        })?;
        if new.steps.iter().any(|step| step.channel == "silent_auth") {
            // There is no network that could confirm a number.
            return Err(problem(412, "precondition-failed", "The network is not supported"));
        }
        let addresses: Vec<String> = new.steps.iter().map(|step| step.to.clone()).collect();
        let running = addresses.iter().filter_map(|to| self.newest.get(to)).find(|id| {
            self.requests.get(id).is_some_and(|request| request.holds_number(context.now, HOLD_SECONDS))
        });
        if let Some(id) = running {
            let mut body = body("concurrent", "Another request to this number runs");
            body["request_id"] = json!(id);
            return Err(response(409, &body));
        }
        let id = self.rng.uuid();
        let mut request = VerifyRequest::new(new, context.now);
        let expires = request.expires();
        let step = request.begin(0, &mut self.rng);
        context.outbox.push(request.message(id, step, context.now));
        self.requests.insert(id, request, expires, context.now);
        if self.newest.len() >= MAX_NUMBERS {
            self.newest.clear();
        }
        self.newest.extend(addresses.into_iter().map(|to| (to, id)));
        Ok(Response::json(202, &json!({ "request_id": id })))
    }
}

fn check(found: &mut VerifyRequest, id: Uuid, request: &Request, now: Time) -> Result<Response, Response> {
    let code = request.json.as_ref().and_then(|body| body.get("code")).and_then(Value::as_str);
    let Some(code) = code.filter(|code| (4..=10).contains(&code.chars().count())) else {
        return Err(problem(400, "invalid-code", "code must have 4 to 10 characters"));
    };
    if code == found.code {
        found.end = Some((End::Completed, now));
        return Ok(Response::json(200, &json!({ "request_id": id, "status": "completed" })));
    }
    found.attempts += 1;
    if found.has_no_attempts() {
        found.end = Some((End::Failed, now));
        return Err(problem(410, "expired", "There were too many wrong codes"));
    }
    Err(problem(400, "invalid-code", "The code does not match"))
}

fn not_found() -> Response {
    problem(404, "request-not-found", "No request that runs has this id")
}

fn body(fragment: &str, detail: &str) -> Value {
    json!({
        "type": format!("{TYPES}#{fragment}"),
        "title": "The sandbox refuses the request",
        "detail": detail,
        "instance": "bf0ca0bf927b3b52e3cb03217e1a1ddf",
    })
}

fn problem(status: u16, fragment: &str, detail: &str) -> Response {
    response(status, &body(fragment, detail))
}

fn response(status: u16, body: &Value) -> Response {
    let content_type = ("content-type".to_owned(), "application/problem+json".to_owned());
    Response { headers: vec![content_type], ..Response::json(status, body) }
}
