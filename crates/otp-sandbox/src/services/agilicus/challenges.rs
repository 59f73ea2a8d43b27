//! The operations on challenges: create, read, replace, answer, delete.

use serde_json::json;

use super::challenge::{Challenge, Expected, MAX_ATTEMPTS, Secret, State};
use super::enrollments::Totp;
use super::{ErrorResponse, Outcome, body, new_id, validation};
use crate::Provider;
use crate::clock::Time;
use crate::http::{Request, Response};
use crate::recording::Message;
use crate::services::retention_map::RetentionMap;
use crate::services::seeded_rng::SeededRng;
use crate::services::{CodeState, Context};

const ACTION_TYPE: &str = "one_time_use_action";

#[derive(Debug)]
pub(super) struct Challenges(RetentionMap<String, Challenge>);

impl Challenges {
    pub(super) fn new() -> Self {
        Self(RetentionMap::new())
    }

    pub(super) fn create(
        &mut self,
        request: &Request,
        rng: &mut SeededRng,
        totp: &mut Totp,
        context: &mut Context<'_>,
    ) -> Result<Response, ErrorResponse> {
        let wanted = validation::challenge(body(request)?)?;
        let id = new_id(rng);
        let mut challenge = Challenge::new(&wanted, request, rng, totp, context.now);
        if wanted.send_now {
            challenge.send(&id, wanted.response_uri, context);
        }
        let mut response = challenge.to_json(&id, context.now);
        for expected in &challenge.expected {
            if let ("code", Secret::Fixed(code)) = (expected.challenge_type, &expected.secret) {
                response["status"]["code"] = code.as_str().into();
            }
        }
        let expires = challenge.expires;
        self.0.insert(id, challenge, expires, context.now);
        Ok(Response::json(201, &response))
    }

    pub(super) fn create_action(
        &mut self,
        request: &Request,
        rng: &mut SeededRng,
        context: &mut Context<'_>,
    ) -> Result<Response, ErrorResponse> {
        let wanted = validation::action(body(request)?)?;
        let id = new_id(rng);
        let mut expected = Vec::new();
        let mut details = Vec::new();
        for (user, organization) in wanted.actors {
            let secret = rng.token();
            let link = |allowed| action_link(context.origin, &id, user, &secret, allowed);
            context.outbox.push(Message {
                provider: Provider::Agilicus,
                to: user.to_owned(),
                channel: "link",
                text: format!("Approve: {} Decline: {}", link(true), link(false)),
                code: secret.clone(),
                challenge: Some(id.clone()),
                image: None,
                sent: context.now.into(),
            });
            details.push(json!({
                "actor": { "user_id": user, "org_id": organization },
                "approve_uri": link(true),
                "decline_uri": link(false),
            }));
            let secret = Secret::Fixed(secret);
            expected.push(Expected { challenge_type: ACTION_TYPE, user: user.to_owned(), secret });
        }
        let spec = json!({
            "user_id": wanted.user,
            "challenge_type": ACTION_TYPE,
            "timeout_seconds": wanted.timeout_seconds,
        });
        let expires = context.now.plus_seconds(wanted.timeout_seconds);
        let challenge = Challenge {
            spec: spec.to_string(),
            answer_data: None,
            expected,
            state: State::Issued,
            attempts_left: MAX_ATTEMPTS,
            created: context.now,
            updated: context.now,
            expires,
            answered: None,
        };
        let response = json!({
            "challenge": challenge.to_json(&id, context.now),
            "one_time_use_challenge": { "spec": wanted.spec },
            "answer_details": details,
        });
        self.0.insert(id, challenge, expires, context.now);
        Ok(Response::json(201, &response))
    }

    pub(super) fn read(&self, id: &str, now: Time) -> Result<Response, ErrorResponse> {
        let challenge = self.0.get(&id.to_owned()).ok_or(ErrorResponse::NotFound)?;
        Ok(Response::json(200, &challenge.to_json(id, now)))
    }

    /// Replaces what was requested, with new codes and a new expiry. A finished challenge stays finished.
    pub(super) fn replace(
        &mut self,
        id: &str,
        request: &Request,
        rng: &mut SeededRng,
        totp: &mut Totp,
        context: &mut Context<'_>,
    ) -> Result<Response, ErrorResponse> {
        let old = self.0.get_mut(&id.to_owned()).ok_or(ErrorResponse::NotFound)?;
        let wanted = validation::challenge(body(request)?)?;
        let mut challenge = Challenge::new(&wanted, request, rng, totp, context.now);
        challenge.created = old.created;
        // As it is now: an issued challenge may have timed out without a request that noticed.
        let state = old.state(context.now);
        if !state.is_open() {
            challenge.state = state;
            challenge.answered = old.answered;
        } else if wanted.send_now {
            challenge.send(id, wanted.response_uri, context);
        }
        *old = challenge;
        Ok(Response::json(200, &old.to_json(id, context.now)))
    }

    pub(super) fn delete(&mut self, id: &str) -> Result<Response, ErrorResponse> {
        self.0.remove(&id.to_owned()).map(|_| Response::empty(204)).ok_or(ErrorResponse::NotFound)
    }

    pub(super) fn answer(
        &mut self,
        id: &str,
        request: &Request,
        rng: &mut SeededRng,
        now: Time,
    ) -> Result<Response, ErrorResponse> {
        let required = |name: &str| {
            request.query(name).ok_or_else(|| ErrorResponse::Invalid(format!("{name} is required")))
        };
        let answer = required("challenge_answer")?;
        let challenge_type = required("challenge_type")?;
        let allowed = request.flag("allowed")?;
        let allowed = allowed.ok_or_else(|| ErrorResponse::Invalid("allowed is required".to_owned()))?;
        let user = request.query("challenge_uid");
        let challenge = self.0.get_mut(&id.to_owned()).ok_or(ErrorResponse::NotFound)?;
        let answerable = match challenge.state(now) {
            State::Issued => true,
            // The creator has the code of `code`, and the app shows that of `totp`: neither needs a message.
            State::Pending => matches!(challenge_type, "code" | "totp"),
            _ => false,
        };
        if !answerable {
            return Err(ErrorResponse::WrongAnswer);
        }
        let is_accepted = |expected: &Expected| {
            expected.challenge_type == challenge_type
                && user.is_none_or(|user| user == expected.user)
                && match &expected.secret {
                    Secret::Fixed(expected) => expected == answer,
                    Secret::Totp(key) => key.accepts(answer, now),
                }
        };
        if !challenge.expected.iter().any(is_accepted) {
            challenge.attempts_left -= 1;
            if challenge.attempts_left == 0 {
                challenge.settle(State::Failed, now);
            }
            return Err(ErrorResponse::WrongAnswer);
        }
        challenge.settle(if allowed { State::Passed } else { State::Declined }, now);
        let mut spec = json!({ "answer": rng.token(), "challenge_id": id });
        if let Some(data) = &challenge.answer_data {
            spec["answer_data"] = serde_json::from_str(data).unwrap_or_default();
        }
        Ok(Response::json(200, &json!({ "spec": spec })))
    }

    /// State of a code that was sent for the challenge with this id.
    pub(super) fn code_state(&self, id: &str, message: &Message, now: Time) -> Option<CodeState> {
        self.0.get(&id.to_owned()).map(|challenge| challenge.code_state(message, now))
    }

    /// Ends an open challenge without a code. Returns false if no open challenge has this id.
    pub(super) fn settle(&mut self, id: &str, outcome: Outcome, now: Time) -> bool {
        match self.0.get_mut(&id.to_owned()) {
            Some(challenge) if challenge.state(now).is_open() => {
                challenge.settle(
                    match outcome {
                        Outcome::Approved => State::Passed,
                        Outcome::Declined => State::Declined,
                        Outcome::Undelivered => State::Failed,
                    },
                    now,
                );
                true
            }
            _ => false,
        }
    }
}

fn action_link(origin: &str, id: &str, user: &str, secret: &str, allowed: bool) -> String {
    let query = form_urlencoded::Serializer::new(String::new())
        .append_pair("challenge_answer", secret)
        .append_pair("challenge_uid", user)
        .append_pair("challenge_type", ACTION_TYPE)
        .append_pair("allowed", if allowed { "true" } else { "false" })
        .finish();
    format!("{origin}/v1/challenges/{id}/answers?{query}")
}
