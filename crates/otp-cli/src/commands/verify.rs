//! `otp verify`.

use std::process::ExitCode;

use otp_facade::{ChallengeId, OtpProvider, Verified, VerifyRequest};
use serde_json::json;

use super::with_spinner;
use crate::args::Verify;
use crate::command_error::CommandError;
use crate::output::{GOOD, Output};
use crate::{prompt, target};

pub(crate) async fn run(arguments: Verify, output: &Output) -> Result<ExitCode, CommandError> {
    let provider = target::build_for_several_commands(&arguments.by_id.target).await?;
    require_reveal_of_proof(&*provider, arguments.reveal)?;
    let code = prompt::line("Code: ".to_owned(), "no attempt was used").await?;
    let verified = check(&*provider, &arguments.by_id.id, &code, arguments.subject.as_deref()).await?;
    report(&verified, arguments.reveal, output)?;
    Ok(ExitCode::SUCCESS)
}

/// Refuses to verify where the proof would be lost: the provider gives it once.
pub(crate) fn require_reveal_of_proof(provider: &dyn OtpProvider, reveal: bool) -> Result<(), CommandError> {
    if provider.capabilities().proof && !reveal {
        let rule = "the provider returns a proof once, which would be lost: pass --reveal to print it";
        return Err(CommandError::Usage(rule.to_owned()));
    }
    Ok(())
}

pub(crate) async fn check(
    provider: &dyn OtpProvider,
    id: &ChallengeId,
    code: &str,
    subject: Option<&str>,
) -> Result<Verified, CommandError> {
    let mut request = VerifyRequest::new(id.clone(), code);
    if let Some(subject) = subject {
        request = request.with_subject(subject);
    }
    with_spinner("checking…", "an attempt may have been used", provider.verify(&request)).await
}

pub(crate) fn report(verified: &Verified, reveal: bool, output: &Output) -> Result<(), CommandError> {
    let revealed = verified.proof.as_ref().filter(|_| reveal).map(|proof| proof.expose());
    let mut text = format!("{GOOD}verified{GOOD:#}");
    if let Some(proof) = revealed {
        text.push_str(&format!("\nproof: {proof}"));
    }
    output.result(&text, &json!({ "id": verified.id, "verified": true, "proof": revealed }))
}
