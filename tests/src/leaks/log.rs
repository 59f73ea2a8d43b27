//! Captures everything that any crate logs, at the finest level.

use std::sync::{Mutex, PoisonError};

static LINES: Mutex<String> = Mutex::new(String::new());

struct Capture;

impl log::Log for Capture {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        let line = format!("{} {} {}\n", record.target(), record.level(), record.args());
        LINES.lock().unwrap_or_else(PoisonError::into_inner).push_str(&line);
    }

    fn flush(&self) {}
}

/// Starts to capture. Spans and events come too: they are logged where nobody subscribes to them.
pub(crate) fn capture() {
    log::set_logger(&Capture).expect("one test of a process captures");
    log::set_max_level(log::LevelFilter::Trace);
}

/// Ends the capture, and returns what was captured.
pub(crate) fn captured() -> String {
    log::set_max_level(log::LevelFilter::Off);
    std::mem::take(&mut *LINES.lock().unwrap_or_else(PoisonError::into_inner))
}
