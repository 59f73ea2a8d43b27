//! Deutsche Bank: challenges by mTAN, photoTAN and pushTAN, and the token endpoint. Every token belongs to the same
//! customer.

mod challenge;
mod challenge_request;
mod error_response;
mod phototan_image;
mod token_endpoint;

use serde_json::{Value, json};
use uuid::Uuid;

use self::challenge::Challenge;
use self::error_response::ErrorResponse;
use self::token_endpoint::TokenEndpoint;
use super::retention_map::RetentionMap;
use super::seeded_rng::SeededRng;
use super::service::{Authentication, Service, Setting};
use super::{CodeState, Context};
use crate::Provider;
use crate::clock::Time;
use crate::http::{Request, Response, Route, Target, bearer};
use crate::recording::Message;

const PHONE: &str = "+491512345678";
const MASKED_PHONE: &str = "+49*******678";
// The bank documents neither of the two.
const CHALLENGE_SECONDS: i64 = 300;
const MAX_ATTEMPTS: u32 = 3;
const CODE_LENGTH: usize = 6;
const MAX_CORRELATION_ID_CHARS: usize = 50;

const STATUSES: [&str; 7] = [
    "ACTIVE",
    "INACTIVE",
    "DEACTIVATED",
    "DEVICE_STATUS_ACTIVATING",
    "PERMANENTLY_LOCKED",
    "TEMPORARILY_LOCKED",
    "UNKNOWN",
];

#[derive(Debug)]
pub(crate) struct DeutscheBank {
    rng: SeededRng,
    challenges: RetentionMap<Uuid, Challenge>,
    methods: [(&'static str, String); 3],
    tokens: TokenEndpoint,
}

impl Service for DeutscheBank {
    const SLUG: &'static str = "deutsche-bank";
    const BASE_PATH: &'static str = "/gw/dbapi/others/onetimepasswords/v2";
    const TOKEN_PATH: Option<&'static str> = Some("/gw/oidc/token");
    const AUTHENTICATION: &'static [Authentication] = &[Authentication::Bearer];
    const ROUTES: &'static [Route] = &[
        Route {
            method: "GET",
            path: "/gw/dbapi/others/onetimepasswords/v2/",
            operation: "get_challenge_methods_v2",
        },
        Route {
            method: "POST",
            path: "/gw/dbapi/others/onetimepasswords/v2/single",
            operation: "create_challenge_v2",
        },
        Route {
            method: "PATCH",
            path: "/gw/dbapi/others/onetimepasswords/v2/single/{}",
            operation: "verify_challenge_v2",
        },
        // Belongs to another API of the bank. Here it only reports that (code 138).
        Route {
            method: "GET",
            path: "/gw/dbapi/others/onetimepasswords/v2/single/{}",
            operation: "get_challenge_status",
        },
        Route {
            method: "PATCH",
            path: "/gw/dbapi/others/onetimepasswords/v2/single/{}/switchMethod",
            operation: "switch_method_v2",
        },
        Route { method: "POST", path: "/gw/oidc/token", operation: "refresh_token" },
    ];
    const CONFIGURATION: &'static [(&'static str, Setting)] = &[("bearer", Setting::Secret)];
    type Settings = ();

    fn new(seed: u64, (): &()) -> Self {
        Self {
            rng: SeededRng::new(seed, Provider::DeutscheBank),
            challenges: RetentionMap::new(),
            methods: ["MTAN", "PHOTOTAN", "PUSHTAN"].map(|method| (method, "ACTIVE".to_owned())),
            tokens: TokenEndpoint::new(),
        }
    }

    fn reseed(&mut self, seed: u64) {
        self.rng = SeededRng::new(seed, Provider::DeutscheBank);
    }

    fn code_state(&self, message: &Message, now: Time) -> Option<CodeState> {
        let id = Uuid::parse_str(message.challenge.as_deref()?).ok()?;
        Some(self.challenges.get(&id)?.code_state(&message.code, now))
    }

    fn respond(&mut self, target: &Target, request: &Request, context: &mut Context<'_>) -> Response {
        self.dispatch(target, request, context).unwrap_or_else(|error| match error {
            ErrorResponse::Code(code, message) => {
                // The bank reports HTTP errors as codes, too. All of its own codes come with 400.
                let status = if (401..600).contains(&code) { code } else { 400 };
                let message_id = self.rng.uuid();
                let body = json!({ "code": code, "message": message, "messageId": message_id });
                Response::json(status, &body)
            }
            ErrorResponse::Other(response) => response,
        })
    }
}

impl DeutscheBank {
    /// The customer's methods with their statuses.
    pub(crate) fn methods_with_status(&self) -> &[(&'static str, String)] {
        &self.methods
    }

    pub(crate) fn set_method_status(&mut self, method: &str, status: &str) -> bool {
        match self.methods.iter_mut().find(|(known, _)| *known == method) {
            Some((_, current)) if STATUSES.contains(&status) => {
                status.clone_into(current);
                true
            }
            _ => false,
        }
    }

    fn dispatch(
        &mut self,
        target: &Target,
        request: &Request,
        context: &mut Context<'_>,
    ) -> Result<Response, ErrorResponse> {
        let (operation, id) = match target {
            Target::Operation(operation, segments) => (*operation, segments.get(0)),
            Target::OtherMethod(allowed) => {
                let body = json!({ "code": 405, "message": "This path does not support this method" });
                return Err(ErrorResponse::Other(Response::json(405, &body).with("allow", allowed)));
            }
            Target::Unknown => return Err(ErrorResponse::new(404, "There is no operation at this path")),
        };
        if context.quota.exceeded {
            let body = json!({ "code": 429, "message": "The rate limit is exceeded" });
            let response = Response::json(429, &body).with("retry-after", context.quota.seconds_to_reset);
            return Err(ErrorResponse::Other(response));
        }
        if operation == "refresh_token" {
            return Ok(self.tokens.respond(request, context, &mut self.rng));
        }
        let token = bearer(request).filter(|token| context.accepts(token));
        if token.is_none_or(|token| self.tokens.expired(token, context.now)) {
            return Err(ErrorResponse::new(401, "The customer must authenticate more strongly"));
        }
        if request.headers.get("correlation-id").is_some_and(|id| {
            id.len() > MAX_CORRELATION_ID_CHARS || !id.as_bytes().iter().all(u8::is_ascii_graphic)
        }) {
            return Err(ErrorResponse::invalid("Correlation-Id"));
        }
        match operation {
            "get_challenge_methods_v2" => return Ok(self.methods()),
            "create_challenge_v2" => return self.create(request, context),
            _ => {}
        }
        let found = Uuid::parse_str(id).ok().filter(|uuid| self.challenges.get(uuid).is_some());
        let id = found.ok_or_else(|| ErrorResponse::new(114, "No transaction has this id"))?;
        match operation {
            "verify_challenge_v2" => self.verify(id, request, context),
            "switch_method_v2" => self.switch(id, request, context),
            _ if self.challenges.get(&id).is_some_and(|challenge| challenge.method == "PUSHTAN") => {
                Err(ErrorResponse::new(
                    132,
                    "The sandbox has no app in which a pushTAN challenge could be confirmed",
                ))
            }
            _ => Err(ErrorResponse::new(138, "This is not a pushTAN challenge: answer it with PATCH")),
        }
    }

    fn methods(&self) -> Response {
        let methods = self.methods.iter().map(|(method, status)| {
            let metadata = match *method {
                "MTAN" => json!({ "mobilePhoneNumber": MASKED_PHONE }),
                _ => json!({ "activeDevicesCount": 1 }),
            };
            json!({ "method": method, "status": status, "metadata": metadata })
        });
        Response::json(200, &json!({ "methods": methods.collect::<Vec<_>>() }))
    }

    fn create(&mut self, request: &Request, context: &mut Context<'_>) -> Result<Response, ErrorResponse> {
        let challenge_request = challenge_request::read(request.json.as_ref())?;
        let method = self.active(challenge_request.method)?;
        let challenge = Challenge {
            method,
            subject: challenge_request.subject,
            english: challenge_request.english,
            code: String::new(),
            attempts_left: MAX_ATTEMPTS,
            used: false,
            expires: context.now.plus_seconds(CHALLENGE_SECONDS),
        };
        let id = self.rng.uuid();
        self.challenges.insert(id, challenge, context.now.plus_seconds(CHALLENGE_SECONDS), context.now);
        // Stored above without a code, because `send_code` finds the challenge by its id.
        let body = self.send_code(id, method, context);
        let base = Provider::DeutscheBank.base_path();
        Ok(Response::json(201, &body).with("location", format!("{base}/single/{id}")))
    }

    fn active(&self, method: &str) -> Result<&'static str, ErrorResponse> {
        match self.methods.iter().find(|(known, _)| *known == method) {
            Some((method, status)) if status == "ACTIVE" => Ok(method),
            Some(_) => Err(ErrorResponse::new(111, "This method is not active")),
            None => Err(ErrorResponse::invalid("method")),
        }
    }

    /// Sends the customer a new code by this method, and returns the challenge for the response body.
    fn send_code(&mut self, id: Uuid, method: &'static str, context: &mut Context<'_>) -> Value {
        let code = self.rng.digits(CODE_LENGTH);
        // Drawn before the challenge is borrowed: both belong to `self`.
        let image = (method == "PHOTOTAN").then(|| phototan_image::png(&self.rng.bytes()));
        let Some(challenge) = self.challenges.get_mut(&id) else { return Value::Null };
        challenge.method = method;
        challenge.code.clone_from(&code);
        let (channel, details) = match (method, &image) {
            ("MTAN", _) => ("sms", json!({ "mobilePhoneNumber": MASKED_PHONE })),
            (_, Some(image)) => ("photo", json!({ "imageBase64": data_encoding::BASE64.encode(image) })),
            _ => ("push", json!({})),
        };
        context.outbox.push(Message {
            provider: Provider::DeutscheBank,
            to: PHONE.to_owned(),
            channel,
            text: challenge.message(),
            code,
            challenge: Some(id.to_string()),
            image,
            sent: context.now.into(),
        });
        json!({ "id": id, "method": method, "challenge": details })
    }

    fn verify(
        &mut self,
        id: Uuid,
        request: &Request,
        context: &Context<'_>,
    ) -> Result<Response, ErrorResponse> {
        let response = request.json.as_ref().and_then(|body| body.get("response")).and_then(Value::as_str);
        let response = response.ok_or_else(|| ErrorResponse::invalid("response"))?;
        let Some(challenge) = self.challenges.get_mut(&id) else { return Err(ErrorResponse::invalid("id")) };
        if challenge.method == "PUSHTAN" {
            return Err(ErrorResponse::new(
                139,
                "This is a pushTAN challenge: the customer confirms it in the app",
            ));
        }
        if !challenge.is_open(context.now) {
            return Err(ErrorResponse::new(113, "The challenge is not open any more"));
        }
        if response.is_empty() {
            return Err(ErrorResponse::new(16, "The response is empty"));
        }
        if response.len() != CODE_LENGTH || !response.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(ErrorResponse::new(112, "The response must have six digits"));
        }
        if response != challenge.code {
            challenge.attempts_left -= 1;
            return Err(ErrorResponse::new(17, "The response is wrong"));
        }
        challenge.used = true;
        Ok(Response::json(200, &json!({ "otp": self.rng.token() })))
    }

    fn switch(
        &mut self,
        id: Uuid,
        request: &Request,
        context: &mut Context<'_>,
    ) -> Result<Response, ErrorResponse> {
        let method = request.json.as_ref().and_then(|body| body.get("method")).and_then(Value::as_str);
        let method = self.active(method.ok_or_else(|| ErrorResponse::invalid("method"))?)?;
        match self.challenges.get(&id) {
            Some(challenge) if !challenge.is_open(context.now) => {
                Err(ErrorResponse::new(113, "The challenge is not open any more"))
            }
            Some(challenge) if challenge.method == method => {
                Err(ErrorResponse::new(132, "The challenge already uses this method"))
            }
            _ => Ok(Response::json(200, &self.send_code(id, method, context))),
        }
    }
}
