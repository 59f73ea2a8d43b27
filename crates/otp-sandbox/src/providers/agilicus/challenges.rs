//! Challenges: made, answered, replaced, deleted.

use serde_json::json;

use super::challenge::{Challenge, Expected, Secret, State, TRIES};
use super::enrollments::Totp;
use super::{Outcome, Refusal, body, checks, new_id};
use crate::Provider;
use crate::clock::Time;
use crate::draw::Draw;
use crate::http::{Answer, Request};
use crate::inbox::Message;
use crate::providers::Context;
use crate::shelf::Shelf;

const TYPE_OF_ACTION: &str = "one_time_use_action";

#[derive(Debug)]
pub(super) struct Challenges(Shelf<String, Challenge>);

impl Challenges {
    pub(super) fn new() -> Self {
        Self(Shelf::new())
    }

    pub(super) fn create(
        &mut self,
        request: &Request,
        draw: &mut Draw,
        totp: &mut Totp,
        context: &mut Context<'_>,
    ) -> Result<Answer, Refusal> {
        let order = checks::challenge(body(request)?)?;
        let id = new_id(draw);
        let mut challenge = Challenge::new(&order, request, draw, totp, context.now);
        if order.send_now {
            challenge.send(&id, order.response_uri, context);
        }
        let mut answer = challenge.to_json(&id, context.now);
        for expected in &challenge.expected {
            if let ("code", Secret::Text(code)) = (expected.challenge_type, &expected.secret) {
                answer["status"]["code"] = code.as_str().into();
            }
        }
        let expires = challenge.expires;
        self.0.put(id, challenge, expires, context.now);
        Ok(Answer::json(201, &answer))
    }

    pub(super) fn create_action(
        &mut self,
        request: &Request,
        draw: &mut Draw,
        context: &mut Context<'_>,
    ) -> Result<Answer, Refusal> {
        let order = checks::action(body(request)?)?;
        let id = new_id(draw);
        let mut expected = Vec::new();
        let mut details = Vec::new();
        for (user, organization) in order.actors {
            let secret = draw.token();
            let link = |allowed| action_link(context.origin, &id, user, &secret, allowed);
            context.outbox.push(Message {
                provider: Provider::Agilicus,
                to: user.to_owned(),
                channel: "link",
                text: format!("Approve: {} Decline: {}", link(true), link(false)),
                code: secret.clone(),
                challenge: Some(id.clone()),
                image: None,
            });
            details.push(json!({
                "actor": { "user_id": user, "org_id": organization },
                "approve_uri": link(true),
                "decline_uri": link(false),
            }));
            let secret = Secret::Text(secret);
            expected.push(Expected { challenge_type: TYPE_OF_ACTION, user: user.to_owned(), secret });
        }
        let spec = json!({
            "user_id": order.user,
            "challenge_type": TYPE_OF_ACTION,
            "timeout_seconds": order.timeout_seconds,
        });
        let expires = context.now.plus_seconds(order.timeout_seconds);
        let challenge = Challenge {
            spec: spec.to_string(),
            answer_data: None,
            expected,
            state: State::Issued,
            tries_left: TRIES,
            created: context.now,
            updated: context.now,
            expires,
            answered: None,
        };
        let answer = json!({
            "challenge": challenge.to_json(&id, context.now),
            "one_time_use_challenge": { "spec": order.spec },
            "answer_details": details,
        });
        self.0.put(id, challenge, expires, context.now);
        Ok(Answer::json(201, &answer))
    }

    pub(super) fn read(&self, id: &str, now: Time) -> Result<Answer, Refusal> {
        let challenge = self.0.get(&id.to_owned()).ok_or(Refusal::NotFound)?;
        Ok(Answer::json(200, &challenge.to_json(id, now)))
    }

    /// The new description counts from now on. A finished challenge stays finished.
    pub(super) fn replace(
        &mut self,
        id: &str,
        request: &Request,
        draw: &mut Draw,
        totp: &mut Totp,
        context: &mut Context<'_>,
    ) -> Result<Answer, Refusal> {
        let old = self.0.get_mut(&id.to_owned()).ok_or(Refusal::NotFound)?;
        let order = checks::challenge(body(request)?)?;
        let mut challenge = Challenge::new(&order, request, draw, totp, context.now);
        challenge.created = old.created;
        let state = old.state(context.now);
        if !state.is_open() {
            challenge.state = state;
            challenge.answered = old.answered;
        } else if order.send_now {
            challenge.send(id, order.response_uri, context);
        }
        *old = challenge;
        Ok(Answer::json(200, &old.to_json(id, context.now)))
    }

    pub(super) fn delete(&mut self, id: &str) -> Result<Answer, Refusal> {
        self.0.take(&id.to_owned()).map(|_| Answer::empty(204)).ok_or(Refusal::NotFound)
    }

    pub(super) fn answer(
        &mut self,
        id: &str,
        request: &Request,
        draw: &mut Draw,
        now: Time,
    ) -> Result<Answer, Refusal> {
        let needed =
            |name: &str| request.query(name).ok_or_else(|| Refusal::Invalid(format!("{name} is required")));
        let answer = needed("challenge_answer")?;
        let challenge_type = needed("challenge_type")?;
        let allowed = request.flag("allowed")?;
        let allowed = allowed.ok_or_else(|| Refusal::Invalid("allowed is required".to_owned()))?;
        let user = request.query("challenge_uid");
        let challenge = self.0.get_mut(&id.to_owned()).ok_or(Refusal::NotFound)?;
        let answerable = match challenge.state(now) {
            State::Issued => true,
            // What needs no sending can be answered before anything was sent.
            State::Pending => matches!(challenge_type, "code" | "totp"),
            _ => false,
        };
        if !answerable {
            return Err(Refusal::Answer);
        }
        let fits = |expected: &Expected| {
            expected.challenge_type == challenge_type
                && user.is_none_or(|user| user == expected.user)
                && match &expected.secret {
                    Secret::Text(text) => text == answer,
                    Secret::App(key) => key.accepts(answer, now),
                }
        };
        if !challenge.expected.iter().any(fits) {
            challenge.tries_left -= 1;
            if challenge.tries_left == 0 {
                challenge.settle(State::Failed, now);
            }
            return Err(Refusal::Answer);
        }
        challenge.settle(if allowed { State::Passed } else { State::Declined }, now);
        let mut spec = json!({ "answer": draw.token(), "challenge_id": id });
        if let Some(data) = &challenge.answer_data {
            spec["answer_data"] = serde_json::from_str(data).unwrap_or_default();
        }
        Ok(Answer::json(200, &json!({ "spec": spec })))
    }

    /// Ends an open challenge as the user's other device, or the lack of one, would.
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
        .append_pair("challenge_type", TYPE_OF_ACTION)
        .append_pair("allowed", if allowed { "true" } else { "false" })
        .finish();
    format!("{origin}/v1/challenges/{id}/answers?{query}")
}
