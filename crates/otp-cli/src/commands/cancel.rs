//! `otp cancel`.

use std::process::ExitCode;

use otp_facade::OtpProvider;
use serde_json::json;

use super::with_spinner;
use crate::args::ById;
use crate::command_error::CommandError;
use crate::output::Output;
use crate::target;

pub(crate) async fn run(arguments: ById, output: &Output) -> Result<ExitCode, CommandError> {
    let provider = target::build_for_several_commands(&arguments.target).await?;
    let state = "the challenge may have been cancelled";
    with_spinner("cancelling…", state, provider.cancel(&arguments.id)).await?;
    output.result("cancelled", &json!({ "id": arguments.id, "cancelled": true }))?;
    Ok(ExitCode::SUCCESS)
}
