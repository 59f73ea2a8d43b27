//! What can be wrong with a client before the first call.

use std::fmt;

use crate::one_line::one_line;

/// A client that cannot be set up. Says which setting breaks which rule, never the setting's value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError {
    setting: &'static str,
    rule: String,
}

impl ConfigError {
    /// `setting` names what is wrong, `rule` says what would be right: the text is the two with a space between.
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
