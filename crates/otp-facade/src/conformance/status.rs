//! Reading where challenges stand.

use std::time::Duration;

use super::Finding;
use super::bench::{Bench, hold, refusal};
use crate::challenge::{Challenge, Status};
use crate::error::ErrorKind;

/// The status; none where there is no such verb, which must then say so and send nothing.
async fn read(bench: &dyn Bench, challenge: &Challenge) -> Result<Option<Status>, String> {
    if bench.provider().capabilities().status {
        let status = bench.provider().status(&challenge.id).await;
        return status.map(Some).map_err(|error| format!("status failed: {error}"));
    }
    bench.refused(bench.provider().status(&challenge.id), &[ErrorKind::Unsupported], "status").await?;
    Ok(None)
}

pub(super) async fn a_new_challenge_is_pending(bench: &dyn Bench) -> Finding {
    let challenge = bench.start().await?;
    let status = read(bench, &challenge).await?;
    hold!(status.is_none_or(|status| status == Status::Pending), "it is not");
    Ok(())
}

pub(super) async fn a_verified_challenge_says_so(bench: &dyn Bench) -> Finding {
    let (challenge, code) = bench.start_and_read().await?;
    bench.verify(&challenge, code).await.map_err(|error| format!("verify failed: {error}"))?;
    let status = read(bench, &challenge).await?;
    hold!(status.is_none_or(|status| status == Status::Verified), "it does not");
    Ok(())
}

pub(super) async fn a_cancelled_challenge_says_so_or_is_gone(bench: &dyn Bench) -> Finding {
    let challenge = bench.start().await?;
    let capabilities = bench.provider().capabilities();
    if !capabilities.cancel || !capabilities.status {
        return read(bench, &challenge).await.map(|_| ());
    }
    bench.provider().cancel(&challenge.id).await.map_err(|error| format!("cancel failed: {error}"))?;
    match bench.provider().status(&challenge.id).await {
        Ok(Status::Cancelled) => Ok(()),
        Ok(other) => Err(format!("it is {other}")),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Err(error) => Err(format!("status failed: {error}")),
    }
}

pub(super) async fn an_expired_challenge_is_not_pending(bench: &dyn Bench) -> Finding {
    let challenge = bench.start().await?;
    if !bench.provider().capabilities().status
        || !bench.advance(bench.lifetime() + Duration::from_secs(1)).await
    {
        return read(bench, &challenge).await.map(|_| ());
    }
    match bench.provider().status(&challenge.id).await {
        Ok(Status::Expired) => Ok(()),
        Ok(other) => Err(format!("it is {other}")),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Err(error) => Err(format!("status failed: {error}")),
    }
}

pub(super) async fn a_challenge_without_tries_left_is_not_verified(bench: &dyn Bench) -> Finding {
    let (challenge, code) = bench.start_and_read().await?;
    bench.exhaust(&challenge, &code).await?;
    let status = read(bench, &challenge).await?;
    hold!(status.is_none_or(|status| status != Status::Verified), "it is");
    Ok(())
}

pub(super) async fn reading_the_status_spends_no_try(bench: &dyn Bench) -> Finding {
    let (challenge, code) = bench.start_and_read().await?;
    for _ in 0..bench.attempts() + 1 {
        read(bench, &challenge).await?;
    }
    bench
        .verify(&challenge, code)
        .await
        .map(|_| ())
        .map_err(|error| format!("the right code was refused: {error}"))
}

pub(super) async fn the_status_of_an_unknown_challenge_is_refused(bench: &dyn Bench) -> Finding {
    let mut challenge = bench.start().await?;
    challenge.id = bench.unknown(&challenge.id);
    if !bench.provider().capabilities().status {
        return read(bench, &challenge).await.map(|_| ());
    }
    let error = refusal(bench.provider().status(&challenge.id).await)?;
    hold!(error.kind() == ErrorKind::NotFound, "the kind is {:?}", error.kind());
    Ok(())
}

pub(super) async fn the_status_of_a_challenge_of_another_instance_is_refused_and_nothing_is_sent(
    bench: &dyn Bench,
) -> Finding {
    let other = bench.of_another_instance().await?;
    bench.refused(bench.provider().status(&other), &[ErrorKind::InvalidRequest], "id").await
}
