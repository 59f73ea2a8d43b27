//! How a typed code is read, and which codes are refused before anything is sent.

use otp_facade::{Code, ErrorKind};

use crate::harness::{refusal, rejection};
use crate::{CaseResult, Harness, ensure};

pub(super) async fn white_space_around_a_code_does_not_matter(harness: &dyn Harness) -> CaseResult {
    let (challenge, code) = harness.start_and_read().await?;
    let typed = format!(" \t{}\n", code.expose());
    harness.verify(&challenge, typed).await.map(|_| ()).map_err(|error| format!("it was refused: {error}"))
}

pub(super) async fn invisible_characters_in_a_code_do_not_matter(harness: &dyn Harness) -> CaseResult {
    let typed = |code: &str| {
        let (first, rest) = code.split_at(code.chars().next().map_or(0, char::len_utf8));
        format!("\u{FEFF}\u{200E}{first}\u{200B}{rest}\u{2069}\u{AD}")
    };
    read_as_typed(harness, typed).await
}

pub(super) async fn digits_of_any_script_are_read_as_digits(harness: &dyn Harness) -> CaseResult {
    // The beginnings of the digits: Arabic-Indic, Devanagari, full width, mathematical.
    for zero in ['\u{660}', '\u{966}', '\u{FF10}', '\u{1D7CE}'] {
        let digit = |digit: char| {
            let value = digit.to_digit(10).and_then(|value| char::from_u32(u32::from(zero) + value));
            value.unwrap_or(digit)
        };
        read_as_typed(harness, |code| code.chars().map(digit).collect()).await?;
    }
    Ok(())
}

pub(super) async fn digits_in_groups_are_read_as_one_code(harness: &dyn Harness) -> CaseResult {
    for separator in ["-", " ", "\u{2011}", "\u{202F}", "\u{A0}", " \u{2013} "] {
        let typed = |code: &str| {
            // Only digits are grouped: in a code of letters a hyphen could be part of it.
            let is_digits = code.len() > 1 && code.bytes().all(|byte| byte.is_ascii_digit());
            let (first, second) = code.split_at(if is_digits { code.len() / 2 } else { 0 });
            if is_digits { format!("{first}{separator}{second}") } else { code.to_owned() }
        };
        read_as_typed(harness, typed).await?;
    }
    Ok(())
}

/// Requires that the right code is accepted in the form in which somebody typed it.
async fn read_as_typed(harness: &dyn Harness, typed: impl Fn(&str) -> String + Send) -> CaseResult {
    let (challenge, code) = harness.start_and_read().await?;
    let typed = typed(code.expose());
    harness.verify(&challenge, typed).await.map(|_| ()).map_err(|error| format!("it was refused: {error}"))
}

pub(super) async fn an_empty_code_is_refused_and_nothing_is_sent(harness: &dyn Harness) -> CaseResult {
    unfit(harness, "").await?;
    unfit(harness, " \n").await
}

pub(super) async fn a_dotted_code_is_refused_and_nothing_is_sent(harness: &dyn Harness) -> CaseResult {
    unfit(harness, ".").await?;
    unfit(harness, "..").await
}

pub(super) async fn an_over_long_code_is_refused_and_nothing_is_sent(harness: &dyn Harness) -> CaseResult {
    unfit(harness, &"1".repeat(65)).await
}

pub(super) async fn a_code_with_control_characters_is_refused_and_nothing_is_sent(
    harness: &dyn Harness,
) -> CaseResult {
    unfit(harness, "12\u{0}34").await
}

pub(super) async fn what_cannot_be_a_code_is_refused_and_nothing_is_sent(
    harness: &dyn Harness,
) -> CaseResult {
    for text in ["\u{200B}\u{FEFF}", "\u{1F511}", "12\u{1F511}34", "The code that I got is 123456."] {
        unfit(harness, text).await.map_err(|found| format!("{text:?}: {found}"))?;
    }
    let Some(format) = harness.provider().capabilities().code_format.clone() else { return Ok(()) };
    let (min, max) = (*format.length.start() as usize, *format.length.end() as usize);
    for text in ["1".repeat(min.saturating_sub(1)), "1".repeat(max + 1), "é".repeat(max)] {
        unfit(harness, &text).await.map_err(|found| format!("{text:?}: {found}"))?;
    }
    Ok(())
}

async fn unfit(harness: &dyn Harness, code: &str) -> CaseResult {
    let challenge = harness.start().await?;
    let request = harness.verification(challenge.id, code);
    harness.refused(harness.provider().verify(&request), &[ErrorKind::InvalidRequest], "code").await
}

pub(super) async fn a_code_with_leading_zeros_is_checked_as_it_is(harness: &dyn Harness) -> CaseResult {
    let (challenge, code) = harness.start_and_read().await?;
    let padded = Code::from(format!("00{}", code.expose()));
    rejection(harness.verify(&challenge, padded).await)?;
    harness
        .verify(&challenge, code)
        .await
        .map(|_| ())
        .map_err(|error| format!("the right one was refused: {error}"))
}

pub(super) async fn a_code_of_letters_is_checked_or_refused(harness: &dyn Harness) -> CaseResult {
    checked_or_refused(harness, "aBcDeF").await
}

pub(super) async fn a_code_that_is_not_ascii_is_checked_or_refused(harness: &dyn Harness) -> CaseResult {
    checked_or_refused(harness, "é /?#%+ж").await
}

/// Requires that a wrong code is sent as it is, or refused because the provider has no codes of that form. A stack of
/// several providers may not know their forms beforehand.
async fn checked_or_refused(harness: &dyn Harness, code: &str) -> CaseResult {
    let challenge = harness.start().await?;
    let format = harness.provider().capabilities().code_format.clone();
    let before = harness.requests();
    let error = refusal(harness.verify(&challenge, code).await)?;
    if error.kind() != ErrorKind::InvalidRequest {
        return rejection::<()>(Err(error)).map(|_| ());
    }
    ensure!(
        !format.is_some_and(|format| format.fits(&Code::from(code))),
        "a code of the format is refused: {error}"
    );
    ensure!(error.to_string().contains("code"), "the message does not mention the code: {error}");
    ensure!(!error.may_have_acted() && harness.requests() == before, "a code that is refused was sent");
    Ok(())
}
