//! Twilio Verify: verifications (start, read, cancel, approve) and their checks.

mod new_verification;
mod verification;

use std::collections::HashMap;

use serde_json::json;

use self::new_verification::NewVerification;
use self::verification::{End, Verification};
use super::retention_map::RetentionMap;
use super::seeded_rng::SeededRng;
use super::service::{Authentication, Service, Setting};
use super::{CodeState, Context};
use crate::Provider;
use crate::clock::Time;
use crate::http::{Fields, Request, Response, Route, Target};
use crate::recording::Message;

const HEX_DIGITS: &str = "0123456789abcdef";
const CODE_LENGTH: usize = 6;
const LIFETIME_SECONDS: i64 = 600;
const MAX_MESSAGES: usize = 5;
/// How many verifications of one address can be started within [`LIFETIME_SECONDS`].
const MAX_STARTS: usize = 5;
/// How many calls with one value of one of the service's rate limits there are within a minute.
const MAX_CALLS_PER_KEY: usize = 5;
const KEY_SECONDS: i64 = 60;
/// Bounds the memory of the counters.
const MAX_COUNTERS: usize = 100_000;

/// What is fixed before the start.
#[derive(Clone, Debug, Default)]
pub(crate) struct Settings {
    /// Whether the services have PSD2 enabled.
    pub(crate) psd2: bool,
}

#[derive(Debug)]
pub(crate) struct Twilio {
    rng: SeededRng,
    psd2: bool,
    verifications: RetentionMap<String, Verification>,
    /// The newest verification of an address, by what makes a create a resend of it.
    newest: HashMap<Address, String>,
    /// When the calls were that count by a name: those of an address, or of a value of a rate limit.
    calls: HashMap<String, Vec<Time>>,
}

/// What a verification is for: its service, `To`, and with PSD2 the payment.
type Address = (String, String, Option<String>, Option<String>);

impl Service for Twilio {
    const SLUG: &'static str = "twilio";
    const BASE_PATH: &'static str = "";
    const TOKEN_PATH: Option<&'static str> = None;
    const AUTHENTICATION: &'static [Authentication] =
        &[Authentication::Basic("SK00000000000000000000000000000000")];
    const ROUTES: &'static [Route] = &[
        Route { method: "POST", path: "/v2/Services/{}/Verifications", operation: "create_verification" },
        Route { method: "GET", path: "/v2/Services/{}/Verifications/{}", operation: "fetch_verification" },
        Route { method: "POST", path: "/v2/Services/{}/Verifications/{}", operation: "update_verification" },
        Route {
            method: "POST",
            path: "/v2/Services/{}/VerificationCheck",
            operation: "create_verification_check",
        },
    ];
    const CONFIGURATION: &'static [(&'static str, Setting)] = &[
        ("service_sid", Setting::Text("VA00000000000000000000000000000000")),
        ("api_key_sid", Setting::Text("SK00000000000000000000000000000000")),
        ("api_key_secret", Setting::Secret),
    ];
    type Settings = Settings;

    fn new(seed: u64, settings: &Settings) -> Self {
        Self {
            rng: SeededRng::new(seed, Provider::Twilio),
            psd2: settings.psd2,
            verifications: RetentionMap::new(),
            newest: HashMap::new(),
            calls: HashMap::new(),
        }
    }

    fn reseed(&mut self, seed: u64) {
        self.rng = SeededRng::new(seed, Provider::Twilio);
    }

    fn code_state(&self, message: &Message, now: Time) -> Option<CodeState> {
        Some(self.verifications.get(message.challenge.as_ref()?)?.code_state(now))
    }

    fn respond(&mut self, target: &Target, request: &Request, context: &mut Context<'_>) -> Response {
        let response = self.dispatch(target, request, context).unwrap_or_else(|response| response);
        let request_id = format!("RQ{}", self.rng.string(HEX_DIGITS, 32));
        response.with("twilio-request-id", request_id).with("twilio-concurrent-requests", 1)
    }
}

impl Twilio {
    fn dispatch(
        &mut self,
        target: &Target,
        request: &Request,
        context: &mut Context<'_>,
    ) -> Result<Response, Response> {
        let (operation, segments) = match target {
            Target::Operation(operation, segments) => (*operation, segments),
            Target::OtherMethod(allowed) => {
                return Err(
                    error(405, 20004, "This path does not support this method").with("allow", allowed)
                );
            }
            Target::Unknown => return Err(error(404, 20404, "There is nothing at this path")),
        };
        if !context.accepts_basic(request) {
            return Err(error(401, 20003, "This credential is not valid"));
        }
        if context.quota.exceeded {
            let response = error(429, 20429, "There are too many calls");
            return Err(match operation {
                "create_verification" => limits(response, context.quota.seconds_to_reset, "calls"),
                _ => response,
            });
        }
        let service = segments.get(0);
        if !is_sid("VA", service) {
            return Err(error(404, 20404, "There is no such service"));
        }
        let form = Fields::of_form(request);
        match operation {
            "create_verification" => self.create(service, form, context),
            "create_verification_check" => self.check(service, form, context.now),
            "update_verification" => self.update(service, segments.get(1), form, context),
            _ => {
                let (sid, verification) = self.pending(service, segments.get(1), context.now)?;
                Ok(Response::json(200, &verification.to_json(&sid, context.origin)))
            }
        }
    }

    fn create(
        &mut self,
        service: &str,
        form: Fields<'_>,
        context: &mut Context<'_>,
    ) -> Result<Response, Response> {
        let new = NewVerification::read(form, self.psd2)?;
        for (limit, value) in &new.rate_limits {
            let counter = format!("key {service} {limit} {value}");
            if !self.count(counter, MAX_CALLS_PER_KEY, KEY_SECONDS, context.now) {
                let response = error(429, 20429, "A rate limit of the service is reached");
                return Err(limits(response, KEY_SECONDS, limit));
            }
        }
        let of_payment = |text: &Option<String>| text.clone().filter(|_| self.psd2);
        let address = (service.to_owned(), new.to.clone(), of_payment(&new.amount), of_payment(&new.payee));
        let known = self.newest.get(&address).cloned();
        let resent = known.filter(|sid| {
            self.verifications.get(sid).is_some_and(|verification| verification.is_open(context.now))
        });
        let sid = match resent {
            Some(sid) => sid,
            None => self.start(address, &new, context.now)?,
        };
        let attempt_sid = format!("VL{}", self.rng.string(HEX_DIGITS, 32));
        let verification =
            self.verifications.get_mut(&sid).ok_or_else(|| error(500, 20500, "The verification is gone"))?;
        if verification.messages.len() >= MAX_MESSAGES {
            let response = error(429, 60203, "Five messages were sent for this verification");
            return Err(limits(response, LIFETIME_SECONDS, "messages"));
        }
        verification.channel = new.channel;
        verification.messages.push((context.now, new.channel, attempt_sid));
        let brand = new.brand.as_deref().unwrap_or("Sandbox");
        context.outbox.push(Message {
            provider: Provider::Twilio,
            to: new.to.clone(),
            channel: new.channel,
            text: verification.text(brand),
            code: verification.code.clone(),
            challenge: Some(sid.clone()),
            image: None,
            sent: context.now.into(),
        });
        Ok(limits(Response::json(201, &verification.to_json(&sid, context.origin)), 0, "none"))
    }

    /// Starts a verification of its own.
    fn start(&mut self, address: Address, new: &NewVerification, now: Time) -> Result<String, Response> {
        let counter = format!("starts {} {}", address.0, address.1);
        if !self.count(counter, MAX_STARTS, LIFETIME_SECONDS, now) {
            let response = error(429, 60212, "There are too many verifications of this address");
            return Err(limits(response, LIFETIME_SECONDS, "verifications"));
        }
        let sid = format!("VE{}", self.rng.string(HEX_DIGITS, 32));
        let code = new.code.clone().unwrap_or_else(|| self.rng.digits(CODE_LENGTH));
        let expires = now.plus_seconds(LIFETIME_SECONDS);
        let verification = Verification {
            service: address.0.clone(),
            to: new.to.clone(),
            channel: new.channel,
            code,
            amount: new.amount.clone(),
            payee: new.payee.clone(),
            messages: Vec::new(),
            attempts: 0,
            created: now,
            updated: now,
            expires,
            end: None,
        };
        self.verifications.insert(sid.clone(), verification, expires, now);
        if self.newest.len() >= MAX_COUNTERS {
            self.newest.clear();
        }
        self.newest.insert(address, sid.clone());
        Ok(sid)
    }

    fn check(&mut self, service: &str, form: Fields<'_>, now: Time) -> Result<Response, Response> {
        let invalid = |message: String| error(400, 60200, &message);
        let [code, to, sid] =
            ["Code", "To", "VerificationSid"].map(|name| form.string(name).map_err(invalid));
        let (code, to, sid) = (code?, to?, sid?);
        let Some(named) = sid.or(to) else {
            return Err(error(400, 60221, "VerificationSid or To is required"));
        };
        let code = code.filter(|code| (4..=10).contains(&code.chars().count()));
        let code = code.ok_or_else(|| error(400, 60200, "Code must have 4 to 10 characters"))?;
        if sid.is_some_and(|sid| !is_sid("VE", sid)) {
            return Err(error(400, 60200, "VerificationSid is malformed"));
        }
        let payment = |name| form.string(name).map_err(invalid);
        let (amount, payee) = (payment("Amount")?, payment("Payee")?);
        if self.psd2 && (amount.is_none() || payee.is_none()) {
            return Err(error(400, 60206, "Amount and Payee are required"));
        }
        let psd2 = self.psd2;
        let (sid, verification) = self.open(service, named, now)?;
        if verification.has_no_attempts() {
            return Err(error(429, 60202, "Five checks were made"));
        }
        let is_same = |sent: Option<&str>, kept: &Option<String>| !psd2 || sent == kept.as_deref();
        let is_paid = is_same(amount, &verification.amount) && is_same(payee, &verification.payee);
        verification.check(is_paid && code == verification.code, now);
        // Both are documented.
        let status = if named == sid { 201 } else { 200 };
        Ok(Response::json(status, &verification.check_json(&sid)))
    }

    fn update(
        &mut self,
        service: &str,
        named: &str,
        form: Fields<'_>,
        context: &Context<'_>,
    ) -> Result<Response, Response> {
        let end = match form.string("Status") {
            Ok(Some("canceled")) => End::Canceled,
            Ok(Some("approved")) => End::Approved,
            _ => return Err(error(400, 60200, "Status must be canceled or approved")),
        };
        let (sid, verification) = self.pending(service, named, context.now)?;
        verification.end = Some(end);
        verification.updated = context.now;
        Ok(Response::json(200, &verification.to_json(&sid, context.origin)))
    }

    /// The verification that is neither over nor expired, by its SID or its address. Its attempts may be used up.
    fn open(
        &mut self,
        service: &str,
        named: &str,
        now: Time,
    ) -> Result<(String, &mut Verification), Response> {
        let not_found = || error(404, 20404, "There is no such verification");
        let by_address = || {
            let mut open = self.newest.iter().filter(|((of, to, ..), _)| of == service && to == named);
            open.next().map(|(_, sid)| sid.clone())
        };
        let sid = if is_sid("VE", named) { Some(named.to_owned()) } else { by_address() };
        let sid = sid.ok_or_else(not_found)?;
        let found = self.verifications.get_mut(&sid);
        let found = found.filter(|found| found.service == service && found.is_open(now));
        found.map(|verification| (sid, verification)).ok_or_else(not_found)
    }

    /// The verification that is pending: one without attempts left is gone, too.
    fn pending(
        &mut self,
        service: &str,
        named: &str,
        now: Time,
    ) -> Result<(String, &mut Verification), Response> {
        let (sid, verification) = self.open(service, named, now)?;
        if verification.has_no_attempts() {
            return Err(error(404, 20404, "There is no such verification"));
        }
        Ok((sid, verification))
    }

    /// Counts a call, unless there were `max` within the last `seconds`.
    fn count(&mut self, counter: String, max: usize, seconds: i64, now: Time) -> bool {
        if self.calls.len() >= MAX_COUNTERS {
            self.calls.clear();
        }
        let calls = self.calls.entry(counter).or_default();
        calls.retain(|call| call.plus_seconds(seconds) > now);
        let has_room = calls.len() < max;
        if has_room {
            calls.push(now);
        }
        has_room
    }
}

/// The headers that are documented for a create only: with its success, too.
fn limits(response: Response, seconds: i64, limit: &str) -> Response {
    response.with("retry-after", seconds).with("twilio-reached-rate-limit", limit)
}

fn is_sid(prefix: &str, text: &str) -> bool {
    let digits = text.strip_prefix(prefix);
    digits.is_some_and(|digits| digits.len() == 32 && digits.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

fn error(status: u16, code: u32, message: &str) -> Response {
    let more_info = format!("https://www.twilio.com/docs/errors/{code}");
    Response::json(
        status,
        &json!({ "code": code, "message": message, "more_info": more_info, "status": status }),
    )
}
