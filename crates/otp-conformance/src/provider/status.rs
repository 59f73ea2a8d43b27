//! Reading the status of challenges.

use std::time::Duration;

use otp_facade::{Challenge, ErrorKind, Status};

use crate::harness::refusal;
use crate::{CaseResult, Harness, ensure};

/// The status. `None` if the provider has no such operation, which must then be `Unsupported` and send nothing.
async fn read(harness: &dyn Harness, challenge: &Challenge) -> Result<Option<Status>, String> {
    if harness.provider().capabilities().status {
        let status = harness.provider().status(&challenge.id).await;
        return status.map(Some).map_err(|error| format!("status failed: {error}"));
    }
    harness.refused(harness.provider().status(&challenge.id), &[ErrorKind::Unsupported], "status").await?;
    Ok(None)
}

/// The same, where a challenge that is final may be gone. `None` if it is.
async fn read_or_gone(harness: &dyn Harness, challenge: &Challenge) -> Result<Option<Status>, String> {
    if !harness.provider().capabilities().status {
        return read(harness, challenge).await;
    }
    match harness.provider().status(&challenge.id).await {
        Ok(status) => Ok(Some(status)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(format!("status failed: {error}")),
    }
}

pub(super) async fn a_new_challenge_is_pending(harness: &dyn Harness) -> CaseResult {
    let challenge = harness.start().await?;
    let status = read(harness, &challenge).await?;
    ensure!(status.is_none_or(|status| status == Status::Pending), "it is not");
    Ok(())
}

pub(super) async fn a_verified_challenge_says_so_or_is_gone(harness: &dyn Harness) -> CaseResult {
    let (challenge, code) = harness.start_and_read().await?;
    harness.verify(&challenge, code).await.map_err(|error| format!("verify failed: {error}"))?;
    match read_or_gone(harness, &challenge).await? {
        Some(Status::Verified) | None => Ok(()),
        Some(other) => Err(format!("it is {other}")),
    }
}

pub(super) async fn a_cancelled_challenge_says_so_or_is_gone(harness: &dyn Harness) -> CaseResult {
    let challenge = harness.start().await?;
    let capabilities = harness.provider().capabilities();
    if !capabilities.cancel || !capabilities.status {
        return read(harness, &challenge).await.map(|_| ());
    }
    harness.provider().cancel(&challenge.id).await.map_err(|error| format!("cancel failed: {error}"))?;
    match read_or_gone(harness, &challenge).await? {
        Some(Status::Cancelled) | None => Ok(()),
        Some(other) => Err(format!("it is {other}")),
    }
}

pub(super) async fn an_expired_challenge_is_not_pending(harness: &dyn Harness) -> CaseResult {
    let challenge = harness.start().await?;
    if !harness.provider().capabilities().status
        || !harness.advance(harness.lifetime() + Duration::from_secs(1)).await
    {
        return read(harness, &challenge).await.map(|_| ());
    }
    match read_or_gone(harness, &challenge).await? {
        Some(Status::Expired) | None => Ok(()),
        Some(other) => Err(format!("it is {other}")),
    }
}

pub(super) async fn a_challenge_without_attempts_left_is_not_verified(harness: &dyn Harness) -> CaseResult {
    let (challenge, code) = harness.start_and_read().await?;
    harness.exhaust(&challenge, &code).await?;
    let status = read_or_gone(harness, &challenge).await?;
    ensure!(status.is_none_or(|status| status != Status::Verified), "it is");
    Ok(())
}

pub(super) async fn reading_the_status_uses_no_attempt(harness: &dyn Harness) -> CaseResult {
    let (challenge, code) = harness.start_and_read().await?;
    for _ in 0..harness.attempts() + 1 {
        read(harness, &challenge).await?;
    }
    harness
        .verify(&challenge, code)
        .await
        .map(|_| ())
        .map_err(|error| format!("the right code was refused: {error}"))
}

pub(super) async fn the_status_of_an_unknown_challenge_is_refused(harness: &dyn Harness) -> CaseResult {
    let mut challenge = harness.start().await?;
    challenge.id = harness.unknown(&challenge.id);
    if !harness.provider().capabilities().status {
        return read(harness, &challenge).await.map(|_| ());
    }
    let error = refusal(harness.provider().status(&challenge.id).await)?;
    ensure!(error.kind() == ErrorKind::NotFound, "the kind is {:?}", error.kind());
    Ok(())
}

pub(super) async fn the_status_of_a_challenge_of_another_instance_is_refused_and_nothing_is_sent(
    harness: &dyn Harness,
) -> CaseResult {
    let other = harness.of_another_instance().await?;
    harness.refused(harness.provider().status(&other), &[ErrorKind::InvalidRequest], "id").await
}
