//! `otp wait`.

use std::process::ExitCode;

use otp_facade::{Error, ErrorKind, Rejection, Status, wait_until_final};

use super::{status, with_spinner};
use crate::args::Wait;
use crate::command_error::CommandError;
use crate::output::Output;
use crate::target;

pub(crate) async fn run(arguments: Wait, output: &Output) -> Result<ExitCode, CommandError> {
    let provider = target::build(&arguments.by_id.target).await?;
    let waiting = wait_until_final(&*provider, &arguments.by_id.id, arguments.timeout);
    let outcome = with_spinner("waiting…", "the challenge stays open", waiting).await?;
    status::report(&arguments.by_id.id, &outcome, output);
    Ok(match outcome {
        Status::Verified => ExitCode::SUCCESS,
        // The exit code of a code that was rejected: whatever ended it, nobody was verified.
        _ => CommandError::from(Error::new(ErrorKind::Rejected(Rejection::Unspecified))).exit_code().into(),
    })
}
