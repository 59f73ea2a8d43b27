//! Equinix Metal: codes by SMS and recovery codes, both for the owner of the token. Challenges have no ids. Only the
//! newest code is valid.

use std::collections::HashMap;

use serde_json::json;

use super::retention_map::RetentionMap;
use super::seeded_rng::{LETTERS_AND_DIGITS, SeededRng};
use super::service::{Authentication, Service, Setting};
use super::{CodeState, CodeStatus, Context};
use crate::Provider;
use crate::clock::Time;
use crate::http::{Request, Response, Route, Target};
use crate::recording::Message;
use crate::recording::fingerprint;

// The service documents neither of the two.
const CODE_SECONDS: i64 = 300;
const MAX_ATTEMPTS: u32 = 3;
/// Bounds the memory, since callers may use any number of tokens.
const MAX_OWNERS: usize = 100_000;

#[derive(Debug)]
pub(crate) struct EquinixMetal {
    rng: SeededRng,
    /// By fingerprint of the token.
    owners: HashMap<String, Owner>,
    codes: RetentionMap<CodeKey, Code>,
}

#[derive(Debug, Default)]
struct Owner {
    newest: Option<CodeKey>,
    recovery_codes: Vec<String>,
}

/// Phone number, digits and time: what a message and its code have in common. There are no ids.
type CodeKey = (String, String, Time);

#[derive(Debug)]
struct Code {
    expires: Time,
    attempts_left: u32,
    /// How it ended before its time.
    end: Option<CodeStatus>,
}

impl Code {
    fn status(&self, now: Time) -> CodeStatus {
        self.end.unwrap_or_else(|| CodeStatus::of_open(self.attempts_left, self.expires, now))
    }
}

impl Service for EquinixMetal {
    const SLUG: &'static str = "equinix-metal";
    const BASE_PATH: &'static str = "/metal/v1";
    const TOKEN_PATH: Option<&'static str> = None;
    const AUTHENTICATION: &'static [Authentication] = &[Authentication::ApiKey("x-auth-token")];
    const ROUTES: &'static [Route] = &[
        Route { method: "POST", path: "/metal/v1/user/otp/sms/receive", operation: "receive_codes" },
        Route { method: "POST", path: "/metal/v1/user/otp/verify/{}", operation: "find_ensure_otp" },
        Route { method: "GET", path: "/metal/v1/user/otp/recovery-codes", operation: "find_recovery_codes" },
        Route { method: "POST", path: "/metal/v1/user/otp/recovery-codes", operation: "regenerate_codes" },
    ];
    const CONFIGURATION: &'static [(&'static str, Setting)] = &[("auth_token", Setting::Secret)];
    type Settings = ();

    fn new(seed: u64, (): &()) -> Self {
        Self {
            rng: SeededRng::new(seed, Provider::EquinixMetal),
            owners: HashMap::new(),
            codes: RetentionMap::new(),
        }
    }

    fn reseed(&mut self, seed: u64) {
        self.rng = SeededRng::new(seed, Provider::EquinixMetal);
    }

    fn code_state(&self, message: &Message, now: Time) -> Option<CodeState> {
        let code = self.codes.get(&(message.to.clone(), message.code.clone(), message.sent.into()))?;
        Some(CodeState {
            status: code.status(now),
            expires: code.expires,
            attempts_left: Some(code.attempts_left),
            answerable: false,
        })
    }

    fn respond(&mut self, target: &Target, request: &Request, context: &mut Context<'_>) -> Response {
        let (operation, otp) = match target {
            Target::Operation(operation, segments) => (*operation, segments.get(0)),
            Target::OtherMethod(allowed) => {
                return error(405, "This path does not support this method").with("allow", allowed);
            }
            Target::Unknown => return error(404, "There is no operation at this path"),
        };
        if context.quota.exceeded {
            return error(429, "The rate limit is exceeded")
                .with("retry-after", context.quota.seconds_to_reset);
        }
        let token = request.header("x-auth-token").unwrap_or_default();
        if !context.accepts(token) {
            return error(401, "This API key is not valid");
        }
        if !request.body.is_empty() {
            // Verify documents no 422. A body that is not even JSON is a bad request.
            let unreadable = operation == "receive_codes" && request.json.is_none();
            let status = if unreadable || operation == "find_ensure_otp" { 400 } else { 422 };
            return errors(status, &["This operation takes no body"]);
        }
        let owner = fingerprint(token);
        if self.owners.len() >= MAX_OWNERS && !self.owners.contains_key(&owner) {
            // Codes live minutes, so a full map holds hardly any that somebody still waits for.
            self.owners.clear();
        }
        match operation {
            "receive_codes" => self.send(owner, context),
            "find_ensure_otp" => self.verify(&owner, otp, context.now),
            "find_recovery_codes" => self.recovery_codes(owner, false),
            _ => self.recovery_codes(owner, true),
        }
    }
}

impl EquinixMetal {
    fn send(&mut self, owner: String, context: &mut Context<'_>) -> Response {
        let code = self.rng.digits(6);
        let phone = phone_of(&owner);
        context.outbox.push(Message {
            provider: Provider::EquinixMetal,
            to: phone.clone(),
            channel: "sms",
            text: format!("{code} is your Equinix Metal code"),
            code: code.clone(),
            challenge: None,
            image: None,
            sent: context.now.into(),
        });
        let key = (phone, code, context.now);
        let expires = context.now.plus_seconds(CODE_SECONDS);
        let code = Code { expires, attempts_left: MAX_ATTEMPTS, end: None };
        self.codes.insert(key.clone(), code, expires, context.now);
        // Replaces the owner's older code, and with it the attempts that were used.
        let older = self.owners.entry(owner).or_default().newest.replace(key);
        if let Some(code) = older.and_then(|older| self.codes.get_mut(&older))
            && code.status(context.now) == CodeStatus::Pending
        {
            code.end = Some(CodeStatus::Replaced);
        }
        Response::empty(204)
    }

    fn verify(&mut self, owner: &str, otp: &str, now: Time) -> Response {
        let rejected = || errors(400, &["This code is wrong, expired or was used before"]);
        let newest = self.owners.get(owner).and_then(|owner| owner.newest.as_ref());
        let Some((key, code)) = newest.and_then(|key| Some((key, self.codes.get_mut(key)?))) else {
            return rejected();
        };
        if code.status(now) != CodeStatus::Pending {
            return rejected();
        }
        if key.1 != otp {
            code.attempts_left -= 1;
            return rejected();
        }
        code.end = Some(CodeStatus::Verified);
        Response::empty(204)
    }

    fn recovery_codes(&mut self, owner: String, renew: bool) -> Response {
        let owner = self.owners.entry(owner).or_default();
        if renew || owner.recovery_codes.is_empty() {
            let mut half = || self.rng.string(LETTERS_AND_DIGITS, 5);
            owner.recovery_codes = (0..10).map(|_| format!("{}-{}", half(), half())).collect();
        }
        let href = "/metal/v1/user/otp/recovery-codes";
        Response::json(200, &json!({ "href": href, "recovery_codes": owner.recovery_codes }))
    }
}

/// The owner's phone number: fictitious, and always the same for the same token.
fn phone_of(owner: &str) -> String {
    let sum = owner.bytes().fold(0_u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(u32::from(byte)));
    format!("+1202555{:04}", sum % 10_000)
}

fn error(status: u16, message: &str) -> Response {
    Response::json(status, &json!({ "error": message }))
}

fn errors(status: u16, messages: &[&str]) -> Response {
    Response::json(status, &json!({ "errors": messages }))
}
