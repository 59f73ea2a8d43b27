//! `otp sandbox`.

use std::process::ExitCode;

use otp_sandbox::cli::Arguments;

use crate::failure::Failure;

pub(crate) async fn run(arguments: Arguments) -> Result<ExitCode, Failure> {
    otp_sandbox::cli::run(arguments).await?;
    Ok(ExitCode::SUCCESS)
}
