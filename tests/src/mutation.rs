//! Mutations of documented responses, made at random from a seed.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use serde_json::{Map, Value, json};

use crate::response::Response;

/// An endless row of responses made from a documented one. The same seed makes the same row.
pub struct Mutations {
    documented: Value,
    rng: StdRng,
}

/// A response that was made at random.
#[derive(Clone, Debug)]
pub struct Mutated {
    /// The response.
    pub response: Response,
    /// The body, where it is JSON that nobody damaged: what it says is known.
    pub value: Option<Value>,
    /// The status.
    pub status: u16,
}

impl Mutations {
    /// Responses made from this body.
    pub fn of(documented: Value, seed: u64) -> Self {
        Self { documented, rng: StdRng::seed_from_u64(seed) }
    }

    fn one_of<T: Clone>(&mut self, choices: &[T]) -> T {
        choices[self.rng.random_range(0..choices.len())].clone()
    }

    fn scalar(&mut self) -> Value {
        self.one_of(&[
            json!(null),
            json!(true),
            json!(false),
            json!(0),
            json!(1),
            json!(-1),
            json!(1.0),
            json!(0.0750),
            json!(1e300),
            json!(u64::MAX),
            json!(""),
            json!(" "),
            json!("180"),
            json!("0.0750"),
            json!("true"),
            json!("VERIFIED"),
            json!("a word\u{200b}\r\nX-Injected: 1"),
            json!([]),
            json!({}),
        ])
    }

    /// What stands in the place of a value.
    fn instead_of(&mut self, value: &Value) -> Value {
        let scalar = self.scalar();
        match self.rng.random_range(0..6) {
            0 => json!([value]),
            1 => json!({ "value": value }),
            2 if value.is_number() => json!(value.to_string()),
            2 => value.as_str().and_then(|text| text.parse::<i64>().ok()).map_or(scalar, Value::from),
            _ => scalar,
        }
    }

    /// Changes one value somewhere below, or a name beside it.
    fn change(&mut self, value: &mut Value) {
        let goes_deeper = self.rng.random_bool(0.8);
        match value {
            Value::Object(members) if goes_deeper && !members.is_empty() => {
                let names: Vec<String> = members.keys().cloned().collect();
                let name = self.one_of(&names);
                match self.rng.random_range(0..8) {
                    0 => drop(members.remove(&name)),
                    1 => self.add(members),
                    _ => self.change(&mut members[&name]),
                }
            }
            Value::Array(items) if goes_deeper && !items.is_empty() => {
                let index = self.rng.random_range(0..items.len());
                self.change(&mut items[index]);
            }
            value => *value = self.instead_of(value),
        }
    }

    fn add(&mut self, members: &mut Map<String, Value>) {
        let name =
            self.one_of(&["error", "errors", "code", "message", "error_code", "otpId", "id", "token", "x"]);
        let value = self.scalar();
        members.insert(name.to_owned(), value);
    }

    /// Cuts, repeats or overwrites bytes.
    fn damage(&mut self, body: &mut Vec<u8>) {
        if body.is_empty() {
            return;
        }
        let place = self.rng.random_range(0..body.len());
        match self.rng.random_range(0..4) {
            0 => body.truncate(place),
            1 => body[place] = self.rng.random(),
            2 => drop(body.remove(place)),
            _ => body.extend_from_within(place..),
        }
    }
}

impl Iterator for Mutations {
    type Item = Mutated;

    fn next(&mut self) -> Option<Mutated> {
        let mut value = self.documented.clone();
        for _ in 0..self.rng.random_range(0..4) {
            self.change(&mut value);
        }
        let mut body = value.to_string().into_bytes();
        let is_damaged = self.rng.random_bool(0.15);
        if is_damaged {
            self.damage(&mut body);
        }
        if self.rng.random_bool(0.1) {
            body.splice(0..0, *b"\xEF\xBB\xBF");
        }
        let status = self.one_of(&[200, 201, 202, 203, 206]);
        let media_type =
            self.one_of(&["application/json", "Application/JSON; charset=utf-8", "application/vnd.x+json"]);
        let is_compressed = self.rng.random_bool(0.1);
        let response = match is_compressed {
            true => Response::text(status, media_type, gzip(&body)).header("content-encoding", "gzip"),
            false => Response::text(status, media_type, body),
        };
        Some(Mutated { response, value: (!is_damaged).then_some(value), status })
    }
}

/// # Panics
///
/// Never: a vector takes every byte.
fn gzip(body: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(body).expect("a vector takes every byte");
    encoder.finish().expect("a vector takes every byte")
}
