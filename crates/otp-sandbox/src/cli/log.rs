//! Prints messages and failed requests as they happen.

use std::sync::{Arc, Weak};

use anstyle::{AnsiColor, Style};
use tokio::sync::watch;

use super::printer::Printer;
use crate::recording::{Message, RecordedRequest};
use crate::sandbox::Sandbox;
use crate::state::SharedState;

const PROVIDER: Style = AnsiColor::Cyan.on_default();
const FAILED: Style = AnsiColor::Red.on_default();
const CODE: Style = Style::new().bold();

#[derive(Debug)]
pub(super) struct Log {
    state: Weak<SharedState>,
    revisions: watch::Receiver<u64>,
    /// Revision up to which requests were printed.
    printed: u64,
    /// Number of the newest message that was printed.
    message: u64,
}

impl Log {
    pub(super) fn new(sandbox: &Sandbox) -> Self {
        let state = sandbox.shared();
        Self { state: Arc::downgrade(state), revisions: state.revisions.subscribe(), printed: 0, message: 0 }
    }

    /// Prints until the sandbox is gone.
    pub(super) async fn print_to(&mut self, printer: &Printer) {
        while self.revisions.changed().await.is_ok() {
            let Some(state) = self.state.upgrade() else { return };
            self.revisions.borrow_and_update();
            for line in self.lines(&state) {
                printer.print(format!("{line}\n"));
            }
        }
    }

    fn lines(&mut self, state: &SharedState) -> Vec<String> {
        let inbox = state.inbox();
        let new = inbox.entries().filter(|entry| entry.number > self.message);
        let mut lines: Vec<String> = new.map(|entry| message_line(&entry.message)).collect();
        self.message = inbox.entries().next_back().map_or(self.message, |entry| entry.number);
        drop(inbox);
        let journal = state.journal();
        let new = journal.entries().filter(|entry| entry.revision > self.printed && entry.request.failed());
        lines.extend(new.map(|entry| failure_line(&entry.request)));
        // Under the journal's lock, which none of its changes is numbered without.
        self.printed = state.revisions.current();
        lines
    }
}

/// `smscx → +4915112345678: Your code is 0825`.
fn message_line(message: &Message) -> String {
    let text = one_line(&message.text);
    let code = one_line(&message.code);
    let text = text.replacen(code.as_str(), &format!("{CODE}{code}{CODE:#}"), usize::from(!code.is_empty()));
    format!("{PROVIDER}{}{PROVIDER:#} → {}: {text}", message.provider, one_line(&message.to))
}

/// `smscx ✗ verify_otp 400: The PIN does not match`.
fn failure_line(request: &RecordedRequest) -> String {
    let unknown = || format!("{} {}", request.method, request.path);
    let operation = request.operation.map_or_else(unknown, ToOwned::to_owned);
    let status = request.status.map_or_else(|| "no response".to_owned(), |status| status.to_string());
    let reason = request.failure_reason().unwrap_or_else(|| "no reason given".to_owned());
    format!(
        "{PROVIDER}{}{PROVIDER:#} {FAILED}✗{FAILED:#} {} {status}: {}",
        request.provider,
        one_line(&operation),
        one_line(&reason)
    )
}

/// Without what could move the cursor of a terminal or make a line look like another.
fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() || is_bidi_control(c) { ' ' } else { c }).collect()
}

fn is_bidi_control(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::one_line;

    #[test]
    fn a_message_stays_on_its_line() {
        assert_eq!(one_line("a\r\n\u{1b}[31mb\u{202e}c\u{9b}"), "a   [31mb c ");
    }
}
