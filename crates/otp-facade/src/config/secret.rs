//! Source of a secret: an environment variable or a file.

use std::collections::HashMap;
use std::path::PathBuf;

use otp_transport::Secret;
use schemars::JsonSchema;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::error::StackError;

const RULE: &str =
    "must be { env = \"NAME\" } or { file = \"/path\" }: a configuration holds no secret itself";

/// Source of a secret: `{ env = "SMSCX_API_KEY" }` or `{ file = "/run/secrets/smscx" }`. The secret itself is an error.
///
/// It is read when the stack is built. One newline at its end is removed.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema)]
#[schemars(rename_all = "lowercase")]
pub enum SecretSource {
    /// The environment variable of this name.
    Env(String),
    /// The file at this path, in UTF-8.
    File(PathBuf),
}

impl SecretSource {
    /// Name of the environment variable, if it may be shown: if it consists of `A-Z`, `0-9` and `_`, and does not begin with a
    /// digit. Any other name may be the secret itself, at the wrong place.
    pub fn variable(&self) -> Option<&str> {
        let Self::Env(name) = self else { return None };
        let is_shown = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
        let begins_with_digit = name.starts_with(|first: char| first.is_ascii_digit());
        (name.len() <= 64 && !begins_with_digit && name.bytes().all(is_shown)).then_some(name)
    }

    /// Reads the secret. `key` is where it is asked for.
    #[cfg_attr(not(any(feature = "_client", feature = "guard")), allow(dead_code))]
    pub(super) fn read(
        &self,
        key: &str,
        environment: &HashMap<String, String>,
    ) -> Result<Secret, StackError> {
        let (place, text) = match self {
            Self::Env(name) => {
                let text = environment.get(name).cloned();
                let place = match self.variable() {
                    Some(name) => format!("the environment variable {name}"),
                    None => {
                        "the environment variable that it names (shown only if of A-Z, 0-9 and _)".to_owned()
                    }
                };
                let text = text.ok_or_else(|| StackError::new(key, format!("{place} is not set")))?;
                (place, text)
            }
            Self::File(path) => {
                let place = format!("the file {}", path.display());
                let text = std::fs::read_to_string(path)
                    .map_err(|error| StackError::new(key, format!("{place} cannot be read: {error}")))?;
                (place, text)
            }
        };
        let line = text.strip_suffix('\n').unwrap_or(&text);
        match line.strip_suffix('\r').unwrap_or(line) {
            "" => Err(StackError::new(key, format!("{place} is empty"))),
            secret => Ok(secret.into()),
        }
    }
}

impl<'de> Deserialize<'de> for SecretSource {
    /// By hand, because a derived one quotes what it does not understand: the secret.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Value::Object(table) = Value::deserialize(deserializer)? else {
            return Err(D::Error::custom(RULE));
        };
        let mut entries = table.into_iter();
        match (entries.next(), entries.next()) {
            (Some((key, Value::String(name))), None) if key == "env" => Ok(Self::Env(name)),
            (Some((key, Value::String(path))), None) if key == "file" => Ok(Self::File(path.into())),
            _ => Err(D::Error::custom(RULE)),
        }
    }
}
