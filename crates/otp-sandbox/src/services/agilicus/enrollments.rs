//! Enrollments of authenticator apps (TOTP) and WebAuthn devices.

use std::collections::{HashMap, VecDeque};

use data_encoding::BASE64URL_NOPAD;
use serde_json::{Value, json};

use super::totp::TotpKey;
use super::{ErrorResponse, body, metadata, new_id, validation};
use crate::Provider;
use crate::clock::Time;
use crate::http::{Fields, Request, Response};
use crate::recording::Message;
use crate::services::Context;
use crate::services::seeded_rng::SeededRng;

/// Older enrollments are removed.
const MAX_ENROLLMENTS: usize = 10_000;
const MAX_LIST_LENGTH: usize = 500;

/// Enrollments, oldest first.
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
        if self.0.len() >= MAX_ENROLLMENTS {
            self.0.pop_front();
        }
        self.0.push_back(Enrollment { id, user: user.to_owned(), created: now, updated: now, device });
        &self.0[self.0.len() - 1]
    }

    /// Finds an enrollment by id. If the query names a user, it must be the enrolled one.
    fn find(&mut self, id: &str, request: &Request) -> Result<&mut Enrollment<T>, ErrorResponse> {
        let wanted = request.query("user_id");
        let matches =
            |found: &&mut Enrollment<T>| found.id == id && wanted.is_none_or(|user| user == found.user);
        self.0.iter_mut().find(matches).ok_or(ErrorResponse::NotFound)
    }

    fn remove(&mut self, id: &str, request: &Request) -> Result<Enrollment<T>, ErrorResponse> {
        // Only for its checks: a borrowed entry cannot be removed.
        self.find(id, request)?;
        let index = self.0.iter().position(|enrollment| enrollment.id == id);
        index.and_then(|index| self.0.remove(index)).ok_or(ErrorResponse::NotFound)
    }

    fn list(
        &self,
        request: &Request,
        name: &str,
        to_json: fn(&Enrollment<T>) -> Value,
    ) -> Result<Response, ErrorResponse> {
        let limit = match request.query("limit") {
            None => MAX_LIST_LENGTH,
            Some(limit) => match limit.parse() {
                Ok(limit @ 1..=MAX_LIST_LENGTH) => limit,
                _ => return Err(ErrorResponse::Invalid("limit must be a number from 1 to 500".to_owned())),
            },
        };
        let wanted = request.query("user_id");
        let found = self.0.iter().filter(|enrollment| wanted.is_none_or(|user| user == enrollment.user));
        let found: Vec<Value> = found.take(limit).map(to_json).collect();
        Ok(Response::json(200, &json!({ "limit": limit, name: found })))
    }
}

/// An authenticator app.
#[derive(Debug)]
struct App {
    key: TotpKey,
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
    /// Keys of users who have not enrolled an app. Their first challenge gives them one.
    implied: HashMap<String, TotpKey>,
}

impl Totp {
    /// The key of the user's newest app.
    pub(super) fn key_of(&mut self, user: &str, rng: &mut SeededRng) -> TotpKey {
        let newest = self.enrollments.0.iter().rev().find(|enrollment| enrollment.user == user);
        if let Some(enrollment) = newest {
            return enrollment.device.key;
        }
        if self.implied.len() >= MAX_ENROLLMENTS && !self.implied.contains_key(user) {
            self.implied.clear();
        }
        *self.implied.entry(user.to_owned()).or_insert_with(|| TotpKey(rng.bytes()))
    }

    pub(super) fn has_enrollment(&self, id: &str) -> bool {
        self.enrollments.0.iter().any(|enrollment| enrollment.id == id)
    }

    pub(super) fn create(
        &mut self,
        request: &Request,
        rng: &mut SeededRng,
        context: &mut Context<'_>,
    ) -> Result<Response, ErrorResponse> {
        let user = validation::totp_enrollment(body(request)?)?;
        let key = TotpKey(rng.bytes());
        let id = new_id(rng);
        let code = key.code(context.now);
        context.outbox.push(Message {
            provider: Provider::Agilicus,
            to: user.to_owned(),
            channel: "app",
            text: format!("The app shows {code}"),
            code,
            challenge: Some(id.clone()),
            image: None,
            sent: context.now.into(),
        });
        let mut response =
            self.enrollments.add(id, user, context.now, App { key, enrolled: false }).to_json();
        response["status"]["key"] = key.to_base32().into();
        Ok(Response::json(201, &response))
    }

    pub(super) fn read(&mut self, id: &str, request: &Request) -> Result<Response, ErrorResponse> {
        Ok(Response::json(200, &self.enrollments.find(id, request)?.to_json()))
    }

    pub(super) fn update(
        &mut self,
        id: &str,
        request: &Request,
        now: Time,
    ) -> Result<Response, ErrorResponse> {
        let enrollment = self.enrollments.find(id, request)?;
        let body = body(request)?;
        let (user, answer) = (body.required_string("user_id")?, body.required_string("answer")?);
        if user != enrollment.user || !enrollment.device.key.accepts(answer, now) {
            return Err(ErrorResponse::WrongAnswer);
        }
        enrollment.device.enrolled = true;
        enrollment.updated = now;
        Ok(Response::json(200, &enrollment.to_json()))
    }

    pub(super) fn delete(&mut self, id: &str, request: &Request) -> Result<Response, ErrorResponse> {
        self.enrollments.remove(id, request).map(|_| Response::empty(204))
    }

    pub(super) fn list(&self, request: &Request) -> Result<Response, ErrorResponse> {
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
        rng: &mut SeededRng,
        now: Time,
    ) -> Result<Response, ErrorResponse> {
        let (user, spec) = validation::web_authn_enrollment(body(request)?)?;
        let challenge = BASE64URL_NOPAD.encode(&rng.bytes::<32>());
        let device = Device { spec: spec.clone(), challenge, credential: None, transports: Vec::new() };
        let id = new_id(rng);
        Ok(Response::json(201, &self.enrollments.add(id, user, now, device).to_json()))
    }

    pub(super) fn read(&mut self, id: &str, request: &Request) -> Result<Response, ErrorResponse> {
        Ok(Response::json(200, &self.enrollments.find(id, request)?.to_json()))
    }

    /// Completes the enrollment if the client data contains its challenge. The signature is not checked, because the
    /// sandbox cannot know a made-up device's key.
    pub(super) fn update(
        &mut self,
        id: &str,
        request: &Request,
        now: Time,
    ) -> Result<Response, ErrorResponse> {
        let enrollment = self.enrollments.find(id, request)?;
        let body = body(request)?;
        let user = body.required_string("user_id")?;
        let credential = body.required_string("credential_id")?;
        let client_data = body.required_string("client_data")?;
        for name in ["authenticator_data", "signature", "user_handle"] {
            body.string(name)?;
        }
        let transports = validation::transports(body)?;
        let client_data: Value = serde_json::from_str(client_data).unwrap_or_default();
        let client_data = Fields::of(Some(&client_data), "client_data")?;
        let echoed = client_data.string("challenge")?;
        let is_ours = echoed.is_none_or(|echoed| echoed == enrollment.device.challenge);
        if user != enrollment.user || credential.is_empty() || !is_ours {
            return Err(ErrorResponse::WrongAnswer);
        }
        enrollment.device.credential = Some(credential.to_owned());
        enrollment.device.transports = transports.into_iter().map(ToOwned::to_owned).collect();
        enrollment.updated = now;
        Ok(Response::json(200, &enrollment.to_json()))
    }

    pub(super) fn delete(&mut self, id: &str, request: &Request) -> Result<Response, ErrorResponse> {
        self.enrollments.remove(id, request).map(|_| Response::empty(204))
    }

    pub(super) fn list(&self, request: &Request) -> Result<Response, ErrorResponse> {
        self.enrollments.list(request, "webauthn", Enrollment::<Device>::to_json)
    }
}
