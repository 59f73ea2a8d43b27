//! One challenge, and what answers it.

use serde_json::{Map, Value, json};

use super::checks::ChallengeOrder;
use super::enrollments::Totp;
use super::metadata;
use crate::Provider;
use crate::clock::Time;
use crate::draw::{Draw, LETTERS_AND_DIGITS};
use crate::http::Request;
use crate::inbox::Message;
use crate::providers::Context;
use crate::totp::Key;

/// Not documented by the service: this is the sandbox's own.
pub(super) const TRIES: u32 = 3;

#[derive(Debug)]
pub(super) struct Challenge {
    /// As JSON text, which takes a fraction of the memory of a tree.
    pub(super) spec: String,
    pub(super) answer_data: Option<String>,
    pub(super) expected: Vec<Expected>,
    pub(super) state: State,
    pub(super) tries_left: u32,
    pub(super) created: Time,
    pub(super) updated: Time,
    pub(super) expires: Time,
    pub(super) answered: Option<Time>,
}

/// One answer that is accepted.
#[derive(Debug)]
pub(super) struct Expected {
    pub(super) challenge_type: &'static str,
    pub(super) user: String,
    pub(super) secret: Secret,
}

#[derive(Debug)]
pub(super) enum Secret {
    Text(String),
    /// The code changes with time.
    App(Key),
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
    pub(super) const fn text(self) -> &'static str {
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
    /// As ordered, and not sent yet.
    pub(super) fn new(
        order: &ChallengeOrder<'_>,
        request: &Request,
        draw: &mut Draw,
        totp: &mut Totp,
        now: Time,
    ) -> Self {
        let mut spec = request.json.as_ref().and_then(|body| body.get("spec")).cloned().unwrap_or_default();
        if let Some(spec) = spec.as_object_mut() {
            // Write-only.
            spec.remove("answer_data");
            spec.insert("send_now".to_owned(), order.send_now.into());
            spec.insert("timeout_seconds".to_owned(), order.timeout_seconds.into());
        }
        let expected = order.types.iter().map(|challenge_type| {
            let secret = match *challenge_type {
                "sms" => Secret::Text(draw.digits(6)),
                "code" => Secret::Text(draw.text(LETTERS_AND_DIGITS, 10)),
                "totp" => Secret::App(totp.key_of(order.user, draw)),
                _ => Secret::Text(draw.token()),
            };
            Expected { challenge_type, user: order.user.to_owned(), secret }
        });
        Self {
            spec: spec.to_string(),
            answer_data: order.answer_data.map(Value::to_string),
            expected: expected.collect(),
            state: State::Pending,
            tries_left: TRIES,
            created: now,
            updated: now,
            expires: now.plus_seconds(order.timeout_seconds),
            answered: None,
        }
    }

    /// Hands the code of each type to the user, by the way that belongs to it.
    pub(super) fn send(&mut self, id: &str, response_uri: Option<&str>, context: &mut Context<'_>) {
        self.state = State::Issued;
        for expected in &self.expected {
            let code = match &expected.secret {
                Secret::Text(text) => text.clone(),
                Secret::App(key) => key.code(context.now),
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
            });
        }
    }

    pub(super) fn state(&self, now: Time) -> State {
        if self.state.is_open() && self.expires <= now { State::TimedOut } else { self.state }
    }

    pub(super) fn to_json(&self, id: &str, now: Time) -> Value {
        let mut status = Map::new();
        status.insert("state".to_owned(), self.state(now).text().into());
        if let Some(answered) = self.answered {
            status.insert("answered_at".to_owned(), answered.text().into());
        }
        for expected in &self.expected {
            if let ("webauthn", Secret::Text(text)) = (expected.challenge_type, &expected.secret) {
                status.insert("public_challenge".to_owned(), text.as_str().into());
            }
        }
        json!({
            "metadata": metadata(id, self.created, self.updated),
            "spec": serde_json::from_str::<Value>(&self.spec).unwrap_or_default(),
            "status": status,
        })
    }

    pub(super) fn settle(&mut self, state: State, now: Time) {
        self.state = state;
        self.updated = now;
        self.answered = Some(now);
    }
}

/// The page that the caller named, with what the user needs to answer there.
fn answer_link(page: &str, id: &str, user: &str, code: &str) -> String {
    let query = form_urlencoded::Serializer::new(String::new())
        .append_pair("challenge_answer", code)
        .append_pair("challenge_uid", user)
        .append_pair("challenge_id", id)
        .finish();
    let separator = if page.contains('?') { '&' } else { '?' };
    format!("{page}{separator}{query}")
}
