//! Reads a table into its type, with the path of the key in the error.

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::error::StackError;

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
