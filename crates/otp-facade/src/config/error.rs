//! The error of a configuration.

use std::fmt;

use otp_transport::{ConfigError, one_line};

/// Error of a configuration that cannot be read or built. It says which key breaks which rule, and never contains a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StackError {
    key: String,
    rule: String,
}

impl StackError {
    /// `key` is the path of the key from the root, and empty for the whole.
    pub(super) fn new(key: impl Into<String>, rule: impl Into<String>) -> Self {
        let line = |text: String| one_line(&text, 512).into_owned();
        Self { key: line(key.into()), rule: line(rule.into()) }
    }

    /// What is wrong with a setting, by the key that it has in this table: the same, but for those that are `renamed`.
    pub(super) fn of_setting(table: &str, error: &ConfigError, renamed: &[(&str, &str)]) -> Self {
        let setting = error.setting();
        let key = renamed.iter().find(|(name, _)| *name == setting).map_or(setting, |(_, key)| key);
        let text = error.to_string();
        let rule = text.strip_prefix(setting).unwrap_or(&text).trim_start();
        Self::new(key, rule).under(table)
    }

    /// The same, in a table.
    pub(super) fn under(self, table: &str) -> Self {
        let dot = if table.is_empty() || self.key.is_empty() { "" } else { "." };
        Self { key: format!("{table}{dot}{}", self.key), rule: self.rule }
    }

    /// Path of the key, such as `providers[1].api_key`; empty if the text as a whole cannot be read.
    pub fn key(&self) -> &str {
        &self.key
    }
}

impl fmt::Display for StackError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.key.is_empty() {
            write!(formatter, "{}: ", self.key)?;
        }
        formatter.write_str(&self.rule)
    }
}

impl std::error::Error for StackError {}

/// Builds an error for a text that cannot be parsed. It does not quote the text, which may contain a secret.
pub(super) fn unreadable(error: &::config::ConfigError) -> StackError {
    let ::config::ConfigError::FileParse { cause, .. } = error else {
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
