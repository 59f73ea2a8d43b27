//! SMS Connexion: `POST /otp`, then `GET`, `POST` and `DELETE` of `/otp/{id}`, and the token endpoint.

mod order;
mod password;

use serde_json::{Value, json};
use uuid::Uuid;

use self::order::Order;
use self::password::{Password, cost};
use super::Context;
use super::tokens::Tokens;
use crate::Provider;
use crate::credentials::{basic, bearer};
use crate::draw::Draw;
use crate::http::{Answer, Request, Route, Target, value_of};
use crate::inbox::Message;
use crate::shelf::Shelf;

pub(crate) const ROUTES: &[Route] = &[
    Route { method: "POST", path: "/otp", operation: "new_otp" },
    Route { method: "GET", path: "/otp/{}", operation: "get_otp_status" },
    Route { method: "POST", path: "/otp/{}", operation: "verify_otp" },
    Route { method: "DELETE", path: "/otp/{}", operation: "cancel_otp" },
    Route { method: "POST", path: "/oauth/token", operation: "get_access_token" },
];

const CHARACTERS_IN_A_PART: usize = 160;
const TOKEN_SECONDS: i64 = 86_400;

#[derive(Debug)]
pub(crate) struct Smscx {
    draw: Draw,
    passwords: Shelf<Uuid, Password>,
    tokens: Tokens,
    /// `None`: an account that is never empty.
    credit: Option<f64>,
    /// Numbers that begin like this are not covered.
    uncovered: Vec<String>,
}

impl Smscx {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            draw: Draw::new(seed, Provider::Smscx),
            passwords: Shelf::new(),
            tokens: Tokens::new(),
            credit: None,
            uncovered: Vec::new(),
        }
    }

    pub(crate) fn reseed(&mut self, seed: u64) {
        self.draw = Draw::new(seed, Provider::Smscx);
    }

    pub(crate) const fn set_credit(&mut self, credit: Option<f64>) {
        self.credit = credit;
    }

    pub(crate) fn set_uncovered(&mut self, prefix: &str) {
        self.uncovered.push(format!("+{}", prefix.trim_start_matches('+')));
    }

    pub(crate) fn answer(&mut self, target: &Target, request: &Request, context: &mut Context<'_>) -> Answer {
        let outcome = self.decide(target, request, context);
        match outcome {
            Ok(answer) => answer
                .with("x-request-id", self.draw.uuid().simple())
                .with("x-response-time", "1.2ms")
                .with("x-rate-limit-limit", context.quota.limit)
                .with("x-rate-limit-remaining", context.quota.remaining),
            Err(answer) => answer,
        }
    }

    fn decide(
        &mut self,
        target: &Target,
        request: &Request,
        context: &mut Context<'_>,
    ) -> Result<Answer, Answer> {
        let (operation, id) = match target {
            Target::Operation(operation, id) => (*operation, id),
            Target::OtherMethod(allowed) => {
                let answer = error(405, "invalid_method", 1003, "This path does not know that method");
                return Err(answer.with("allow", allowed));
            }
            Target::Unknown => return Err(error(404, "not_found", 1006, "There is nothing at this path")),
        };
        if context.quota.exceeded {
            return Err(error(429, "rate_limit", 1004, "Too many calls")
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
        let id = Uuid::parse_str(id).ok().filter(|parsed| parsed.to_string() == *id);
        let found = id.and_then(|id| self.passwords.get_mut(&id).map(|password| (id, password)));
        let (id, password) =
            found.ok_or_else(|| error(404, "not_found", 2021, "No OTP request has this id"))?;
        match operation {
            "get_otp_status" => Ok(Answer::json(200, &password.to_json(id, context.now))),
            "verify_otp" => password.verify(request, context.now),
            _ => password.cancel(id, context.now),
        }
    }

    fn authorize(&self, request: &Request, context: &Context<'_>) -> Result<(), Answer> {
        let refused = |message| error(401, "invalid_api_key", 1001, message);
        let key = request.header("x-api-key").filter(|key| !key.is_empty());
        let token = bearer(request);
        if key.is_none() && token.is_none() {
            return Err(refused("A credential is missing"));
        }
        if [key, token].into_iter().flatten().any(|credential| !context.accepts(credential)) {
            return Err(refused("This credential is not valid"));
        }
        if let Some(token) = token {
            if self.tokens.expired(token, context.now) {
                return Err(refused("This token has expired"));
            }
            if self.tokens.lacks(token, "otp") {
                return Err(error(403, "insufficient_scope", 1002, "This token was not issued for OTP"));
            }
        }
        Ok(())
    }

    fn create(&mut self, request: &Request, context: &mut Context<'_>) -> Result<Answer, Answer> {
        let body = request.json.as_ref().and_then(Value::as_object);
        let body = body.ok_or_else(|| error(400, "invalid_body", 1007, "The body must be a JSON object"))?;
        let order =
            Order::read(body).map_err(|(code, message)| error(400, "invalid_param", code, message))?;
        if self.uncovered.iter().any(|prefix| order.phone.starts_with(prefix)) {
            return Err(error(403, "no_coverage", 1008, "This number cannot be reached"));
        }
        let pin = self.draw.text(order.alphabet, order.pin_length);
        let text = order.template.replace("{{pin}}", &pin);
        let parts = text.chars().count().div_ceil(CHARACTERS_IN_A_PART);
        if let Some(credit) = &mut self.credit {
            if *credit < cost(parts) {
                return Err(error(
                    400,
                    "insufficient_credit",
                    1009,
                    "The account does not cover the message",
                ));
            }
            *credit -= cost(parts);
        }
        let id = self.draw.uuid();
        context.outbox.push(Message {
            provider: Provider::Smscx,
            to: order.phone.clone(),
            channel: "sms",
            text,
            code: pin.clone(),
            challenge: Some(id.to_string()),
            image: None,
        });
        let (created, expires) = (context.now, context.now.plus_seconds(order.ttl));
        let password = Password { order, pin, parts, attempts: 0, created, expires, end: None, told: false };
        let answer = Answer::json(201, &password.to_json(id, context.now));
        self.passwords.put(id, password, expires, context.now);
        Ok(answer)
    }

    fn issue_token(&mut self, request: &Request, context: &Context<'_>) -> Result<Answer, Answer> {
        let client = basic(request).filter(|(id, secret)| !id.is_empty() && context.accepts_client(secret));
        if client.is_none() {
            let answer = error(401, "invalid_client", 1010, "Application id and secret are not valid");
            return Err(answer.with("www-authenticate", "Basic"));
        }
        let form = request.form();
        match value_of(&form, "grant_type") {
            Some("client_credentials") => {}
            Some(_) => return Err(error(400, "unsupported_grant_type", 1011, "Only client_credentials")),
            None => return Err(error(400, "invalid_request", 1012, "grant_type is missing")),
        }
        let scope = value_of(&form, "scope").unwrap_or("sms otp");
        let is_scope = |scope: &str| !scope.is_empty() && scope.chars().all(|c| c.is_ascii_lowercase());
        if !scope.split(' ').all(is_scope) {
            return Err(error(400, "invalid_scope", 1013, "There is no such scope"));
        }
        let token = self.draw.token();
        self.tokens.issue(&token, scope, TOKEN_SECONDS, context.now);
        Ok(Answer::json(
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

fn error(status: u16, kind: &str, code: u16, message: &str) -> Answer {
    let uri = "https://sms.cx/sms-api-documentation/";
    Answer::json(status, &json!({ "error": { "type": kind, "message": message, "uri": uri, "code": code } }))
}
