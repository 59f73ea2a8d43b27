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
