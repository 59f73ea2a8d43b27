//! Ctrl-C: ends what is running, and says what may have happened by then.

use crate::command_error::CommandError;

/// Runs something until it ends or Ctrl-C is pressed. `state` is what is true in that case.
///
/// # Errors
///
/// `Interrupted` with that state.
pub(crate) async fn or_interrupted<T>(
    work: impl Future<Output = Result<T, CommandError>>,
    state: &'static str,
) -> Result<T, CommandError> {
    tokio::select! {
        // Polled first, so that Ctrl-C is caught before anything of the work is seen.
        biased;
        interrupt = tokio::signal::ctrl_c() => {
            interrupt?;
            Err(CommandError::Interrupted(state))
        }
        outcome = work => outcome,
    }
}

/// Remembers the terminal's settings and restores them when dropped. A hidden prompt that is interrupted would leave a
/// terminal that shows nothing.
#[derive(Debug)]
pub(crate) struct RestoreTerminal {
    #[cfg(unix)]
    settings: Option<rustix::termios::Termios>,
}

impl RestoreTerminal {
    #[cfg(unix)]
    pub(crate) fn later() -> Self {
        Self { settings: rustix::termios::tcgetattr(rustix::stdio::stdin()).ok() }
    }

    #[cfg(not(unix))]
    pub(crate) const fn later() -> Self {
        Self {}
    }
}

#[cfg(unix)]
impl Drop for RestoreTerminal {
    fn drop(&mut self) {
        if let Some(settings) = &self.settings {
            let now = rustix::termios::OptionalActions::Now;
            let _ = rustix::termios::tcsetattr(rustix::stdio::stdin(), now, settings);
        }
    }
}
