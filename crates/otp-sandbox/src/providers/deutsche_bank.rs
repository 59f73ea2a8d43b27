//! Deutsche Bank: challenges by mTAN, photoTAN and pushTAN, and the token endpoint. There is one customer, to
//! whom every token belongs.

mod order;
mod refusal;
mod token;

use serde_json::{Value, json};
use uuid::Uuid;

use self::refusal::Refusal;
use self::token::TokenEndpoint;
use super::Context;
use crate::Provider;
use crate::clock::Time;
use crate::credentials::bearer;
use crate::draw::Draw;
use crate::http::{Answer, Request, Route, Target};
use crate::inbox::Message;
use crate::photo;
use crate::shelf::Shelf;

pub(crate) const ROUTES: &[Route] = &[
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
    // Belongs to another API of the bank; here it only says so (code 138).
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

const PHONE: &str = "+491512345678";
const MASKED_PHONE: &str = "+49*******678";
// Neither is documented by the bank: these are the sandbox's own.
const CHALLENGE_SECONDS: i64 = 300;
const TRIES: u32 = 3;
const CODE_LENGTH: usize = 6;
const LONGEST_CORRELATION_ID: usize = 50;

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
    draw: Draw,
    challenges: Shelf<Uuid, Challenge>,
    methods: [(&'static str, String); 3],
    tokens: TokenEndpoint,
}

#[derive(Debug)]
struct Challenge {
    method: &'static str,
    /// What is being approved, as the customer reads it.
    subject: String,
    english: bool,
    code: String,
    tries_left: u32,
    used: bool,
    expires: Time,
}

impl Challenge {
    fn is_open(&self, now: Time) -> bool {
        !self.used && self.tries_left > 0 && now < self.expires
    }
}

impl DeutscheBank {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            draw: Draw::new(seed, Provider::DeutscheBank),
            challenges: Shelf::new(),
            methods: ["MTAN", "PHOTOTAN", "PUSHTAN"].map(|method| (method, "ACTIVE".to_owned())),
            tokens: TokenEndpoint::new(),
        }
    }

    pub(crate) fn reseed(&mut self, seed: u64) {
        self.draw = Draw::new(seed, Provider::DeutscheBank);
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

    pub(crate) fn answer(&mut self, target: &Target, request: &Request, context: &mut Context<'_>) -> Answer {
        self.decide(target, request, context).unwrap_or_else(|refusal| match refusal {
            Refusal::Code(code, message) => {
                let status = if (401..600).contains(&code) { code } else { 400 };
                let message_id = self.draw.uuid();
                let body = json!({ "code": code, "message": message, "messageId": message_id });
                Answer::json(status, &body)
            }
            Refusal::Answer(answer) => answer,
        })
    }

    fn decide(
        &mut self,
        target: &Target,
        request: &Request,
        context: &mut Context<'_>,
    ) -> Result<Answer, Refusal> {
        let (operation, id) = match target {
            Target::Operation(operation, id) => (*operation, id),
            Target::OtherMethod(allowed) => {
                let body = json!({ "code": 405, "message": "This path does not know that method" });
                return Err(Refusal::Answer(Answer::json(405, &body).with("allow", allowed)));
            }
            Target::Unknown => return Err(Refusal::new(404, "There is nothing at this path")),
        };
        if context.quota.exceeded {
            let body = json!({ "code": 429, "message": "Too many calls" });
            let answer = Answer::json(429, &body).with("retry-after", context.quota.seconds_to_reset);
            return Err(Refusal::Answer(answer));
        }
        if operation == "refresh_token" {
            return Ok(self.tokens.answer(request, context, &mut self.draw));
        }
        let token = bearer(request).filter(|token| context.accepts(token));
        if token.is_none_or(|token| self.tokens.expired(token, context.now)) {
            return Err(Refusal::new(401, "A stronger authentication of the customer is needed"));
        }
        if request.headers.get("correlation-id").is_some_and(|id| {
            id.len() > LONGEST_CORRELATION_ID || !id.as_bytes().iter().all(u8::is_ascii_graphic)
        }) {
            return Err(Refusal::invalid("Correlation-Id"));
        }
        match operation {
            "get_challenge_methods_v2" => return Ok(self.methods()),
            "create_challenge_v2" => return self.create(request, context),
            _ => {}
        }
        let found = Uuid::parse_str(id).ok().filter(|uuid| self.challenges.get(uuid).is_some());
        let id = found.ok_or_else(|| Refusal::new(114, "No transaction has this id"))?;
        match operation {
            "verify_challenge_v2" => self.verify(id, request, context),
            "switch_method_v2" => self.switch(id, request, context),
            _ if self.challenges.get(&id).is_some_and(|challenge| challenge.method == "PUSHTAN") => Err(
                Refusal::new(132, "The sandbox has no app in which a pushTAN challenge could be confirmed"),
            ),
            _ => Err(Refusal::new(138, "This is no pushTAN challenge: answer it with PATCH")),
        }
    }

    fn methods(&self) -> Answer {
        let methods = self.methods.iter().map(|(method, status)| {
            let metadata = match *method {
                "MTAN" => json!({ "mobilePhoneNumber": MASKED_PHONE }),
                _ => json!({ "activeDevicesCount": 1 }),
            };
            json!({ "method": method, "status": status, "metadata": metadata })
        });
        Answer::json(200, &json!({ "methods": methods.collect::<Vec<_>>() }))
    }

    fn create(&mut self, request: &Request, context: &mut Context<'_>) -> Result<Answer, Refusal> {
        let order = order::read(request.json.as_ref())?;
        let method = self.active(order.method)?;
        let challenge = Challenge {
            method,
            subject: order.subject,
            english: order.english,
            code: String::new(),
            tries_left: TRIES,
            used: false,
            expires: context.now.plus_seconds(CHALLENGE_SECONDS),
        };
        let id = self.draw.uuid();
        self.challenges.put(id, challenge, context.now.plus_seconds(CHALLENGE_SECONDS), context.now);
        let body = self.ask(id, method, context);
        let base = Provider::DeutscheBank.base_path();
        Ok(Answer::json(201, &body).with("location", format!("{base}/single/{id}")))
    }

    fn active(&self, method: &str) -> Result<&'static str, Refusal> {
        match self.methods.iter().find(|(known, _)| *known == method) {
            Some((method, status)) if status == "ACTIVE" => Ok(method),
            Some(_) => Err(Refusal::new(111, "This method is not active")),
            None => Err(Refusal::invalid("method")),
        }
    }

    /// Draws a code and hands it to the customer by this method.
    fn ask(&mut self, id: Uuid, method: &'static str, context: &mut Context<'_>) -> Value {
        let code = self.draw.digits(CODE_LENGTH);
        let image = (method == "PHOTOTAN").then(|| photo::png(&self.draw.bytes()));
        let Some(challenge) = self.challenges.get_mut(&id) else { return Value::Null };
        challenge.method = method;
        challenge.code.clone_from(&code);
        let subject = &challenge.subject;
        let (channel, details) = match (method, &image) {
            ("MTAN", _) => ("sms", json!({ "mobilePhoneNumber": MASKED_PHONE })),
            (_, Some(image)) => ("photo", json!({ "imageBase64": data_encoding::BASE64.encode(image) })),
            _ => ("push", json!({})),
        };
        let text = if challenge.english {
            format!("{code} is your TAN: {subject}")
        } else {
            format!("{code} ist Ihre TAN: {subject}")
        };
        context.outbox.push(Message {
            provider: Provider::DeutscheBank,
            to: PHONE.to_owned(),
            channel,
            text,
            code,
            challenge: Some(id.to_string()),
            image,
        });
        json!({ "id": id, "method": method, "challenge": details })
    }

    fn verify(&mut self, id: Uuid, request: &Request, context: &Context<'_>) -> Result<Answer, Refusal> {
        let response = request.json.as_ref().and_then(|body| body.get("response")).and_then(Value::as_str);
        let response = response.ok_or_else(|| Refusal::invalid("response"))?;
        let Some(challenge) = self.challenges.get_mut(&id) else { return Err(Refusal::invalid("id")) };
        if challenge.method == "PUSHTAN" {
            return Err(Refusal::new(139, "This is a pushTAN challenge: it is confirmed in the app"));
        }
        if !challenge.is_open(context.now) {
            return Err(Refusal::new(113, "No challenge is open"));
        }
        if response.is_empty() {
            return Err(Refusal::new(16, "The response is empty"));
        }
        if response.len() != CODE_LENGTH || !response.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(Refusal::new(112, "This cannot be a response"));
        }
        if response != challenge.code {
            challenge.tries_left -= 1;
            return Err(Refusal::new(17, "The response is wrong"));
        }
        challenge.used = true;
        Ok(Answer::json(200, &json!({ "otp": self.draw.token() })))
    }

    fn switch(&mut self, id: Uuid, request: &Request, context: &mut Context<'_>) -> Result<Answer, Refusal> {
        let method = request.json.as_ref().and_then(|body| body.get("method")).and_then(Value::as_str);
        let method = self.active(method.ok_or_else(|| Refusal::invalid("method"))?)?;
        match self.challenges.get(&id) {
            Some(challenge) if !challenge.is_open(context.now) => {
                Err(Refusal::new(113, "No challenge is open"))
            }
            Some(challenge) if challenge.method == method => {
                Err(Refusal::new(132, "The challenge is by this method already"))
            }
            _ => Ok(Answer::json(200, &self.ask(id, method, context))),
        }
    }
}
