//! `otp wait`.

use std::process::ExitCode;

use otp_facade::wait_until_final;

use super::{status, with_spinner};
use crate::args::Wait;
use crate::command_error::CommandError;
use crate::output::Output;
use crate::target;

pub(crate) async fn run(arguments: Wait, output: &Output) -> Result<ExitCode, CommandError> {
    let provider = target::build_for_several_commands(&arguments.by_id.target).await?;
    let waiting = wait_until_final(&*provider, &arguments.by_id.id, arguments.timeout);
    let outcome = with_spinner("waiting…", "the challenge stays open", waiting).await?;
    status::report(&arguments.by_id.id, &outcome, output)?;
    Ok(status::exit_code(&outcome))
}
