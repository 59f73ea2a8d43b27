//! SMS Connexion: OTP requests (create, read, verify, cancel) and the token endpoint.

mod countries;
mod new_otp;
mod otp_request;

use serde_json::{Value, json};
use uuid::Uuid;

use self::new_otp::NewOtp;
use self::otp_request::{OtpRequest, cost};
use super::issued_tokens::IssuedTokens;
use super::retention_map::RetentionMap;
use super::seeded_rng::SeededRng;
use super::service::{Authentication, Service, Setting};
use super::{CodeState, Context};
use crate::Provider;
use crate::clock::Time;
use crate::http::{Fields, Request, Response, Route, Target, basic, bearer};
use crate::recording::Message;

const CHARS_PER_PART: usize = 160;
const TOKEN_SECONDS: i64 = 86_400;

#[derive(Debug)]
pub(crate) struct Smscx {
    rng: SeededRng,
    otp_requests: RetentionMap<Uuid, OtpRequest>,
    tokens: IssuedTokens,
    /// `None` is unlimited.
    credit: Option<f64>,
    /// Prefixes of numbers that are not covered.
    uncovered: Vec<String>,
}

impl Service for Smscx {
    const SLUG: &'static str = "smscx";
    const BASE_PATH: &'static str = "";
    const TOKEN_PATH: Option<&'static str> = Some("/oauth/token");
    const AUTHENTICATION: &'static [Authentication] =
        &[Authentication::ApiKey("x-api-key"), Authentication::Bearer];
    const ROUTES: &'static [Route] = &[
        Route { method: "POST", path: "/otp", operation: "new_otp" },
        Route { method: "GET", path: "/otp/{}", operation: "get_otp_status" },
        Route { method: "POST", path: "/otp/{}", operation: "verify_otp" },
        Route { method: "DELETE", path: "/otp/{}", operation: "cancel_otp" },
        Route { method: "POST", path: "/oauth/token", operation: "get_access_token" },
    ];
    const CONFIGURATION: &'static [(&'static str, Setting)] = &[("api_key", Setting::Secret)];
    type Settings = ();

    fn new(seed: u64, (): &()) -> Self {
        Self {
            rng: SeededRng::new(seed, Provider::Smscx),
            otp_requests: RetentionMap::new(),
            tokens: IssuedTokens::new(),
            credit: None,
            uncovered: Vec::new(),
        }
    }

    fn reseed(&mut self, seed: u64) {
        self.rng = SeededRng::new(seed, Provider::Smscx);
    }

    fn code_state(&self, message: &Message, now: Time) -> Option<CodeState> {
        let id = Uuid::parse_str(message.challenge.as_deref()?).ok()?;
        Some(self.otp_requests.get(&id)?.code_state(now))
    }

    fn respond(&mut self, target: &Target, request: &Request, context: &mut Context<'_>) -> Response {
        let outcome = self.dispatch(target, request, context);
        match outcome {
            Ok(response) => response
                .with("x-request-id", self.rng.uuid().simple())
                .with("x-response-time", "1.2ms")
                .with("x-rate-limit-limit", context.quota.limit)
                .with("x-rate-limit-remaining", context.quota.remaining),
            Err(response) => response,
        }
    }
}

impl Smscx {
    pub(crate) const fn set_credit(&mut self, credit: Option<f64>) {
        self.credit = credit;
    }

    pub(crate) const fn credit(&self) -> Option<f64> {
        self.credit
    }

    pub(crate) fn excluded_coverage(&self) -> &[String] {
        &self.uncovered
    }

    pub(crate) fn exclude_coverage(&mut self, prefix: &str) {
        self.include_coverage(prefix);
        self.uncovered.push(format!("+{}", prefix.trim_start_matches('+')));
    }

    pub(crate) fn include_coverage(&mut self, prefix: &str) {
        let prefix = format!("+{}", prefix.trim_start_matches('+'));
        self.uncovered.retain(|excluded| *excluded != prefix);
    }

    fn dispatch(
        &mut self,
        target: &Target,
        request: &Request,
        context: &mut Context<'_>,
    ) -> Result<Response, Response> {
        let (operation, id) = match target {
            Target::Operation(operation, segments) => (*operation, segments.get(0)),
            Target::OtherMethod(allowed) => {
                let response = error(405, "invalid_method", 1003, "This path does not support this method");
                return Err(response.with("allow", allowed));
            }
            Target::Unknown => {
                return Err(error(404, "not_found", 1006, "There is no operation at this path"));
            }
        };
        if context.quota.exceeded {
            return Err(error(429, "rate_limit", 1004, "The rate limit is exceeded")
                .with("x-rate-limit-limit", context.quota.limit)
                .with("x-rate-limit-remaining", context.quota.remaining)
                .with("x-rate-limit-reset", context.quota.reset));
        }
        if operation == "get_access_token" {
            return self.issue_token(request, context);
        }
        self.authorize(request, context)?;
        if operation == "new_otp" {
            return self.create(request, context);
        }
        // `parse_str` also takes upper case and braces. The service's ids have one form only.
        let id = Uuid::parse_str(id).ok().filter(|parsed| parsed.to_string() == id);
        let found = id.and_then(|id| self.otp_requests.get_mut(&id).map(|otp_request| (id, otp_request)));
        let (id, otp_request) =
            found.ok_or_else(|| error(404, "not_found", 2021, "No OTP request has this id"))?;
        match operation {
            "get_otp_status" => Ok(Response::json(200, &otp_request.to_json(id, context.now))),
            "verify_otp" => otp_request.verify(request, context.now),
            _ => otp_request.cancel(id, context.now),
        }
    }

    fn authorize(&self, request: &Request, context: &Context<'_>) -> Result<(), Response> {
        let unauthorized = |message| error(401, "invalid_api_key", 1001, message);
        let key = request.header("x-api-key").filter(|key| !key.is_empty());
        let token = bearer(request);
        if key.is_none() && token.is_none() {
            return Err(unauthorized("A credential is missing"));
        }
        // If both are given, both must be valid.
        if [key, token].into_iter().flatten().any(|credential| !context.accepts(credential)) {
            return Err(unauthorized("This credential is not valid"));
        }
        if let Some(token) = token {
            if self.tokens.expired(token, context.now) {
                return Err(unauthorized("This token has expired"));
            }
            if self.tokens.lacks_scope(token, "otp") {
                return Err(error(403, "insufficient_scope", 1002, "This token was not issued for OTP"));
            }
        }
        Ok(())
    }

    fn create(&mut self, request: &Request, context: &mut Context<'_>) -> Result<Response, Response> {
        let body = request.json.as_ref().and_then(Value::as_object);
        let body = body.ok_or_else(|| error(400, "invalid_body", 1007, "The body must be a JSON object"))?;
        let new_otp =
            NewOtp::read(body).map_err(|(code, message)| error(400, "invalid_param", code, message))?;
        if self.uncovered.iter().any(|prefix| new_otp.phone.starts_with(prefix)) {
            return Err(error(403, "no_coverage", 1008, "This number is not covered"));
        }
        let pin = self.rng.string(new_otp.alphabet, new_otp.pin_length);
        let text = new_otp.template.replace("{{pin}}", &pin);
        let parts = text.chars().count().div_ceil(CHARS_PER_PART);
        // Checked last: a request with an error costs nothing.
        if let Some(credit) = &mut self.credit {
            if *credit < cost(parts) {
                return Err(error(400, "insufficient_credit", 1009, "The credit does not cover the message"));
            }
            *credit -= cost(parts);
        }
        let id = self.rng.uuid();
        context.outbox.push(Message {
            provider: Provider::Smscx,
            to: new_otp.phone.clone(),
            channel: "sms",
            text,
            code: pin.clone(),
            challenge: Some(id.to_string()),
            image: None,
            sent: context.now.into(),
        });
        let (created, expires) = (context.now, context.now.plus_seconds(new_otp.ttl));
        let otp_request =
            OtpRequest { new_otp, pin, parts, attempts: 0, created, expires, end: None, end_reported: false };
        let response = Response::json(201, &otp_request.to_json(id, context.now));
        self.otp_requests.insert(id, otp_request, expires, context.now);
        Ok(response)
    }

    fn issue_token(&mut self, request: &Request, context: &Context<'_>) -> Result<Response, Response> {
        let client = basic(request).filter(|(id, secret)| !id.is_empty() && context.accepts_client(secret));
        if client.is_none() {
            let response = error(401, "invalid_client", 1010, "Application id or secret is not valid");
            return Err(response.with("www-authenticate", "Basic"));
        }
        let form = Fields::of_form(request);
        let field = |name| form.string(name).ok().flatten();
        match field("grant_type") {
            Some("client_credentials") => {}
            Some(_) => {
                return Err(error(
                    400,
                    "unsupported_grant_type",
                    1011,
                    "grant_type must be client_credentials",
                ));
            }
            None => return Err(error(400, "invalid_request", 1012, "grant_type is missing")),
        }
        let scope = field("scope").unwrap_or("sms otp");
        let is_scope = |scope: &str| !scope.is_empty() && scope.chars().all(|c| c.is_ascii_lowercase());
        if !scope.split(' ').all(is_scope) {
            return Err(error(400, "invalid_scope", 1013, "scope contains an unknown scope"));
        }
        let token = self.rng.token();
        self.tokens.issue(&token, scope, TOKEN_SECONDS, context.now);
        Ok(Response::json(
            200,
            &json!({
                "access_token": token,
                "expires_in": TOKEN_SECONDS,
                "token_type": "Bearer",
                "scope": scope,
            }),
        ))
    }
}

fn error(status: u16, kind: &str, code: u16, message: &str) -> Response {
    let uri = "https://sms.cx/sms-api-documentation/";
    Response::json(
        status,
        &json!({ "error": { "type": kind, "message": message, "uri": uri, "code": code } }),
    )
}
