//! Prints results: text for people, one JSON object for scripts.

use std::io::{ErrorKind, Write};

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

    /// The result of a command. That nobody is there to read it is no error, unless a challenge's id would be lost.
    pub(crate) fn result(&self, text: &str, json: &Value) -> Result<(), CommandError> {
        let mut out = anstream::stdout().lock();
        let written = if self.json {
            writeln!(out, "{json}")
        } else {
            writeln!(out, "{}", text.trim_end_matches('\n'))
        };
        let id = json.get("id").and_then(Value::as_str);
        match (written.and_then(|()| out.flush()), id) {
            (Ok(()), _) => Ok(()),
            (Err(error), None) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
            (Err(error), id) => {
                let challenge = id.map_or_else(String::new, |id| format!("; the challenge is {id}"));
                Err(CommandError::Other(format!("standard output cannot be written: {error}{challenge}")))
            }
        }
    }

    /// A word beside the result, for people.
    #[allow(clippy::unused_self)]
    pub(crate) fn note(&self, text: &str) {
        let _ = writeln!(anstream::stderr().lock(), "{text}");
    }

    pub(crate) fn failure(&self, failure: &CommandError) {
        if self.json {
            let json = failure.to_json();
            // The failure may be that standard output cannot be written.
            if writeln!(anstream::stdout().lock(), "{json}").is_err() {
                self.note(&json.to_string());
            }
            return;
        }
        self.failure_as_text(failure);
    }

    /// A failure beside the result, after which the command may go on.
    #[allow(clippy::unused_self)]
    pub(crate) fn failure_as_text(&self, failure: &CommandError) {
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
