//! Prints results: text for people, one JSON object for scripts.

use std::io::Write;

use anstyle::{AnsiColor, Style};
use serde_json::Value;

use crate::command_error::CommandError;

pub(crate) const GOOD: Style = AnsiColor::Green.on_default();
pub(crate) const BAD: Style = AnsiColor::Red.on_default();
pub(crate) const WARNING: Style = AnsiColor::Yellow.on_default();
pub(crate) const STRONG: Style = Style::new().bold();

/// Colors only on a terminal, and not with `NO_COLOR`.
#[derive(Debug)]
pub(crate) struct Output {
    json: bool,
}

impl Output {
    pub(crate) const fn new(json: bool) -> Self {
        Self { json }
    }

    pub(crate) const fn is_json(&self) -> bool {
        self.json
    }

    /// The result of a command. Nobody may be there to read it, which is no error.
    pub(crate) fn result(&self, text: &str, json: &Value) {
        let mut out = anstream::stdout().lock();
        let _ = if self.json {
            writeln!(out, "{json}")
        } else {
            writeln!(out, "{}", text.trim_end_matches('\n'))
        };
    }

    /// A word beside the result, for people.
    #[allow(clippy::unused_self)]
    pub(crate) fn note(&self, text: &str) {
        let _ = writeln!(anstream::stderr().lock(), "{text}");
    }

    pub(crate) fn failure(&self, failure: &CommandError) {
        if self.json {
            let _ = writeln!(anstream::stdout().lock(), "{}", failure.to_json());
            return;
        }
        if matches!(failure, CommandError::Check) {
            return;
        }
        let mut out = anstream::stderr().lock();
        let _ = writeln!(out, "{BAD}error:{BAD:#} {failure}");
        let advice = failure.advice();
        if !advice.is_empty() {
            let _ = writeln!(out, "       {}", advice.trim());
        }
    }
}
