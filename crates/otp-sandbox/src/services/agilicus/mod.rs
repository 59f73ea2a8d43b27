//! Agilicus: challenges, one-time-use actions, and enrollment of authenticator apps and WebAuthn devices.

mod challenge;
mod challenges;
mod enrollments;
mod totp;
mod validation;

use serde_json::{Value, json};

use self::challenges::Challenges;
use self::enrollments::{Totp, WebAuthn};
use super::service::{Authentication, Service, Setting};
use super::{CodeState, Context, Outcome};
use crate::Provider;
use crate::clock::Time;
use crate::http::{Fields, Request, Response, Route, Target, bearer};
use crate::recording::Message;
use crate::services::seeded_rng::SeededRng;

/// The operations that are declared without security. Anyone who knows a challenge's id may call them.
const OPEN: [&str; 4] = ["get_challenge", "replace_challenge", "delete_challenge", "get_answer"];

#[derive(Debug)]
pub(crate) struct Agilicus {
    rng: SeededRng,
    challenges: Challenges,
    totp: Totp,
    web_authn: WebAuthn,
}

impl Service for Agilicus {
    const SLUG: &'static str = "agilicus";
    const BASE_PATH: &'static str = "";
    const TOKEN_PATH: Option<&'static str> = None;
    const AUTHENTICATION: &'static [Authentication] = &[Authentication::Bearer];
    const ROUTES: &'static [Route] = &[
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
        Route {
            method: "POST",
            path: "/v1/challenge_enrollment/totp/{}",
            operation: "update_totp_enrollment",
        },
        Route {
            method: "DELETE",
            path: "/v1/challenge_enrollment/totp/{}",
            operation: "delete_totp_enrollment",
        },
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
    const CONFIGURATION: &'static [(&'static str, Setting)] = &[("bearer", Setting::Secret)];
    type Settings = ();

    fn new(seed: u64, (): &()) -> Self {
        Self {
            rng: SeededRng::new(seed, Provider::Agilicus),
            challenges: Challenges::new(),
            totp: Totp::default(),
            web_authn: WebAuthn::default(),
        }
    }

    fn reseed(&mut self, seed: u64) {
        self.rng = SeededRng::new(seed, Provider::Agilicus);
    }

    fn code_state(&self, message: &Message, now: Time) -> Option<CodeState> {
        let id = message.challenge.as_deref()?;
        let known = self.challenges.code_state(id, message, now);
        // What an authenticator app shows for its enrollment belongs to no challenge.
        known.or_else(|| if self.totp.has_enrollment(id) { None } else { Some(CodeState::deleted(now)) })
    }

    fn respond(&mut self, target: &Target, request: &Request, context: &mut Context<'_>) -> Response {
        self.dispatch(target, request, context)
            .unwrap_or_else(|error| error.into_response(context.quota.seconds_to_reset))
    }
}

impl Agilicus {
    pub(crate) fn settle(&mut self, challenge: &str, outcome: Outcome, now: Time) -> bool {
        self.challenges.settle(challenge, outcome, now)
    }

    fn dispatch(
        &mut self,
        target: &Target,
        request: &Request,
        context: &mut Context<'_>,
    ) -> Result<Response, ErrorResponse> {
        let (operation, id) = match target {
            Target::Operation(operation, segments) => (*operation, segments.get(0)),
            Target::OtherMethod(allowed) => return Err(ErrorResponse::MethodNotAllowed(allowed.clone())),
            Target::Unknown => return Err(ErrorResponse::UnknownPath),
        };
        if context.quota.exceeded {
            return Err(ErrorResponse::TooManyRequests);
        }
        if !OPEN.contains(&operation) && !bearer(request).is_some_and(|token| context.accepts(token)) {
            return Err(ErrorResponse::Unauthorized);
        }
        let Self { rng, challenges, totp, web_authn } = self;
        match operation {
            "create_challenge" => challenges.create(request, rng, totp, context),
            "create_one_time_use_action" => challenges.create_action(request, rng, context),
            "get_challenge" => challenges.read(id, context.now),
            "replace_challenge" => challenges.replace(id, request, rng, totp, context),
            "delete_challenge" => challenges.delete(id),
            "get_answer" => challenges.answer(id, request, rng, context.now),
            "list_totp_enrollment" => totp.list(request),
            "create_totp_enrollment" => totp.create(request, rng, context),
            "get_totp_enrollment" => totp.read(id, request),
            "update_totp_enrollment" => totp.update(id, request, context.now),
            "delete_totp_enrollment" => totp.delete(id, request),
            "list_webauthn_enrollments" => web_authn.list(request),
            "create_webauthn_enrollment" => web_authn.create(request, rng, context.now),
            "get_webauthn_enrollment" => web_authn.read(id, request),
            "update_webauthn_enrollment" => web_authn.update(id, request, context.now),
            _ => web_authn.delete(id, request),
        }
    }
}

/// An error response of the service.
#[derive(Debug)]
enum ErrorResponse {
    /// The request is not valid. Holds what is wrong with it.
    Invalid(String),
    /// The answer to a challenge is not accepted. The service does not report why.
    WrongAnswer,
    /// No challenge or enrollment has this id.
    NotFound,
    Unauthorized,
    TooManyRequests,
    /// The path has other methods, which are listed here.
    MethodNotAllowed(String),
    UnknownPath,
}

impl ErrorResponse {
    fn into_response(self, seconds_to_reset: i64) -> Response {
        let error = |status, code: &str, message: &str| {
            Response::json(status, &json!({ "error_code": code, "error_message": message }))
        };
        match self {
            Self::Invalid(message) => error(400, "INVALID_REQUEST", &message),
            Self::WrongAnswer => error(400, "ANSWER_REFUSED", "This answer is not accepted"),
            Self::NotFound => error(404, "NOT_FOUND", "No challenge or enrollment has this id"),
            Self::Unauthorized => error(401, "UNAUTHORIZED", "A valid token is required"),
            Self::TooManyRequests => error(429, "TOO_MANY_REQUESTS", "The rate limit is exceeded")
                .with("retry-after", seconds_to_reset),
            Self::MethodNotAllowed(allowed) => {
                error(405, "METHOD_NOT_ALLOWED", "This path does not support this method")
                    .with("allow", allowed)
            }
            Self::UnknownPath => error(404, "NOT_FOUND", "There is no operation at this path"),
        }
    }
}

impl From<String> for ErrorResponse {
    fn from(message: String) -> Self {
        Self::Invalid(message)
    }
}

fn body(request: &Request) -> Result<Fields<'_>, ErrorResponse> {
    Ok(Fields::of(request.json.as_ref(), "body")?)
}

fn metadata(id: &str, created: Time, updated: Time) -> Value {
    json!({ "id": id, "created": created.to_rfc3339(), "updated": updated.to_rfc3339() })
}

fn new_id(rng: &mut SeededRng) -> String {
    rng.string("ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789", 20)
}
