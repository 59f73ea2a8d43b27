//! `otp status`.

use std::process::ExitCode;

use otp_facade::{ChallengeId, Error, ErrorKind, OtpProvider, Rejection, Status};
use serde_json::json;

use super::with_spinner;
use crate::args::ById;
use crate::command_error::CommandError;
use crate::output::Output;
use crate::target;

pub(crate) async fn run(arguments: ById, output: &Output) -> Result<ExitCode, CommandError> {
    let provider = target::build_for_several_commands(&arguments.target).await?;
    let status = with_spinner("asking…", "nothing was changed", provider.status(&arguments.id)).await?;
    report(&arguments.id, &status, output)?;
    Ok(ExitCode::SUCCESS)
}

/// The exit code of a challenge that has ended. Whatever ended it other than verified, nobody was verified: that is the exit
/// code of a code that was rejected.
pub(crate) fn exit_code(outcome: &Status) -> ExitCode {
    match outcome {
        Status::Verified => ExitCode::SUCCESS,
        _ => CommandError::from(Error::new(ErrorKind::Rejected(Rejection::Unspecified))).exit_code().into(),
    }
}

pub(crate) fn report(id: &ChallengeId, status: &Status, output: &Output) -> Result<(), CommandError> {
    let json = json!({ "id": id, "status": status.to_string(), "final": status.is_final() });
    output.result(&status.to_string(), &json)
}
