//! Reads a configuration from a file and the environment.

use std::collections::HashMap;
use std::path::Path;

use ::config::{Config, ConfigError, File, FileFormat};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::StackConfig;
use super::environment;
use super::error::StackError;
use super::provider::ProviderConfig;

/// The format of a file, by its extension.
pub(super) fn format(path: &Path) -> Result<FileFormat, StackError> {
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("toml") => Ok(FileFormat::Toml),
        Some("json") => Ok(FileFormat::Json),
        _ => Err(StackError::new("", format!("{} must end with .toml or .json", path.display()))),
    }
}

/// Reads the text, overlaid with the environment variables.
pub(super) fn read(
    text: Option<(&str, FileFormat)>,
    variables: &HashMap<String, String>,
) -> Result<StackConfig, StackError> {
    let mut builder = Config::builder();
    if let Some((text, format)) = text {
        builder = builder.add_source(File::from_str(text, format));
    }
    let file = builder.build().map_err(|error| unreadable(&error))?;
    let stack = environment::overlay(file, variables)?;
    from_value(stack.try_deserialize().map_err(|error| unreadable(&error))?)
}

/// Builds an error for a text that cannot be parsed. It does not quote the text, which may contain a secret.
pub(super) fn unreadable(error: &ConfigError) -> StackError {
    let ConfigError::FileParse { cause, .. } = error else {
        return StackError::new("", "must be a table");
    };
    if let Some(error) = cause.downcast_ref::<serde_json::Error>() {
        return StackError::new("", error.to_string());
    }
    // TOML's message quotes the line between position and reason.
    let text = cause.to_string();
    let (mut lines, unquoted) = (text.lines(), "TOML parse error at ");
    match (lines.next(), lines.next_back()) {
        (Some(place), Some(reason)) if place.starts_with(unquoted) && !reason.contains('|') => {
            StackError::new("", format!("{place}: {reason}"))
        }
        _ => StackError::new("", "must be a table with numbers that can be represented"),
    }
}

fn from_value(value: Value) -> Result<StackConfig, StackError> {
    // Each provider alone first: in a tagged enum, serde loses the path of the key.
    for (index, entry) in value.get("providers").and_then(Value::as_array).into_iter().flatten().enumerate() {
        ProviderConfig::read(entry.clone()).map_err(|error| error.under(&format!("providers[{index}]")))?;
    }
    deserialize_with_path(value)
}

/// Reads a table, with the path of the key in the error.
pub(super) fn deserialize_with_path<T: DeserializeOwned>(value: Value) -> Result<T, StackError> {
    serde_path_to_error::deserialize(value).map_err(|error| {
        let path = error.path().to_string();
        let table = if path == "." { "" } else { &path };
        let message = error.into_inner().to_string();
        let missing = message.strip_prefix("missing field `").and_then(|rest| rest.strip_suffix('`'));
        match missing {
            Some(key) => StackError::new(key, "is missing").under(table),
            None => StackError::new(table, rule(&message)),
        }
    })
}

/// The rule of a message by serde, without the value that breaks it: it may be a secret at the wrong place.
fn rule(message: &str) -> String {
    let quotes = ["invalid ", "unknown variant"].iter().any(|start| message.starts_with(start));
    match message.rsplit_once(", expected ").filter(|_| quotes) {
        Some((_, "u32")) => "must be a whole number from 0 to 4294967295".to_owned(),
        Some((_, "a nonzero u32")) => "must be a whole number from 1 to 4294967295".to_owned(),
        Some((_, "a sequence")) => "must be a list".to_owned(),
        Some((_, expected)) => format!("must be {expected}"),
        None => message.to_owned(),
    }
}
