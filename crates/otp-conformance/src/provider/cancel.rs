//! Cancelling challenges.

use otp_facade::{Challenge, ErrorKind, Status};

use crate::harness::{refusal, rejection};
use crate::{CaseResult, Harness, ensure};

/// Whether the provider can cancel. If it cannot, cancel must be `Unsupported` and send nothing.
async fn has_cancel(harness: &dyn Harness, challenge: &Challenge) -> Result<bool, String> {
    if harness.provider().capabilities().cancel {
        return Ok(true);
    }
    harness.refused(harness.provider().cancel(&challenge.id), &[ErrorKind::Unsupported], "cancel").await?;
    Ok(false)
}

pub(super) async fn a_cancelled_challenge_does_not_accept_its_code(harness: &dyn Harness) -> CaseResult {
    let (challenge, code) = harness.start_and_read().await?;
    if !has_cancel(harness, &challenge).await? {
        return Ok(());
    }
    harness.provider().cancel(&challenge.id).await.map_err(|error| format!("cancel failed: {error}"))?;
    rejection(harness.verify(&challenge, code).await).map(|_| ())
}

pub(super) async fn cancelling_twice_does_no_harm(harness: &dyn Harness) -> CaseResult {
    let challenge = harness.start().await?;
    if !has_cancel(harness, &challenge).await? {
        return Ok(());
    }
    harness.provider().cancel(&challenge.id).await.map_err(|error| format!("cancel failed: {error}"))?;
    match harness.provider().cancel(&challenge.id).await {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Err(error) => Err(format!("the second one failed: {error}")),
    }
}

pub(super) async fn a_verified_challenge_is_not_brought_back_by_a_cancel(
    harness: &dyn Harness,
) -> CaseResult {
    let (challenge, code) = harness.start_and_read().await?;
    harness.verify(&challenge, code.clone()).await.map_err(|error| format!("verify failed: {error}"))?;
    if has_cancel(harness, &challenge).await? {
        // Refused where the provider says so; what counts is what follows.
        let _ = harness.provider().cancel(&challenge.id).await;
    }
    rejection(harness.verify(&challenge, code).await)?;
    if harness.provider().capabilities().status {
        let status = harness.provider().status(&challenge.id).await;
        ensure!(!matches!(status, Ok(Status::Pending)), "it is pending again");
    }
    Ok(())
}

pub(super) async fn cancelling_an_unknown_challenge_is_refused(harness: &dyn Harness) -> CaseResult {
    let mut challenge = harness.start().await?;
    challenge.id = harness.unknown(&challenge.id);
    if !has_cancel(harness, &challenge).await? {
        return Ok(());
    }
    let error = refusal(harness.provider().cancel(&challenge.id).await)?;
    ensure!(error.kind() == ErrorKind::NotFound, "the kind is {:?}", error.kind());
    Ok(())
}

pub(super) async fn cancelling_a_challenge_of_another_instance_is_refused_and_nothing_is_sent(
    harness: &dyn Harness,
) -> CaseResult {
    let other = harness.of_another_instance().await?;
    harness.refused(harness.provider().cancel(&other), &[ErrorKind::InvalidRequest], "id").await
}
