//! `otp create`.

use std::fmt::Write as _;
use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;

use otp_facade::{Challenge, Channel, CreateRequest, OtpProvider};
use serde_json::{Value, json};

use super::with_spinner;
use crate::args::Create;
use crate::command_error::CommandError;
use crate::output::{Output, STRONG};
use crate::{prompt, request, target};

pub(crate) async fn run(arguments: Create, output: &Output) -> Result<ExitCode, CommandError> {
    let request = request::build(&arguments)?;
    let provider = target::build_for_several_commands(&arguments.target).await?;
    let challenge = start(&*provider, &request, &arguments, output).await?;
    let json = to_json(&challenge, &arguments);
    output.result(&describe(&challenge, &arguments), &json)?;
    Ok(ExitCode::SUCCESS)
}

/// Asks whether it may cost money, and starts the challenge.
pub(crate) async fn start(
    provider: &dyn OtpProvider,
    request: &CreateRequest,
    arguments: &Create,
    output: &Output,
) -> Result<Challenge, CommandError> {
    // What the provider would refuse is refused before the question.
    let valid = provider.capabilities().validate_create(request);
    valid.map_err(|error| error.with_origin(provider.name(), otp_facade::Operation::Create))?;
    require_use_of_result(provider.capabilities().channel(request), arguments)?;
    let warning = format!("This sends a message by {}, which may cost money.", provider.name());
    if !arguments.yes && prompt::is_typed() {
        if !prompt::is_terminal() {
            let rule = "standard error is no terminal, so that it cannot ask before it sends: pass --yes";
            return Err(CommandError::Usage(rule.to_owned()));
        }
        if !prompt::confirm(&format!("{warning} Send it?")).await? {
            return Err(CommandError::Interrupted("nothing was sent"));
        }
    } else if !output.is_json() {
        output.note(&warning);
    }
    // Before the create: afterwards, an image that cannot be written is lost.
    let image = arguments.image.as_deref().map(open_image).transpose()?;
    let state = "a message may have been sent, and may have to be paid for";
    let challenge = with_spinner("sending…", state, provider.create(request)).await?;
    if let (Some(mut file), Some(image)) = (image, &challenge.image) {
        file.write_all(image.expose()).map_err(|error| {
            CommandError::Other(format!(
                "the image cannot be written: {error}; the challenge is {}",
                challenge.id
            ))
        })?;
    }
    Ok(challenge)
}

/// Refuses a create whose result would be lost, and `--image` where there will be no image.
fn require_use_of_result(channel: Channel, arguments: &Create) -> Result<(), CommandError> {
    let rule = match (channel, &arguments.image) {
        (Channel::ReturnedToCaller, _) if !arguments.reveal => {
            "the provider returns the code to you alone: pass --reveal to print it".to_owned()
        }
        (Channel::PhotoTan, None) => "the user scans an image: pass --image FILE to write it".to_owned(),
        (Channel::PhotoTan, Some(_)) | (_, None) => return Ok(()),
        (other, Some(_)) => format!("--image: the channel {other} has no image"),
    };
    Err(CommandError::Usage(rule))
}

fn open_image(path: &Path) -> Result<File, CommandError> {
    File::create(path).map_err(|error| {
        CommandError::Other(format!("{} cannot be written: {error}; nothing was sent", path.display()))
    })
}

pub(crate) fn describe(challenge: &Challenge, arguments: &Create) -> String {
    let mut text = format!("{STRONG}{}{STRONG:#}\n", challenge.id);
    let _ = write!(text, "sent by {}", challenge.channel);
    if let Some(hint) = &challenge.hint {
        let _ = write!(text, " to {hint}");
    }
    if let Some(expires_in) = challenge.expires_in {
        let _ = write!(text, ", good for {} s", expires_in.as_secs());
    }
    if let Some(attempts) = challenge.max_attempts {
        let _ = write!(text, ", {attempts} attempts");
    }
    text.push('\n');
    if let Some(code) = challenge.code.as_ref().filter(|_| arguments.reveal) {
        let _ = writeln!(text, "pass this code on: {}", code.expose());
    }
    if let (Some(_), Some(path)) = (&challenge.image, &arguments.image) {
        let _ = writeln!(text, "the user scans the image in {}", path.display());
    }
    if challenge.earlier_message_possible {
        text.push_str("a second message is possible: only the newest code is accepted\n");
    }
    text
}

fn to_json(challenge: &Challenge, arguments: &Create) -> Value {
    let revealed = challenge.code.as_ref().filter(|_| arguments.reveal);
    json!({
        "id": challenge.id,
        "channel": challenge.channel,
        "hint": challenge.hint,
        "expires_in_seconds": challenge.expires_in.map(|time| time.as_secs()),
        "max_attempts": challenge.max_attempts,
        "resend_after_seconds": challenge.resend_after.map(|time| time.as_secs()),
        "earlier_message_possible": challenge.earlier_message_possible,
        "code": revealed.map(|code| code.expose()),
        "image": challenge.image.as_ref().and(arguments.image.as_ref()),
    })
}
