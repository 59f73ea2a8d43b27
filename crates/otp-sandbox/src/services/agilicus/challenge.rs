//! A challenge: its state, its messages, and the answers that it accepts.

use serde_json::{Map, Value, json};

use super::enrollments::Totp;
use super::metadata;
use super::totp::TotpKey;
use super::validation::ChallengeRequest;
use crate::Provider;
use crate::clock::Time;
use crate::http::Request;
use crate::recording::Message;
use crate::services::seeded_rng::{LETTERS_AND_DIGITS, SeededRng};
use crate::services::{CodeState, CodeStatus, Context};

/// The service does not document this limit.
pub(super) const MAX_ATTEMPTS: u32 = 3;

#[derive(Debug)]
pub(super) struct Challenge {
    /// As a JSON string, which takes a fraction of the memory of a `Value`.
    pub(super) spec: String,
    pub(super) answer_data: Option<String>,
    pub(super) expected: Vec<Expected>,
    pub(super) state: State,
    pub(super) attempts_left: u32,
    pub(super) created: Time,
    pub(super) updated: Time,
    pub(super) expires: Time,
    pub(super) answered: Option<Time>,
}

/// An answer that is accepted.
#[derive(Debug)]
pub(super) struct Expected {
    pub(super) challenge_type: &'static str,
    pub(super) user: String,
    pub(super) secret: Secret,
}

#[derive(Debug)]
pub(super) enum Secret {
    Fixed(String),
    /// The code of an authenticator app, which changes with time.
    Totp(TotpKey),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    Pending,
    Issued,
    Passed,
    Declined,
    Failed,
    TimedOut,
}

impl State {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Issued => "issued",
            Self::Passed => "challenge_passed",
            Self::Declined => "challenge_declined",
            Self::Failed => "challenge_failed",
            Self::TimedOut => "timed_out",
        }
    }

    pub(super) const fn is_open(self) -> bool {
        matches!(self, Self::Pending | Self::Issued)
    }
}

impl Challenge {
    /// A challenge that was requested and not sent yet.
    pub(super) fn new(
        wanted: &ChallengeRequest<'_>,
        request: &Request,
        rng: &mut SeededRng,
        totp: &mut Totp,
        now: Time,
    ) -> Self {
        let mut spec = request.json.as_ref().and_then(|body| body.get("spec")).cloned().unwrap_or_default();
        if let Some(spec) = spec.as_object_mut() {
            // The service never returns it.
            spec.remove("answer_data");
            spec.insert("send_now".to_owned(), wanted.send_now.into());
            spec.insert("timeout_seconds".to_owned(), wanted.timeout_seconds.into());
        }
        let expected = wanted.types.iter().map(|challenge_type| {
            let secret = match *challenge_type {
                "sms" => Secret::Fixed(rng.digits(6)),
                "code" => Secret::Fixed(rng.string(LETTERS_AND_DIGITS, 10)),
                "totp" => Secret::Totp(totp.key_of(wanted.user, rng)),
                _ => Secret::Fixed(rng.token()),
            };
            Expected { challenge_type, user: wanted.user.to_owned(), secret }
        });
        Self {
            spec: spec.to_string(),
            answer_data: wanted.answer_data.map(Value::to_string),
            expected: expected.collect(),
            state: State::Pending,
            attempts_left: MAX_ATTEMPTS,
            created: now,
            updated: now,
            expires: now.plus_seconds(wanted.timeout_seconds),
            answered: None,
        }
    }

    /// Sends the user a message for each type of the challenge.
    pub(super) fn send(&mut self, id: &str, response_uri: Option<&str>, context: &mut Context<'_>) {
        self.state = State::Issued;
        for expected in &self.expected {
            let code = match &expected.secret {
                Secret::Fixed(code) => code.clone(),
                Secret::Totp(key) => key.code(context.now),
            };
            let channel = match expected.challenge_type {
                "sms" => "sms",
                "totp" => "app",
                "code" => "code",
                "one_time_use_action" => "link",
                _ => "push",
            };
            let link = response_uri.map(|page| format!(" {}", answer_link(page, id, &expected.user, &code)));
            context.outbox.push(Message {
                provider: Provider::Agilicus,
                to: expected.user.clone(),
                channel,
                text: format!("Your login code is {code}{}", link.unwrap_or_default()),
                code,
                challenge: Some(id.to_owned()),
                image: None,
                sent: context.now.into(),
            });
        }
    }

    pub(super) fn state(&self, now: Time) -> State {
        if self.state.is_open() && self.expires <= now { State::TimedOut } else { self.state }
    }

    pub(super) fn to_json(&self, id: &str, now: Time) -> Value {
        let mut status = Map::new();
        status.insert("state".to_owned(), self.state(now).as_str().into());
        if let Some(answered) = self.answered {
            status.insert("answered_at".to_owned(), answered.to_rfc3339().into());
        }
        for expected in &self.expected {
            if let ("webauthn", Secret::Fixed(value)) = (expected.challenge_type, &expected.secret) {
                status.insert("public_challenge".to_owned(), value.as_str().into());
            }
        }
        json!({
            "metadata": metadata(id, self.created, self.updated),
            "spec": serde_json::from_str::<Value>(&self.spec).unwrap_or_default(),
            "status": status,
        })
    }

    pub(super) fn code_state(&self, message: &Message, now: Time) -> CodeState {
        // The codes of an app change with time, and all of them stay good for the challenge.
        let is_current = self.expected.iter().any(|expected| match &expected.secret {
            Secret::Fixed(code) => *code == message.code,
            Secret::Totp(_) => message.channel == "app",
        });
        let state = self.state(now);
        CodeState {
            status: match state {
                State::Passed => CodeStatus::Verified,
                State::Declined => CodeStatus::Declined,
                State::TimedOut => CodeStatus::Expired,
                State::Failed if self.attempts_left == 0 => CodeStatus::Exhausted,
                State::Failed => CodeStatus::Failed,
                State::Pending | State::Issued if !is_current => CodeStatus::Replaced,
                State::Pending | State::Issued => CodeStatus::Pending,
            },
            expires: self.expires,
            attempts_left: Some(self.attempts_left),
            answerable: message.channel == "push" && is_current && state.is_open(),
        }
    }

    pub(super) fn settle(&mut self, state: State, now: Time) {
        self.state = state;
        self.updated = now;
        self.answered = Some(now);
    }
}

/// A link to the caller's page, with what the user needs to answer there.
fn answer_link(page: &str, id: &str, user: &str, code: &str) -> String {
    let query = form_urlencoded::Serializer::new(String::new())
        .append_pair("challenge_answer", code)
        .append_pair("challenge_uid", user)
        .append_pair("challenge_id", id)
        .finish();
    let separator = if page.contains('?') { '&' } else { '?' };
    format!("{page}{separator}{query}")
}
