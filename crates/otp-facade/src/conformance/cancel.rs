//! Ending challenges.

use super::Finding;
use super::bench::{Bench, hold, refusal, rejection};
use crate::challenge::{Challenge, Status};
use crate::error::ErrorKind;

/// Where there is no cancel: it says so, and nothing is sent. True if there is one.
async fn has_cancel(bench: &dyn Bench, challenge: &Challenge) -> Result<bool, String> {
    if bench.provider().capabilities().cancel {
        return Ok(true);
    }
    bench.refused(bench.provider().cancel(&challenge.id), &[ErrorKind::Unsupported], "cancel").await?;
    Ok(false)
}

pub(super) async fn a_cancelled_challenge_does_not_accept_its_code(bench: &dyn Bench) -> Finding {
    let (challenge, code) = bench.start_and_read().await?;
    if !has_cancel(bench, &challenge).await? {
        return Ok(());
    }
    bench.provider().cancel(&challenge.id).await.map_err(|error| format!("cancel failed: {error}"))?;
    rejection(bench.verify(&challenge, code).await).map(|_| ())
}

pub(super) async fn cancelling_twice_does_no_harm(bench: &dyn Bench) -> Finding {
    let challenge = bench.start().await?;
    if !has_cancel(bench, &challenge).await? {
        return Ok(());
    }
    bench.provider().cancel(&challenge.id).await.map_err(|error| format!("cancel failed: {error}"))?;
    match bench.provider().cancel(&challenge.id).await {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Err(error) => Err(format!("the second one failed: {error}")),
    }
}

pub(super) async fn a_verified_challenge_is_not_brought_back_by_a_cancel(bench: &dyn Bench) -> Finding {
    let (challenge, code) = bench.start_and_read().await?;
    bench.verify(&challenge, code.clone()).await.map_err(|error| format!("verify failed: {error}"))?;
    if has_cancel(bench, &challenge).await? {
        // Refused where the provider says so; what counts is what follows.
        let _ = bench.provider().cancel(&challenge.id).await;
    }
    rejection(bench.verify(&challenge, code).await)?;
    if bench.provider().capabilities().status {
        let status = bench.provider().status(&challenge.id).await;
        hold!(!matches!(status, Ok(Status::Pending)), "it is pending again");
    }
    Ok(())
}

pub(super) async fn cancelling_an_unknown_challenge_is_refused(bench: &dyn Bench) -> Finding {
    let mut challenge = bench.start().await?;
    challenge.id = bench.unknown(&challenge.id);
    if !has_cancel(bench, &challenge).await? {
        return Ok(());
    }
    let error = refusal(bench.provider().cancel(&challenge.id).await)?;
    hold!(error.kind() == ErrorKind::NotFound, "the kind is {:?}", error.kind());
    Ok(())
}

pub(super) async fn cancelling_a_challenge_of_another_instance_is_refused_and_nothing_is_sent(
    bench: &dyn Bench,
) -> Finding {
    let other = bench.of_another_instance().await?;
    bench.refused(bench.provider().cancel(&other), &[ErrorKind::InvalidRequest], "id").await
}
