//! Checking codes.

use std::time::Duration;

use super::Finding;
use super::bench::{Bench, hold, refusal, rejection, wrong};
use crate::error::{ErrorKind, Operation, Rejection};
use crate::purpose::Purpose;
use crate::request::VerifyRequest;
use crate::secret::Code;

pub(super) async fn the_right_code_is_accepted(bench: &dyn Bench) -> Finding {
    let (challenge, code) = bench.start_and_read().await?;
    let verified =
        bench.verify(&challenge, code).await.map_err(|error| format!("it was refused: {error}"))?;
    hold!(verified.id == challenge.id, "the id is {}, not {}", verified.id, challenge.id);
    Ok(())
}

pub(super) async fn white_space_around_a_code_does_not_matter(bench: &dyn Bench) -> Finding {
    let (challenge, code) = bench.start_and_read().await?;
    let typed = format!(" \t{}\n", code.expose());
    bench.verify(&challenge, typed).await.map(|_| ()).map_err(|error| format!("it was refused: {error}"))
}

pub(super) async fn invisible_characters_in_a_code_do_not_matter(bench: &dyn Bench) -> Finding {
    let typed = |code: &str| {
        let (first, rest) = code.split_at(code.chars().next().map_or(0, char::len_utf8));
        format!("\u{FEFF}\u{200E}{first}\u{200B}{rest}\u{2069}\u{AD}")
    };
    read_as_typed(bench, typed).await
}

pub(super) async fn digits_of_any_script_are_read_as_digits(bench: &dyn Bench) -> Finding {
    // The beginnings of the digits: Arabic-Indic, Devanagari, full width, mathematical.
    for zero in ['\u{660}', '\u{966}', '\u{FF10}', '\u{1D7CE}'] {
        let digit = |digit: char| {
            let value = digit.to_digit(10).and_then(|value| char::from_u32(u32::from(zero) + value));
            value.unwrap_or(digit)
        };
        read_as_typed(bench, |code| code.chars().map(digit).collect()).await?;
    }
    Ok(())
}

pub(super) async fn digits_in_groups_are_read_as_one_code(bench: &dyn Bench) -> Finding {
    for separator in ["-", " ", "\u{2011}", "\u{202F}", "\u{A0}", " \u{2013} "] {
        let typed = |code: &str| {
            let is_digits = code.len() > 1 && code.bytes().all(|byte| byte.is_ascii_digit());
            let (first, second) = code.split_at(if is_digits { code.len() / 2 } else { 0 });
            if is_digits { format!("{first}{separator}{second}") } else { code.to_owned() }
        };
        read_as_typed(bench, typed).await?;
    }
    Ok(())
}

/// That the right code is accepted in the form in which somebody typed it.
async fn read_as_typed(bench: &dyn Bench, typed: impl Fn(&str) -> String + Send) -> Finding {
    let (challenge, code) = bench.start_and_read().await?;
    let typed = typed(code.expose());
    bench.verify(&challenge, typed).await.map(|_| ()).map_err(|error| format!("it was refused: {error}"))
}

pub(super) async fn a_code_is_accepted_once(bench: &dyn Bench) -> Finding {
    let (challenge, code) = bench.start_and_read().await?;
    bench.verify(&challenge, code.clone()).await.map_err(|error| format!("the first time: {error}"))?;
    rejection(bench.verify(&challenge, code).await).map(|_| ())
}

pub(super) async fn a_wrong_code_is_rejected_and_may_have_spent_a_try(bench: &dyn Bench) -> Finding {
    let (challenge, code) = bench.start_and_read().await?;
    let error = refusal(bench.verify(&challenge, wrong(&code)).await)?;
    let kinds = [Rejection::WrongCode, Rejection::Unspecified].map(ErrorKind::Rejected);
    hold!(kinds.contains(&error.kind()), "the kind is {:?}", error.kind());
    hold!(error.may_have_acted(), "the error says that no try is spent");
    hold!(!error.is_safe_to_repeat() && !error.is_transient(), "the error invites to repeat it");
    Ok(())
}

pub(super) async fn the_right_code_is_accepted_after_a_wrong_one(bench: &dyn Bench) -> Finding {
    let (challenge, code) = bench.start_and_read().await?;
    rejection(bench.verify(&challenge, wrong(&code)).await)?;
    bench.verify(&challenge, code).await.map(|_| ()).map_err(|error| format!("it was refused: {error}"))
}

pub(super) async fn the_tries_left_are_reported_where_the_provider_tells(bench: &dyn Bench) -> Finding {
    let (challenge, code) = bench.start_and_read().await?;
    for left in (0..bench.attempts()).rev() {
        let error = rejection(bench.verify(&challenge, wrong(&code)).await)?;
        let told = error.attempts_left();
        hold!(told.is_none_or(|told| told == left), "{told:?} tries left are told, there are {left}");
    }
    Ok(())
}

pub(super) async fn the_right_code_is_rejected_when_the_tries_are_used_up(bench: &dyn Bench) -> Finding {
    let (challenge, code) = bench.start_and_read().await?;
    bench.exhaust(&challenge, &code).await?;
    rejection(bench.verify(&challenge, code).await).map(|_| ())
}

pub(super) async fn the_right_code_is_rejected_when_the_time_is_over(bench: &dyn Bench) -> Finding {
    let (challenge, code) = bench.start_and_read().await?;
    if !bench.advance(bench.lifetime() + Duration::from_secs(1)).await {
        return Ok(());
    }
    rejection(bench.verify(&challenge, code).await).map(|_| ())
}

pub(super) async fn an_unknown_challenge_is_refused(bench: &dyn Bench) -> Finding {
    let (mut challenge, code) = bench.start_and_read().await?;
    let unknown = bench.unknown(&challenge.id);
    // Where all challenges are one, none has been started by another bench.
    let code = if unknown == challenge.id { wrong(&code) } else { code };
    challenge.id = unknown;
    rejection(bench.verify(&challenge, code).await).map(|_| ())
}

pub(super) async fn a_challenge_of_another_instance_is_refused_and_nothing_is_sent(
    bench: &dyn Bench,
) -> Finding {
    let other = VerifyRequest::new(bench.of_another_instance().await?, "123456");
    bench.refused(bench.provider().verify(&other), &[ErrorKind::InvalidRequest], "id").await
}

pub(super) async fn an_empty_code_is_refused_and_nothing_is_sent(bench: &dyn Bench) -> Finding {
    unfit(bench, "").await?;
    unfit(bench, " \n").await
}

pub(super) async fn a_dotted_code_is_refused_and_nothing_is_sent(bench: &dyn Bench) -> Finding {
    unfit(bench, ".").await?;
    unfit(bench, "..").await
}

pub(super) async fn an_over_long_code_is_refused_and_nothing_is_sent(bench: &dyn Bench) -> Finding {
    unfit(bench, &"1".repeat(65)).await
}

pub(super) async fn a_code_with_control_characters_is_refused_and_nothing_is_sent(
    bench: &dyn Bench,
) -> Finding {
    unfit(bench, "12\u{0}34").await
}

pub(super) async fn what_cannot_be_a_code_is_refused_and_nothing_is_sent(bench: &dyn Bench) -> Finding {
    for text in ["\u{200B}\u{FEFF}", "\u{1F511}", "12\u{1F511}34", "The code that I got is 123456."] {
        unfit(bench, text).await.map_err(|found| format!("{text:?}: {found}"))?;
    }
    let Some(format) = bench.provider().capabilities().code_format else { return Ok(()) };
    let (min, max) = (*format.length.start() as usize, *format.length.end() as usize);
    for text in ["1".repeat(min.saturating_sub(1)), "1".repeat(max + 1), "é".repeat(max)] {
        unfit(bench, &text).await.map_err(|found| format!("{text:?}: {found}"))?;
    }
    Ok(())
}

async fn unfit(bench: &dyn Bench, code: &str) -> Finding {
    let challenge = bench.start().await?;
    let request = VerifyRequest::new(challenge.id, code);
    bench.refused(bench.provider().verify(&request), &[ErrorKind::InvalidRequest], "code").await
}

pub(super) async fn a_code_with_leading_zeros_is_checked_as_it_is(bench: &dyn Bench) -> Finding {
    let (challenge, code) = bench.start_and_read().await?;
    let padded = Code::from(format!("00{}", code.expose()));
    rejection(bench.verify(&challenge, padded).await)?;
    bench
        .verify(&challenge, code)
        .await
        .map(|_| ())
        .map_err(|error| format!("the right one was refused: {error}"))
}

pub(super) async fn a_code_of_letters_is_checked_or_refused(bench: &dyn Bench) -> Finding {
    checked_or_refused(bench, "aBcDeF").await
}

pub(super) async fn a_code_that_is_not_ascii_is_checked_or_refused(bench: &dyn Bench) -> Finding {
    checked_or_refused(bench, "é /?#%+ж").await
}

/// A wrong code goes out as it is, or is refused because the provider has no codes of that form. A stack of several may
/// not know beforehand.
async fn checked_or_refused(bench: &dyn Bench, code: &str) -> Finding {
    let challenge = bench.start().await?;
    let format = bench.provider().capabilities().code_format;
    let before = bench.requests();
    let error = refusal(bench.verify(&challenge, code).await)?;
    if error.kind() != ErrorKind::InvalidRequest {
        return rejection::<()>(Err(error)).map(|_| ());
    }
    hold!(
        !format.is_some_and(|format| format.fits(&Code::from(code))),
        "a code of the format is refused: {error}"
    );
    hold!(error.to_string().contains("code"), "the text does not mention the code: {error}");
    hold!(!error.may_have_acted() && bench.requests() == before, "a code that is refused was sent");
    Ok(())
}

pub(super) async fn the_right_code_is_accepted_exactly_once_however_many_ask(bench: &dyn Bench) -> Finding {
    let (challenge, code) = bench.start_and_read().await?;
    let request = VerifyRequest::new(challenge.id, code);
    let calls = std::array::from_fn::<_, 8, _>(|_| bench.provider().verify(&request));
    let accepted = together(calls).await.into_iter().filter(Result::is_ok).count();
    hold!(accepted == 1, "it was accepted {accepted} times");
    Ok(())
}

pub(super) async fn concurrent_wrong_codes_never_pass(bench: &dyn Bench) -> Finding {
    let (challenge, code) = bench.start_and_read().await?;
    let request = VerifyRequest::new(challenge.id.clone(), wrong(&code));
    let calls = std::array::from_fn::<_, 8, _>(|_| bench.provider().verify(&request));
    hold!(together(calls).await.iter().all(Result::is_err), "a wrong code was accepted");
    rejection(bench.verify(&challenge, code).await).map(|_| ())
}

/// Drives futures together on this task.
async fn together<F: Future, const N: usize>(futures: [F; N]) -> Vec<F::Output> {
    let mut futures: Vec<_> = futures.into_iter().map(Box::pin).map(Some).collect();
    let mut outputs = Vec::new();
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

pub(super) async fn a_subject_is_checked_or_refused(bench: &dyn Bench) -> Finding {
    if !bench.provider().capabilities().binding {
        let (challenge, code) = bench.start_and_read().await?;
        let request = VerifyRequest::new(challenge.id, code).with_subject("session-1");
        return bench.refused(bench.provider().verify(&request), &[ErrorKind::Unsupported], "subject").await;
    }
    let challenge = bench.start_with(&bench.request().with_subject("session-1")).await?;
    let code = bench.code(&challenge).await.ok_or("no code can be read")?;
    let request = VerifyRequest::new(challenge.id, code);
    mismatch(bench, request.clone()).await?;
    mismatch(bench, request.clone().with_subject("session-2")).await?;
    let right = request.with_subject("session-1");
    bench
        .provider()
        .verify(&right)
        .await
        .map(|_| ())
        .map_err(|error| format!("the right one was refused: {error}"))
}

pub(super) async fn a_purpose_is_checked_or_refused(bench: &dyn Bench) -> Finding {
    if !bench.provider().capabilities().binding {
        let (challenge, code) = bench.start_and_read().await?;
        let request = VerifyRequest::new(challenge.id, code).with_purpose(Purpose::Other("login".into()));
        return bench.refused(bench.provider().verify(&request), &[ErrorKind::Unsupported], "purpose").await;
    }
    let purpose = |name: &str| Purpose::Other(name.to_owned());
    // Where one is required, not any will do.
    let login = bench.request().purpose.unwrap_or_else(|| purpose("login"));
    let challenge = bench.start_with(&bench.request().with_purpose(login.clone())).await?;
    let code = bench.code(&challenge).await.ok_or("no code can be read")?;
    let request = VerifyRequest::new(challenge.id, code);
    mismatch(bench, request.clone().with_purpose(purpose("payment"))).await?;
    let right = request.with_purpose(login);
    bench
        .provider()
        .verify(&right)
        .await
        .map(|_| ())
        .map_err(|error| format!("the right one was refused: {error}"))
}

async fn mismatch(bench: &dyn Bench, request: VerifyRequest) -> Finding {
    let error = refusal(bench.provider().verify(&request).await)?;
    let wanted = ErrorKind::Rejected(Rejection::Mismatch);
    hold!(error.kind() == wanted, "the kind is {:?}, {wanted:?} was expected", error.kind());
    Ok(())
}

pub(super) async fn an_error_names_provider_and_verb(bench: &dyn Bench) -> Finding {
    let (challenge, code) = bench.start_and_read().await?;
    let error = refusal(bench.verify(&challenge, wrong(&code)).await)?;
    let name = bench.provider().name();
    hold!(error.provider() == Some(name), "the provider is {:?}, not {name}", error.provider());
    hold!(error.operation() == Some(Operation::Verify), "the verb is {:?}", error.operation());
    hold!(error.to_string().starts_with(&format!("{name}: verify: ")), "the text is {error}");
    Ok(())
}

pub(super) async fn no_error_shows_code_or_number(bench: &dyn Bench) -> Finding {
    let number = "+4915112345678";
    let code = "473829-marker";
    let request = bench.request();
    let request = crate::CreateRequest { recipient: request.recipient.clone().with_phone(number), ..request };
    let challenge = bench.start_with(&request).await?;
    let refused = crate::CreateRequest {
        recipient: request.recipient.with_phone(format!("{number}x")),
        ..bench.request()
    };
    let errors = [
        refusal(bench.verify(&challenge, code).await)?,
        refusal(bench.provider().create(&refused).await)?,
        refusal(bench.verify(&challenge, code.repeat(9)).await)?,
    ];
    for error in errors {
        let shown = format!("{error} {error:?} {error:#?}");
        hold!(!shown.contains(code) && !shown.contains(number), "it is in {shown}");
    }
    Ok(())
}
