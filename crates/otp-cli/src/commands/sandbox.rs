//! `otp sandbox`.

use std::process::ExitCode;

use otp_sandbox::cli::Arguments;

use crate::command_error::CommandError;

pub(crate) async fn run(arguments: Arguments) -> Result<ExitCode, CommandError> {
    otp_sandbox::cli::run(arguments).await?;
    Ok(ExitCode::SUCCESS)
}
