//! One file per subcommand.

pub(crate) mod cancel;
pub(crate) mod check;
pub(crate) mod config;
pub(crate) mod create;
pub(crate) mod providers;
pub(crate) mod sandbox;
pub(crate) mod status;
pub(crate) mod try_it;
pub(crate) mod verify;
pub(crate) mod wait;

use std::time::Duration;

use crate::command_error::CommandError;
use crate::interrupt::or_interrupted;

/// Runs an operation with a spinner on a terminal. `state` is what is true if Ctrl-C ends it.
async fn with_spinner<T>(
    message: &'static str,
    state: &'static str,
    operation: impl Future<Output = otp_facade::Result<T>>,
) -> Result<T, CommandError> {
    // It draws on a terminal only.
    let spinner = indicatif::ProgressBar::new_spinner().with_message(message);
    spinner.enable_steady_tick(Duration::from_millis(100));
    let outcome = or_interrupted(async { Ok(operation.await?) }, state).await;
    spinner.finish_and_clear();
    outcome
}
