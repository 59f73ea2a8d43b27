//! Questions on the terminal.

use std::io::{self, BufRead, IsTerminal, Write};

use crate::command_error::CommandError;
use crate::interrupt::{RestoreTerminal, or_interrupted};

const NOTHING: &str = "nothing was sent";

pub(crate) fn is_terminal() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Whether someone types at a terminal, who can be asked if the question can be shown.
pub(crate) fn is_typed() -> bool {
    io::stdin().is_terminal()
}

/// Whether standard input has ended, such as `/dev/null`. Does not wait for what comes later.
#[cfg(unix)]
pub(crate) fn is_at_end() -> bool {
    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    if is_typed() {
        return false;
    }
    let stdin = io::stdin();
    let mut fds = [PollFd::new(&stdin, PollFlags::IN)];
    let is_readable = poll(&mut fds, Some(&Timespec::default())).is_ok_and(|ready| ready > 0);
    // What is read here stays in the buffer for the code.
    is_readable && stdin.lock().fill_buf().map_or(true, <[u8]>::is_empty)
}

#[cfg(not(unix))]
pub(crate) const fn is_at_end() -> bool {
    false
}

/// A yes, typed as such. Everything else is a no.
pub(crate) async fn confirm(question: &str) -> Result<bool, CommandError> {
    let answer = line(format!("{question} [y/N] "), NOTHING).await?;
    Ok(matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes"))
}

/// A line from the terminal after a question, or from standard input without one. `state` is what is true so far, for
/// someone who presses Ctrl-C.
pub(crate) async fn line(question: String, state: &'static str) -> Result<String, CommandError> {
    let read = move || {
        if is_terminal() {
            let mut out = io::stderr().lock();
            write!(out, "{question}")?;
            out.flush()?;
        }
        let mut line = String::new();
        io::stdin().lock().read_line(&mut line)?;
        Ok(line)
    };
    Ok(blocking(read, state).await?.trim_end_matches(['\r', '\n']).to_owned())
}

/// A secret, which the terminal does not show.
pub(crate) async fn secret(question: String) -> Result<String, CommandError> {
    let _restored = RestoreTerminal::later();
    blocking(move || rpassword::prompt_password(question), NOTHING).await
}

/// Runs something that blocks. Ctrl-C ends the wait, although it cannot end the read.
async fn blocking<T: Send + 'static>(
    read: impl FnOnce() -> io::Result<T> + Send + 'static,
    state: &'static str,
) -> Result<T, CommandError> {
    let reading = async {
        match tokio::task::spawn_blocking(read).await {
            // Ctrl-C also ends a hidden read, which may be noticed first.
            Ok(Err(error)) if error.kind() == io::ErrorKind::Interrupted => {
                Err(CommandError::Interrupted(state))
            }
            Ok(outcome) => outcome.map_err(CommandError::from),
            Err(error) => Err(CommandError::Other(error.to_string())),
        }
    };
    or_interrupted(reading, state).await
}
