//! Errors of settings, found before the first call.

use std::fmt;

use crate::one_line::one_line;

/// A setting that breaks a rule. Names the setting and the rule, never the value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError {
    setting: &'static str,
    rule: String,
}

impl ConfigError {
    /// `setting` is the name, `rule` what the value must be. The message is both, separated by a space.
    pub fn new(setting: &'static str, rule: impl Into<String>) -> Self {
        Self { setting, rule: one_line(&rule.into(), 512).into_owned() }
    }

    /// Which setting.
    pub fn setting(&self) -> &'static str {
        self.setting
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", self.setting, self.rule)
    }
}

impl std::error::Error for ConfigError {}
