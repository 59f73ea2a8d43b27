//! Writes to the standard output in a thread of its own.

use std::io::{self, Write as _};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

/// Texts that wait while nobody reads the standard output.
const MAX_WAITING: usize = 1024;

/// Prints without making the caller wait. A write blocks once the pipe is full or the terminal is stopped, and a caller
/// that waits could not be interrupted.
#[derive(Debug)]
pub(super) struct Printer(SyncSender<String>);

impl Printer {
    pub(super) fn start() -> io::Result<Self> {
        let (sender, receiver) = sync_channel(MAX_WAITING);
        // No task of tokio, because its runtime would wait for the write when it ends.
        thread::Builder::new().name("printer".to_owned()).spawn(move || write(&receiver))?;
        Ok(Self(sender))
    }

    /// Leaves the text out if too many wait.
    pub(super) fn print(&self, text: String) {
        let _ = self.0.try_send(text);
    }
}

fn write(texts: &Receiver<String>) {
    let mut out = anstream::AutoStream::auto(io::stdout());
    for text in texts {
        // The terminal may be gone.
        let _ = out.write_all(text.as_bytes());
        let _ = out.flush();
    }
}
