//! Enrollment of authenticator apps (TOTP) and WebAuthn devices.

use std::collections::{HashMap, VecDeque};

use data_encoding::BASE64URL_NOPAD;
use serde_json::{Value, json};

use super::{Refusal, body, checks, metadata, new_id};
use crate::Provider;
use crate::clock::Time;
use crate::draw::Draw;
use crate::fields::Fields;
use crate::http::{Answer, Request};
use crate::inbox::Message;
use crate::providers::Context;
use crate::totp::Key;

/// The oldest enrollments give way.
const MOST_ENROLLMENTS: usize = 10_000;
const LONGEST_LIST: usize = 500;

/// What is enrolled, oldest first.
#[derive(Debug)]
struct Enrollments<T>(VecDeque<Enrollment<T>>);

#[derive(Debug)]
struct Enrollment<T> {
    id: String,
    user: String,
    created: Time,
    updated: Time,
    device: T,
}

impl<T> Default for Enrollments<T> {
    fn default() -> Self {
        Self(VecDeque::new())
    }
}

impl<T> Enrollments<T> {
    fn add(&mut self, id: String, user: &str, now: Time, device: T) -> &Enrollment<T> {
        if self.0.len() >= MOST_ENROLLMENTS {
            self.0.pop_front();
        }
        self.0.push_back(Enrollment { id, user: user.to_owned(), created: now, updated: now, device });
        &self.0[self.0.len() - 1]
    }

    /// By id; a user in the query must be the one who enrolled.
    fn find(&mut self, id: &str, request: &Request) -> Result<&mut Enrollment<T>, Refusal> {
        let wanted = request.query("user_id");
        let fits =
            |found: &&mut Enrollment<T>| found.id == id && wanted.is_none_or(|user| user == found.user);
        self.0.iter_mut().find(fits).ok_or(Refusal::NotFound)
    }

    fn remove(&mut self, id: &str, request: &Request) -> Result<Enrollment<T>, Refusal> {
        self.find(id, request)?;
        let place = self.0.iter().position(|enrollment| enrollment.id == id);
        place.and_then(|place| self.0.remove(place)).ok_or(Refusal::NotFound)
    }

    fn list(
        &self,
        request: &Request,
        name: &str,
        to_json: fn(&Enrollment<T>) -> Value,
    ) -> Result<Answer, Refusal> {
        let limit = match request.query("limit") {
            None => LONGEST_LIST,
            Some(text) => match text.parse() {
                Ok(limit @ 1..=LONGEST_LIST) => limit,
                _ => return Err(Refusal::Invalid("limit must be a number from 1 to 500".to_owned())),
            },
        };
        let wanted = request.query("user_id");
        let found = self.0.iter().filter(|enrollment| wanted.is_none_or(|user| user == enrollment.user));
        let found: Vec<Value> = found.take(limit).map(to_json).collect();
        Ok(Answer::json(200, &json!({ "limit": limit, name: found })))
    }
}

/// An authenticator app.
#[derive(Debug)]
struct App {
    key: Key,
    enrolled: bool,
}

impl Enrollment<App> {
    fn to_json(&self) -> Value {
        json!({
            "metadata": metadata(&self.id, self.created, self.updated),
            "spec": { "user_id": self.user },
            "status": { "state": if self.device.enrolled { "success" } else { "pending" } },
        })
    }
}

#[derive(Debug, Default)]
pub(super) struct Totp {
    enrollments: Enrollments<App>,
    /// Users who are challenged without having enrolled are taken to have an app all the same.
    implied: HashMap<String, Key>,
}

impl Totp {
    /// The key of the user's newest app.
    pub(super) fn key_of(&mut self, user: &str, draw: &mut Draw) -> Key {
        let newest = self.enrollments.0.iter().rev().find(|enrollment| enrollment.user == user);
        if let Some(enrollment) = newest {
            return enrollment.device.key;
        }
        if self.implied.len() >= MOST_ENROLLMENTS && !self.implied.contains_key(user) {
            self.implied.clear();
        }
        *self.implied.entry(user.to_owned()).or_insert_with(|| Key(draw.bytes()))
    }

    pub(super) fn create(
        &mut self,
        request: &Request,
        draw: &mut Draw,
        context: &mut Context<'_>,
    ) -> Result<Answer, Refusal> {
        let user = checks::totp_enrollment(body(request)?)?;
        let key = Key(draw.bytes());
        let id = new_id(draw);
        let code = key.code(context.now);
        context.outbox.push(Message {
            provider: Provider::Agilicus,
            to: user.to_owned(),
            channel: "app",
            text: format!("The app shows {code}"),
            code,
            challenge: Some(id.clone()),
            image: None,
        });
        let mut answer = self.enrollments.add(id, user, context.now, App { key, enrolled: false }).to_json();
        answer["status"]["key"] = key.text().into();
        Ok(Answer::json(201, &answer))
    }

    pub(super) fn read(&mut self, id: &str, request: &Request) -> Result<Answer, Refusal> {
        Ok(Answer::json(200, &self.enrollments.find(id, request)?.to_json()))
    }

    pub(super) fn update(&mut self, id: &str, request: &Request, now: Time) -> Result<Answer, Refusal> {
        let enrollment = self.enrollments.find(id, request)?;
        let body = body(request)?;
        let (user, answer) = (body.required("user_id")?, body.required("answer")?);
        if user != enrollment.user || !enrollment.device.key.accepts(answer, now) {
            return Err(Refusal::Answer);
        }
        enrollment.device.enrolled = true;
        enrollment.updated = now;
        Ok(Answer::json(200, &enrollment.to_json()))
    }

    pub(super) fn delete(&mut self, id: &str, request: &Request) -> Result<Answer, Refusal> {
        self.enrollments.remove(id, request).map(|_| Answer::empty(204))
    }

    pub(super) fn list(&self, request: &Request) -> Result<Answer, Refusal> {
        self.enrollments.list(request, "totp", Enrollment::<App>::to_json)
    }
}

/// A WebAuthn device.
#[derive(Debug)]
struct Device {
    spec: Value,
    challenge: String,
    credential: Option<String>,
    transports: Vec<String>,
}

impl Enrollment<Device> {
    fn to_json(&self) -> Value {
        let mut status = json!({ "challenge": self.device.challenge });
        if let Some(credential) = &self.device.credential {
            status["credential_id"] = credential.as_str().into();
            status["transports"] = json!(self.device.transports);
        }
        json!({
            "metadata": metadata(&self.id, self.created, self.updated),
            "spec": self.device.spec,
            "status": status,
        })
    }
}

#[derive(Debug, Default)]
pub(super) struct WebAuthn {
    enrollments: Enrollments<Device>,
}

impl WebAuthn {
    pub(super) fn create(
        &mut self,
        request: &Request,
        draw: &mut Draw,
        now: Time,
    ) -> Result<Answer, Refusal> {
        let (user, spec) = checks::web_authn_enrollment(body(request)?)?;
        let challenge = BASE64URL_NOPAD.encode(&draw.bytes::<32>());
        let device = Device { spec: spec.clone(), challenge, credential: None, transports: Vec::new() };
        let id = new_id(draw);
        Ok(Answer::json(201, &self.enrollments.add(id, user, now, device).to_json()))
    }

    pub(super) fn read(&mut self, id: &str, request: &Request) -> Result<Answer, Refusal> {
        Ok(Answer::json(200, &self.enrollments.find(id, request)?.to_json()))
    }

    /// The signature is not checked: no authenticator stands behind it. The client data must be of this
    /// enrollment.
    pub(super) fn update(&mut self, id: &str, request: &Request, now: Time) -> Result<Answer, Refusal> {
        let enrollment = self.enrollments.find(id, request)?;
        let body = body(request)?;
        let user = body.required("user_id")?;
        let credential = body.required("credential_id")?;
        let client_data = body.required("client_data")?;
        for name in ["authenticator_data", "signature", "user_handle"] {
            body.text(name)?;
        }
        let transports = checks::transports(body)?;
        let client_data: Value = serde_json::from_str(client_data).unwrap_or_default();
        let client_data = Fields::of(Some(&client_data), "client_data")?;
        let echoed = client_data.text("challenge")?;
        let ours = echoed.is_none_or(|echoed| echoed == enrollment.device.challenge);
        if user != enrollment.user || credential.is_empty() || !ours {
            return Err(Refusal::Answer);
        }
        enrollment.device.credential = Some(credential.to_owned());
        enrollment.device.transports = transports.into_iter().map(ToOwned::to_owned).collect();
        enrollment.updated = now;
        Ok(Answer::json(200, &enrollment.to_json()))
    }

    pub(super) fn delete(&mut self, id: &str, request: &Request) -> Result<Answer, Refusal> {
        self.enrollments.remove(id, request).map(|_| Answer::empty(204))
    }

    pub(super) fn list(&self, request: &Request) -> Result<Answer, Refusal> {
        self.enrollments.list(request, "webauthn", Enrollment::<Device>::to_json)
    }
}
