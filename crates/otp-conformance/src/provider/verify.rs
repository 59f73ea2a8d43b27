//! Verifying codes: what is accepted, what is rejected, and how often.

use std::time::Duration;

use otp_facade::{ErrorKind, Operation, Purpose, PurposeSupport, Rejection, Transaction, VerifyRequest};

use crate::harness::{refusal, rejection, wrong};
use crate::{CaseResult, Harness, ensure};

pub(super) async fn the_right_code_is_accepted(harness: &dyn Harness) -> CaseResult {
    let (challenge, code) = harness.start_and_read().await?;
    let verified =
        harness.verify(&challenge, code).await.map_err(|error| format!("it was refused: {error}"))?;
    ensure!(verified.id == challenge.id, "the id is {}, not {}", verified.id, challenge.id);
    let is_announced = harness.provider().capabilities().proof;
    ensure!(is_announced || verified.proof.is_none(), "a proof that the capabilities do not announce");
    Ok(())
}

pub(super) async fn a_code_is_accepted_once(harness: &dyn Harness) -> CaseResult {
    let (challenge, code) = harness.start_and_read().await?;
    harness.verify(&challenge, code.clone()).await.map_err(|error| format!("the first time: {error}"))?;
    rejection(harness.verify(&challenge, code).await).map(|_| ())
}

pub(super) async fn a_second_challenge_is_another_one_unless_each_create_is_a_resend(
    harness: &dyn Harness,
) -> CaseResult {
    if harness.provider().capabilities().one_at_a_time {
        return Ok(()); // The next case.
    }
    let request = harness.request();
    let (first, first_code) = harness.start_and_read_with(&request).await?;
    let (second, code) = harness.start_and_read_with(&request).await?;
    if harness.provider().capabilities().resends {
        // The newest code counts, under whichever id is still open, and once.
        let accepted =
            [harness.verify(&first, code.clone()).await.is_ok(), harness.verify(&second, code).await.is_ok()];
        ensure!(accepted.iter().filter(|accepted| **accepted).count() == 1, "accepted: {accepted:?}");
        return Ok(());
    }
    ensure!(first.id != second.id, "both have the id {}", first.id);
    if first_code.expose() != code.expose() {
        rejection(harness.verify(&first, code.clone()).await)?;
    }
    harness.verify(&second, code).await.map(|_| ()).map_err(|error| format!("it was refused: {error}"))
}

pub(super) async fn a_second_challenge_is_refused_and_nothing_is_sent_where_there_is_one_at_a_time(
    harness: &dyn Harness,
) -> CaseResult {
    let request = harness.request();
    let (first, code) = harness.start_and_read_with(&request).await?;
    let second = harness.provider().create(&request).await;
    if !harness.provider().capabilities().one_at_a_time {
        return second.map(|_| ()).map_err(|error| format!("the second was refused: {error}"));
    }
    let error = refusal(second)?;
    ensure!(error.kind() == ErrorKind::RateLimited, "the kind is {:?}", error.kind());
    ensure!(error.is_recipient_limit() && !error.is_transient(), "the error invites to repeat it");
    ensure!(!error.may_have_acted(), "the error says that a message may have been sent");
    ensure!(
        first.resend_after.is_some() && first.resend_after >= first.expires_in,
        "the first says that the next is possible after {:?}, and ends after {:?}",
        first.resend_after,
        first.expires_in
    );
    // The refused one leaves the first as it is.
    harness.verify(&first, code).await.map_err(|error| format!("the first was lost: {error}"))?;
    harness.start_with(&request).await.map(|_| ())
}

pub(super) async fn a_wrong_code_is_rejected_and_may_have_used_an_attempt(
    harness: &dyn Harness,
) -> CaseResult {
    let (challenge, code) = harness.start_and_read().await?;
    let error = refusal(harness.verify(&challenge, wrong(&code)).await)?;
    let kinds = [Rejection::WrongCode, Rejection::Unspecified].map(ErrorKind::Rejected);
    ensure!(kinds.contains(&error.kind()), "the kind is {:?}", error.kind());
    ensure!(error.may_have_acted(), "the error says that no attempt was used");
    ensure!(!error.is_safe_to_repeat() && !error.is_transient(), "the error invites to repeat it");
    Ok(())
}

pub(super) async fn the_right_code_is_accepted_after_a_wrong_one(harness: &dyn Harness) -> CaseResult {
    let (challenge, code) = harness.start_and_read().await?;
    rejection(harness.verify(&challenge, wrong(&code)).await)?;
    harness.verify(&challenge, code).await.map(|_| ()).map_err(|error| format!("it was refused: {error}"))
}

pub(super) async fn the_attempts_left_are_reported_where_the_provider_knows_them(
    harness: &dyn Harness,
) -> CaseResult {
    let (challenge, code) = harness.start_and_read().await?;
    for left in (0..harness.attempts()).rev() {
        let error = rejection(harness.verify(&challenge, wrong(&code)).await)?;
        let reported = error.attempts_left();
        ensure!(
            reported.is_none_or(|reported| reported == left),
            "{reported:?} attempts left are reported, there are {left}"
        );
    }
    Ok(())
}

pub(super) async fn the_right_code_is_rejected_when_the_attempts_are_used_up(
    harness: &dyn Harness,
) -> CaseResult {
    let (challenge, code) = harness.start_and_read().await?;
    harness.exhaust(&challenge, &code).await?;
    rejection(harness.verify(&challenge, code).await).map(|_| ())
}

pub(super) async fn the_right_code_is_rejected_when_the_challenge_has_expired(
    harness: &dyn Harness,
) -> CaseResult {
    let (challenge, code) = harness.start_and_read().await?;
    if !harness.advance(harness.lifetime() + Duration::from_secs(1)).await {
        return Ok(());
    }
    rejection(harness.verify(&challenge, code).await).map(|_| ())
}

pub(super) async fn an_unknown_challenge_is_refused(harness: &dyn Harness) -> CaseResult {
    let (mut challenge, code) = harness.start_and_read().await?;
    let unknown = harness.unknown(&challenge.id);
    // Where all challenges are one, none has been started by another harness.
    let code = if unknown == challenge.id { wrong(&code) } else { code };
    challenge.id = unknown;
    rejection(harness.verify(&challenge, code).await).map(|_| ())
}

pub(super) async fn a_challenge_of_another_instance_is_refused_and_nothing_is_sent(
    harness: &dyn Harness,
) -> CaseResult {
    let other = VerifyRequest::new(harness.of_another_instance().await?, "123456");
    harness.refused(harness.provider().verify(&other), &[ErrorKind::InvalidRequest], "id").await
}

pub(super) async fn the_right_code_is_accepted_exactly_once_however_many_ask(
    harness: &dyn Harness,
) -> CaseResult {
    let (challenge, code) = harness.start_and_read().await?;
    let request = harness.verification(challenge.id, code);
    // More calls than attempts: the provider may reject the surplus, but must not accept twice.
    let calls = std::array::from_fn::<_, 8, _>(|_| harness.provider().verify(&request));
    let accepted = run_concurrently(calls).await.into_iter().filter(Result::is_ok).count();
    ensure!(accepted == 1, "it was accepted {accepted} times");
    Ok(())
}

pub(super) async fn concurrent_wrong_codes_never_pass(harness: &dyn Harness) -> CaseResult {
    let (challenge, code) = harness.start_and_read().await?;
    let request = harness.verification(challenge.id.clone(), wrong(&code));
    let calls = std::array::from_fn::<_, 8, _>(|_| harness.provider().verify(&request));
    ensure!(run_concurrently(calls).await.iter().all(Result::is_err), "a wrong code was accepted");
    rejection(harness.verify(&challenge, code).await).map(|_| ())
}

/// Polls all futures on this task until each is ready.
async fn run_concurrently<F: Future, const N: usize>(futures: [F; N]) -> Vec<F::Output> {
    let mut futures: Vec<_> = futures.into_iter().map(Box::pin).map(Some).collect();
    let mut outputs = Vec::new();
    // `tokio::join!` takes a fixed list, and tasks would need `'static`: each round polls what is not ready yet.
    std::future::poll_fn(|context| {
        for slot in &mut futures {
            let Some(future) = slot else { continue };
            if let std::task::Poll::Ready(output) = future.as_mut().poll(context) {
                outputs.push(output);
                *slot = None;
            }
        }
        if futures.iter().all(Option::is_none) {
            std::task::Poll::Ready(())
        } else {
            std::task::Poll::Pending
        }
    })
    .await;
    outputs
}

pub(super) async fn a_subject_is_checked_or_refused(harness: &dyn Harness) -> CaseResult {
    if !harness.provider().capabilities().binding {
        let (challenge, code) = harness.start_and_read().await?;
        let request = harness.verification(challenge.id, code).with_subject("session-1");
        return harness
            .refused(harness.provider().verify(&request), &[ErrorKind::Unsupported], "subject")
            .await;
    }
    let challenge = harness.start_with(&harness.request().with_subject("session-1")).await?;
    let code = harness.code(&challenge).await.ok_or("no code can be read")?;
    let request = harness.verification(challenge.id, code);
    mismatch(harness, request.clone()).await?;
    mismatch(harness, request.clone().with_subject("session-2")).await?;
    let right = request.with_subject("session-1");
    harness
        .provider()
        .verify(&right)
        .await
        .map(|_| ())
        .map_err(|error| format!("the right one was refused: {error}"))
}

pub(super) async fn a_purpose_is_checked_or_refused(harness: &dyn Harness) -> CaseResult {
    let capabilities = harness.provider().capabilities();
    let checks_purposes = capabilities.binding || capabilities.purpose_at_verify;
    if !checks_purposes || capabilities.purposes == PurposeSupport::None {
        let (challenge, code) = harness.start_and_read().await?;
        let request = VerifyRequest::new(challenge.id, code).with_purpose(Purpose::Other("login".into()));
        return harness
            .refused(harness.provider().verify(&request), &[ErrorKind::Unsupported], "purpose")
            .await;
    }
    let purpose = |name: &str| Purpose::Other(name.to_owned());
    // Where one is required, not any will do.
    let login = harness.request().purpose.unwrap_or_else(|| purpose("login"));
    let challenge = harness.start_with(&harness.request().with_purpose(login.clone())).await?;
    let code = harness.code(&challenge).await.ok_or("no code can be read")?;
    let request = VerifyRequest::new(challenge.id, code);
    if capabilities.purpose_at_verify {
        let verify = harness.provider().verify(&request);
        harness.refused(verify, &[ErrorKind::InvalidRequest], "purpose").await?;
    }
    let other = match &login {
        Purpose::Transaction(login) => Transaction::new(format!("{}0", login.amount), &login.payee).into(),
        _ => purpose("payment"),
    };
    let other = request.clone().with_purpose(other);
    match capabilities.binding {
        true => mismatch(harness, other).await?,
        false => drop(rejection(harness.provider().verify(&other).await)?),
    }
    let right = request.with_purpose(login);
    harness
        .provider()
        .verify(&right)
        .await
        .map(|_| ())
        .map_err(|error| format!("the right one was refused: {error}"))
}

async fn mismatch(harness: &dyn Harness, request: VerifyRequest) -> CaseResult {
    let error = refusal(harness.provider().verify(&request).await)?;
    let wanted = ErrorKind::Rejected(Rejection::Mismatch);
    ensure!(error.kind() == wanted, "the kind is {:?}, {wanted:?} was expected", error.kind());
    Ok(())
}

pub(super) async fn an_error_names_provider_and_operation(harness: &dyn Harness) -> CaseResult {
    let (challenge, code) = harness.start_and_read().await?;
    let error = refusal(harness.verify(&challenge, wrong(&code)).await)?;
    let name = harness.provider().name();
    ensure!(error.provider() == Some(name), "the provider is {:?}, not {name}", error.provider());
    ensure!(error.operation() == Some(Operation::Verify), "the operation is {:?}", error.operation());
    ensure!(error.to_string().starts_with(&format!("{name}: verify: ")), "the message is {error}");
    Ok(())
}

pub(super) async fn no_error_shows_code_or_number(harness: &dyn Harness) -> CaseResult {
    let number = "+4915112345678";
    // No real code has this form, so that a match is no coincidence.
    let code = "473829-marker";
    let recipient = harness.request().recipient;
    let request = harness.request_for(recipient.clone().with_phone(number));
    let challenge = harness.start_with(&request).await?;
    let refused = harness.request_for(recipient.with_phone(format!("{number}x")));
    let errors = [
        refusal(harness.verify(&challenge, code).await)?,
        refusal(harness.provider().create(&refused).await)?,
        refusal(harness.verify(&challenge, code.repeat(9)).await)?,
    ];
    for error in errors {
        let shown = format!("{error} {error:?} {error:#?}");
        ensure!(!shown.contains(code) && !shown.contains(number), "it is in {shown}");
    }
    Ok(())
}
