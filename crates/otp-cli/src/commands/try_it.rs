//! `otp try`: create, ask for the code, verify.

use std::process::ExitCode;

use otp_facade::{Channel, ErrorKind, OtpProvider, Rejection, wait_until_final};

use super::{create, status, verify, with_spinner};
use crate::args::Create;
use crate::command_error::CommandError;
use crate::output::Output;
use crate::{prompt, request, target};

pub(crate) async fn run(arguments: Create, output: &Output) -> Result<ExitCode, CommandError> {
    let request = request::build(&arguments)?;
    let provider = target::build(&arguments.target).await?;
    verify::require_reveal_of_proof(&*provider, arguments.reveal)?;
    let is_push = provider.capabilities().channel(&request) == Channel::Push;
    if !is_push && prompt::is_at_end() {
        let rule = "standard input has ended, so that no code can be read: use `otp create` and `otp verify`";
        return Err(CommandError::Usage(rule.to_owned()));
    }
    let challenge = create::start(&*provider, &request, &arguments, output).await?;
    output.note(create::describe(&challenge, &arguments).trim_end());
    if challenge.channel == Channel::Push {
        let limit = challenge.expires_in.unwrap_or(std::time::Duration::from_secs(300));
        let waiting = wait_until_final(&*provider, &challenge.id, limit);
        let outcome =
            with_spinner("waiting for the answer on the device…", "the challenge stays open", waiting)
                .await?;
        status::report(&challenge.id, &outcome, output)?;
        return Ok(status::exit_code(&outcome));
    }
    loop {
        let code =
            prompt::line("Code: ".to_owned(), "a message was sent, and the challenge stays open").await?;
        if code.is_empty() && !prompt::is_terminal() {
            let text = format!("no code was read; the challenge stays open, and is {}", challenge.id);
            return Err(CommandError::Other(text));
        }
        let outcome = verify::check(&*provider, &challenge.id, &code, arguments.subject.as_deref()).await;
        match outcome {
            Ok(verified) => {
                verify::report(&verified, arguments.reveal, output)?;
                return Ok(ExitCode::SUCCESS);
            }
            Err(CommandError::Operation(error)) if may_type_again(error.kind()) && prompt::is_terminal() => {
                output.failure_as_text(&CommandError::Operation(error));
            }
            Err(failure) => return Err(failure),
        }
    }
}

/// Whether another code may be accepted for the same challenge.
const fn may_type_again(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::Rejected(Rejection::WrongCode | Rejection::Unspecified) | ErrorKind::InvalidRequest
    )
}
