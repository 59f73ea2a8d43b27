//! Environment variables, which override keys of a file.

use std::collections::HashMap;

use ::config::{Config, ConfigError, Environment, Source as _, Value, ValueKind};

use super::error::{StackError, unreadable};
use super::secret::SecretSource;

/// Overlays the file with the variables.
pub(super) fn overlay(file: Config, environment: &HashMap<String, String>) -> Result<Config, StackError> {
    let variables = Environment::with_prefix("OTP").separator("__").source(Some(environment.clone()));
    let variables = variables.collect().map_err(|error| unreadable(&error))?;
    let mut variables: Vec<_> =
        variables.into_iter().map(|(path, value)| (key(&path), parse(value))).collect();
    // Sorted, so that a table comes before its keys and does not replace them.
    variables.sort_by(|(one, _), (other, _)| one.cmp(other));

    let mut stack = file.clone();
    for (key, value) in &variables {
        for table in tables(key, value) {
            // Merged, the table would have `env` and `file`, which is an error.
            if file.get::<SecretSource>(&table).is_ok() {
                stack = set(stack, &table, ValueKind::Nil.into()).map_err(|error| unreadable(&error))?;
            }
        }
    }
    for (key, value) in variables {
        stack =
            set(stack, &key, value).map_err(|_| StackError::new(key, "is not a key, in the environment"))?;
    }
    Ok(stack)
}

fn set(stack: Config, key: &str, value: Value) -> Result<Config, ConfigError> {
    Config::builder().add_source(stack).set_override(key, value)?.build()
}

/// The tables that a variable puts something into: the one that it belongs to, or those in its value.
fn tables(key: &str, value: &Value) -> Vec<String> {
    match &value.kind {
        ValueKind::Table(entries) => {
            entries.iter().flat_map(|(name, value)| tables(&format!("{key}.{name}"), value)).collect()
        }
        _ => key.rsplit_once('.').map(|(table, _)| table.to_owned()).into_iter().collect(),
    }
}

/// `providers.0.name`, as a variable has it, is `providers[0].name`.
fn key(path: &str) -> String {
    let mut key = String::new();
    for segment in path.split('.') {
        // At most two digits: a large index would make a list that takes all memory.
        if segment.len() <= 2 && segment.parse::<u8>().is_ok() {
            key.push_str(&format!("[{segment}]"));
        } else {
            let dot = if key.is_empty() { "" } else { "." };
            key.push_str(&format!("{dot}{segment}"));
        }
    }
    key
}

/// Parses a variable's value as JSON, or else takes it as a string.
fn parse(value: Value) -> Value {
    let ValueKind::String(text) = &value.kind else { return value };
    serde_json::from_str(text).unwrap_or(value)
}
