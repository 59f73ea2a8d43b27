//! A JSON tree that loses as little as possible.
//!
//! Each part that `serde_json` cannot represent becomes unreadable alone: a number out of range, half of a surrogate pair,
//! a nesting without end. So does the value of a key that occurs twice with different values, so that nobody can choose
//! the one that suits them. What is unreadable is not null: null says that there is nothing.

use std::collections::HashSet;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

/// As deep as `serde_json` reads by itself.
const MAX_DEPTH: usize = 100;

/// The one member of an object that stands for a number that is too large.
const DIGITS: &str = "\0digits";

/// Nothing if the text is not JSON.
pub(crate) fn parse(text: &str) -> Option<Value> {
    serde_json::from_str(text).ok().map(|raw| tree(raw, MAX_DEPTH))
}

fn tree(raw: &RawValue, depth: usize) -> Value {
    let text = raw.get();
    let Some(depth) = depth.checked_sub(1) else { return unreadable() };
    match text.as_bytes().first() {
        Some(b'{') => object(text, depth).unwrap_or_else(unreadable),
        Some(b'[') => serde_json::from_str::<Vec<&RawValue>>(text)
            .map(|items| items.into_iter().map(|item| tree(item, depth)).collect())
            .unwrap_or_else(|_| unreadable()),
        Some(b'0'..=b'9') if is_large(text) => {
            Value::Object(Map::from_iter([(DIGITS.to_owned(), text.into())]))
        }
        _ => serde_json::from_str(text).unwrap_or_else(|_| unreadable()),
    }
}

/// Of no type that a field of a response has; a struct reads it as one without any member.
fn unreadable() -> Value {
    Value::Object(Map::from_iter([("\0unreadable".to_owned(), Value::Null)]))
}

/// Whether a number has more digits than a number type holds: an id may have them.
fn is_large(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit()) && text.parse::<u64>().is_err()
}

/// The digits of a number that is too large; a string would be taken for one that the service sent.
pub(crate) fn digits(value: &Value) -> Option<&str> {
    let digits = value.get(DIGITS)?.as_str()?;
    is_large(digits).then_some(digits)
}

fn object(text: &str, depth: usize) -> Option<Value> {
    let Members(members) = serde_json::from_str(text).ok()?;
    let mut object = Map::new();
    let mut ambiguous = HashSet::new();
    for (key, raw) in members {
        let value = tree(raw, depth);
        if object.get(&key).is_some_and(|other| *other != value) {
            ambiguous.insert(key);
        } else {
            object.insert(key, value);
        }
    }
    for key in ambiguous {
        object.insert(key, unreadable());
    }
    Some(Value::Object(object))
}

/// All members, those with the same key among them.
struct Members<'a>(Vec<(String, &'a RawValue)>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;

        impl<'de> Visitor<'de> for Object {
            type Value = Members<'de>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Members<'de>, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = object.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }

        deserializer.deserialize_map(Object)
    }
}
