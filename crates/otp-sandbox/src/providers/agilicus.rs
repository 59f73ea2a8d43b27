//! Agilicus: challenges, one-time-use actions, and the enrollment of authenticator apps and WebAuthn devices.

mod challenge;
mod challenges;
mod checks;
mod enrollments;

use serde_json::{Value, json};

use self::challenges::Challenges;
use self::enrollments::{Totp, WebAuthn};
use super::{Context, Outcome};
use crate::Provider;
use crate::clock::Time;
use crate::credentials::bearer;
use crate::draw::Draw;
use crate::fields::Fields;
use crate::http::{Answer, Request, Route, Target};

pub(crate) const ROUTES: &[Route] = &[
    Route { method: "POST", path: "/v1/challenges", operation: "create_challenge" },
    Route {
        method: "POST",
        path: "/v1/challenges/one_time_use_actions",
        operation: "create_one_time_use_action",
    },
    Route { method: "GET", path: "/v1/challenges/{}", operation: "get_challenge" },
    Route { method: "PUT", path: "/v1/challenges/{}", operation: "replace_challenge" },
    Route { method: "DELETE", path: "/v1/challenges/{}", operation: "delete_challenge" },
    Route { method: "GET", path: "/v1/challenges/{}/answers", operation: "get_answer" },
    Route { method: "GET", path: "/v1/challenge_enrollment/totp", operation: "list_totp_enrollment" },
    Route { method: "POST", path: "/v1/challenge_enrollment/totp", operation: "create_totp_enrollment" },
    Route { method: "GET", path: "/v1/challenge_enrollment/totp/{}", operation: "get_totp_enrollment" },
    Route { method: "POST", path: "/v1/challenge_enrollment/totp/{}", operation: "update_totp_enrollment" },
    Route { method: "DELETE", path: "/v1/challenge_enrollment/totp/{}", operation: "delete_totp_enrollment" },
    Route {
        method: "GET",
        path: "/v1/challenge_enrollment/webauthn",
        operation: "list_webauthn_enrollments",
    },
    Route {
        method: "POST",
        path: "/v1/challenge_enrollment/webauthn",
        operation: "create_webauthn_enrollment",
    },
    Route {
        method: "GET",
        path: "/v1/challenge_enrollment/webauthn/{}",
        operation: "get_webauthn_enrollment",
    },
    Route {
        method: "POST",
        path: "/v1/challenge_enrollment/webauthn/{}",
        operation: "update_webauthn_enrollment",
    },
    Route {
        method: "DELETE",
        path: "/v1/challenge_enrollment/webauthn/{}",
        operation: "delete_webauthn_enrollment",
    },
];

/// The four that are declared without security: whoever knows the id may call them.
const OPEN: [&str; 4] = ["get_challenge", "replace_challenge", "delete_challenge", "get_answer"];

#[derive(Debug)]
pub(crate) struct Agilicus {
    draw: Draw,
    challenges: Challenges,
    totp: Totp,
    web_authn: WebAuthn,
}

impl Agilicus {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            draw: Draw::new(seed, Provider::Agilicus),
            challenges: Challenges::new(),
            totp: Totp::default(),
            web_authn: WebAuthn::default(),
        }
    }

    pub(crate) fn reseed(&mut self, seed: u64) {
        self.draw = Draw::new(seed, Provider::Agilicus);
    }

    pub(crate) fn settle(&mut self, challenge: &str, outcome: Outcome, now: Time) -> bool {
        self.challenges.settle(challenge, outcome, now)
    }

    pub(crate) fn answer(&mut self, target: &Target, request: &Request, context: &mut Context<'_>) -> Answer {
        self.decide(target, request, context)
            .unwrap_or_else(|refusal| refusal.to_answer(context.quota.seconds_to_reset))
    }

    fn decide(
        &mut self,
        target: &Target,
        request: &Request,
        context: &mut Context<'_>,
    ) -> Result<Answer, Refusal> {
        let (operation, id) = match target {
            Target::Operation(operation, id) => (*operation, id.as_str()),
            Target::OtherMethod(allowed) => return Err(Refusal::Method(allowed.clone())),
            Target::Unknown => return Err(Refusal::Unknown),
        };
        if context.quota.exceeded {
            return Err(Refusal::TooMany);
        }
        if !OPEN.contains(&operation) && !bearer(request).is_some_and(|token| context.accepts(token)) {
            return Err(Refusal::Credential);
        }
        let Self { draw, challenges, totp, web_authn } = self;
        match operation {
            "create_challenge" => challenges.create(request, draw, totp, context),
            "create_one_time_use_action" => challenges.create_action(request, draw, context),
            "get_challenge" => challenges.read(id, context.now),
            "replace_challenge" => challenges.replace(id, request, draw, totp, context),
            "delete_challenge" => challenges.delete(id),
            "get_answer" => challenges.answer(id, request, draw, context.now),
            "list_totp_enrollment" => totp.list(request),
            "create_totp_enrollment" => totp.create(request, draw, context),
            "get_totp_enrollment" => totp.read(id, request),
            "update_totp_enrollment" => totp.update(id, request, context.now),
            "delete_totp_enrollment" => totp.delete(id, request),
            "list_webauthn_enrollments" => web_authn.list(request),
            "create_webauthn_enrollment" => web_authn.create(request, draw, context.now),
            "get_webauthn_enrollment" => web_authn.read(id, request),
            "update_webauthn_enrollment" => web_authn.update(id, request, context.now),
            _ => web_authn.delete(id, request),
        }
    }
}

/// Why a request is refused.
#[derive(Debug)]
enum Refusal {
    /// The request itself is not valid.
    Invalid(String),
    /// The answer to a challenge is refused; the service does not say why.
    Answer,
    /// There is no such challenge or enrollment.
    NotFound,
    Credential,
    TooMany,
    Method(String),
    Unknown,
}

impl Refusal {
    fn to_answer(&self, seconds_to_reset: i64) -> Answer {
        let error = |status, code: &str, message: &str| {
            Answer::json(status, &json!({ "error_code": code, "error_message": message }))
        };
        match self {
            Self::Invalid(message) => error(400, "INVALID_REQUEST", message),
            Self::Answer => error(400, "ANSWER_REFUSED", "This answer is not accepted"),
            Self::NotFound => error(404, "NOT_FOUND", "There is nothing with this id"),
            Self::Credential => error(401, "UNAUTHORIZED", "A valid token is needed"),
            Self::TooMany => {
                error(429, "TOO_MANY_REQUESTS", "Too many calls").with("retry-after", seconds_to_reset)
            }
            Self::Method(allowed) => {
                error(405, "METHOD_NOT_ALLOWED", "This path does not know that method").with("allow", allowed)
            }
            Self::Unknown => error(404, "NOT_FOUND", "There is nothing at this path"),
        }
    }
}

impl From<String> for Refusal {
    fn from(message: String) -> Self {
        Self::Invalid(message)
    }
}

fn body(request: &Request) -> Result<Fields<'_>, Refusal> {
    Ok(Fields::of(request.json.as_ref(), "body")?)
}

fn metadata(id: &str, created: Time, updated: Time) -> Value {
    json!({ "id": id, "created": created.text(), "updated": updated.text() })
}

fn new_id(draw: &mut Draw) -> String {
    draw.text("ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789", 20)
}
