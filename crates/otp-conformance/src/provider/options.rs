//! Every option is honored in full, or refused before anything is sent.

use std::fmt::Display;
use std::ops::RangeInclusive;
use std::time::{Duration, SystemTime};

use otp_facade::{Alphabet, Channel, CreateRequest, ErrorKind, Purpose, PurposeSupport};

use crate::harness::{rejection, wrong};
use crate::{CaseResult, Harness, ensure};

/// Requires that a request is accepted if the provider has the option, and refused as unsupported if not.
async fn accepted_or_refused(
    harness: &dyn Harness,
    request: CreateRequest,
    supported: bool,
    name: &str,
) -> CaseResult {
    if supported {
        return harness.start_with(&request).await.map(|_| ());
    }
    harness.refused(harness.provider().create(&request), &[ErrorKind::Unsupported], name).await
}

/// Requires that a value out of bounds is refused, and that the message has the bounds.
async fn out_of_bounds(harness: &dyn Harness, request: CreateRequest, bounds: &str) -> CaseResult {
    harness.refused(harness.provider().create(&request), &[ErrorKind::InvalidRequest], bounds).await
}

pub(super) async fn a_channel_is_honored_or_refused(harness: &dyn Harness) -> CaseResult {
    let channels = harness.provider().capabilities().channels.clone();
    for channel in Channel::ALL.iter().copied() {
        let request = harness.request().with_channel(channel);
        if channels.contains(&channel) {
            let challenge = harness.start_with(&request).await?;
            ensure!(challenge.channel == channel, "{channel} became {}", challenge.channel);
            ensure!(
                challenge.code.is_some() == (channel == Channel::ReturnedToCaller),
                "{channel}: a code for the caller"
            );
            ensure!(
                challenge.image.is_some() == (channel == Channel::PhotoTan),
                "{channel}: an image to scan"
            );
        } else {
            accepted_or_refused(harness, request, false, channel.as_str()).await?;
        }
    }
    Ok(())
}

pub(super) async fn a_ttl_is_honored_or_refused(harness: &dyn Harness) -> CaseResult {
    let Some(range) = harness.provider().capabilities().ttl.clone() else {
        let request = harness.request().with_ttl(Duration::from_secs(120));
        return accepted_or_refused(harness, request, false, "ttl").await;
    };
    let seconds = whole_seconds(&range);
    let ttl = Duration::from_secs(within(&seconds, 90)?);
    let request = harness.request().with_ttl(ttl);
    let before = SystemTime::now();
    let challenge = harness.start_with(&request).await?;
    if let Some(expires_at) = challenge.expires_at {
        let lasts = expires_at.duration_since(before).unwrap_or_default();
        ensure!(lasts.abs_diff(ttl) <= SLACK, "a ttl of {ttl:?} lasts {lasts:?}");
    }
    let bounds = format!("from {} to {} whole seconds", range.start().as_secs(), range.end().as_secs());
    let beside = [seconds.start().checked_sub(1), seconds.end().checked_add(1)];
    let beside = beside.map(|seconds| seconds.map(Duration::from_secs));
    let half = Duration::from_secs(*seconds.start()).checked_add(Duration::from_millis(500));
    for ttl in beside.into_iter().chain([half]).flatten() {
        out_of_bounds(harness, harness.request().with_ttl(ttl), &bounds)
            .await
            .map_err(|text| format!("{ttl:?}: {text}"))?;
    }
    ends_with_its_ttl(harness, ttl).await
}

/// By how much a ttl may be missed.
const SLACK: Duration = Duration::from_secs(10);

/// That a code is good until its ttl is over, and no longer, where the clock can be moved.
async fn ends_with_its_ttl(harness: &dyn Harness, ttl: Duration) -> CaseResult {
    let request = || harness.request().with_ttl(ttl);
    let (challenge, code) = harness.start_and_read_with(&request()).await?;
    let early = ttl.saturating_sub(SLACK);
    if !harness.advance(early).await {
        return Ok(());
    }
    let outcome = harness.verify(&challenge, code).await;
    outcome.map_err(|error| format!("a code with a ttl of {ttl:?}, after {early:?}: {error}"))?;
    let (challenge, code) = harness.start_and_read_with(&request()).await?;
    let late = ttl.saturating_add(SLACK);
    ensure!(harness.advance(late).await, "the harness moves its clock no more");
    let outcome = rejection(harness.verify(&challenge, code).await);
    outcome.map(|_| ()).map_err(|text| format!("a code with a ttl of {ttl:?}, after {late:?}: {text}"))
}

/// The bounds of a ttl in whole seconds.
fn whole_seconds(range: &RangeInclusive<Duration>) -> RangeInclusive<u64> {
    let min = range.start().as_secs().saturating_add(u64::from(range.start().subsec_nanos() != 0));
    min..=range.end().as_secs()
}

/// The wanted value, or the closest one within the bounds.
fn within<T: Copy + Ord + Display>(range: &RangeInclusive<T>, wanted: T) -> Result<T, String> {
    let (min, max) = (*range.start(), *range.end());
    ensure!(min <= max, "nothing is within the bounds from {min} to {max}");
    Ok(wanted.clamp(min, max))
}

/// The values just outside the bounds. There is none beyond the first or the last number of the type.
fn beside(range: &RangeInclusive<u32>) -> impl Iterator<Item = u32> + use<> {
    [range.start().checked_sub(1), range.end().checked_add(1)].into_iter().flatten()
}

pub(super) async fn a_number_of_attempts_is_honored_or_refused(harness: &dyn Harness) -> CaseResult {
    let Some(range) = harness.provider().capabilities().max_attempts.clone() else {
        return accepted_or_refused(harness, harness.request().with_max_attempts(2), false, "max_attempts")
            .await;
    };
    let attempts = within(&range, 2)?;
    let request = harness.request().with_max_attempts(attempts);
    let (challenge, code) = harness.start_and_read_with(&request).await?;
    for _ in 0..attempts {
        ensure!(harness.verify(&challenge, wrong(&code)).await.is_err(), "a wrong code was accepted");
    }
    ensure!(harness.verify(&challenge, code).await.is_err(), "there was an attempt after {attempts}");
    let bounds = format!("from {} to {}", range.start(), range.end());
    // A provider that clamps instead would silently do something else than what was asked.
    for attempts in beside(&range) {
        out_of_bounds(harness, harness.request().with_max_attempts(attempts), &bounds).await?;
    }
    Ok(())
}

pub(super) async fn a_code_length_is_honored_or_refused(harness: &dyn Harness) -> CaseResult {
    let Some(range) = harness.provider().capabilities().code_length.clone() else {
        return accepted_or_refused(harness, harness.request().with_code_length(7), false, "code_length")
            .await;
    };
    let wanted = within(&range, 7)?;
    let challenge = harness.start_with(&harness.request().with_code_length(wanted)).await?;
    let length = harness.code(&challenge).await.map_or(0, |code| code.expose().chars().count());
    ensure!(u32::try_from(length) == Ok(wanted), "a code of {wanted} has {length}");
    let bounds = format!("from {} to {}", range.start(), range.end());
    for length in beside(&range) {
        out_of_bounds(harness, harness.request().with_code_length(length), &bounds).await?;
    }
    Ok(())
}

pub(super) async fn an_alphabet_is_honored_or_refused(harness: &dyn Harness) -> CaseResult {
    let capabilities = harness.provider().capabilities();
    type Belongs = fn(char) -> bool;
    let alphabets: [(Alphabet, Belongs); 3] = [
        (Alphabet::Digits, |character| character.is_ascii_digit()),
        (Alphabet::Letters, |character| character.is_ascii_alphabetic()),
        (Alphabet::Alphanumeric, |character| character.is_ascii_alphanumeric()),
    ];
    for (alphabet, belongs) in alphabets {
        let request = harness.request().with_alphabet(alphabet);
        if !capabilities.alphabets.contains(&alphabet) {
            accepted_or_refused(harness, request, false, alphabet.as_str()).await?;
            continue;
        }
        let challenge = harness.start_with(&request).await?;
        let code = harness.code(&challenge).await.ok_or("no code can be read")?;
        ensure!(code.expose().chars().all(belongs), "a code of {} has other characters", alphabet.as_str());
    }
    Ok(())
}

pub(super) async fn a_sender_is_honored_or_refused(harness: &dyn Harness) -> CaseResult {
    let capabilities = harness.provider().capabilities();
    let supported = capabilities.sender;
    let request = harness.request().with_sender("Example");
    let is_taken = capabilities.takes_sender(capabilities.channel(&request));
    accepted_or_refused(harness, request, is_taken, "sender").await?;
    for channel in capabilities.channels.iter().filter(|channel| !capabilities.takes_sender(**channel)) {
        let request = harness.request().with_channel(*channel).with_sender("Example");
        accepted_or_refused(harness, request, false, "sender").await?;
    }
    empty(harness, harness.request().with_sender(""), supported, "sender").await
}

pub(super) async fn a_template_is_honored_or_refused(harness: &dyn Harness) -> CaseResult {
    let capabilities = harness.provider().capabilities();
    let supported = capabilities.template;
    let request = harness.request().with_template(harness.template());
    let is_taken = capabilities.takes_template(capabilities.channel(&request));
    accepted_or_refused(harness, request, is_taken, "template").await?;
    for channel in capabilities.channels.iter().filter(|channel| !capabilities.takes_template(**channel)) {
        let request = harness.request().with_channel(*channel).with_template(harness.template());
        accepted_or_refused(harness, request, false, "template").await?;
    }
    empty(harness, harness.request().with_template(""), supported, "template").await
}

pub(super) async fn a_language_is_honored_or_refused(harness: &dyn Harness) -> CaseResult {
    let languages = harness.provider().capabilities().languages.clone();
    for language in &languages {
        harness.start_with(&harness.request().with_language(*language)).await?;
    }
    let request = harness.request().with_language("xx");
    let kinds = [ErrorKind::Unsupported, ErrorKind::InvalidRequest];
    harness.refused(harness.provider().create(&request), &kinds, "language").await
}

pub(super) async fn a_callback_url_is_honored_or_refused(harness: &dyn Harness) -> CaseResult {
    let supported = harness.provider().capabilities().callback_url;
    let request = harness.request().with_callback_url("https://example.com/otp");
    accepted_or_refused(harness, request, supported, "callback_url").await?;
    empty(harness, harness.request().with_callback_url(""), supported, "callback_url").await
}

pub(super) async fn a_tracking_id_is_honored_or_refused(harness: &dyn Harness) -> CaseResult {
    let supported = harness.provider().capabilities().tracking_id;
    let request = harness.request().with_tracking_id("6f9619ff-8b86-4011-b42d-00c04fc964ff");
    accepted_or_refused(harness, request, supported, "tracking_id").await?;
    empty(harness, harness.request().with_tracking_id(""), supported, "tracking_id").await
}

pub(super) async fn a_rate_limit_key_is_honored_or_refused(harness: &dyn Harness) -> CaseResult {
    let supported = harness.provider().capabilities().rate_limit_keys;
    let request = harness.request().with_rate_limit_key("end_user_ip", "203.0.113.7");
    accepted_or_refused(harness, request, supported, "rate_limit_keys").await?;
    let request = harness.request().with_rate_limit_key("end_user_ip", "");
    empty(harness, request, supported, "rate_limit_keys").await
}

pub(super) async fn a_purpose_is_bound_or_refused(harness: &dyn Harness) -> CaseResult {
    let supported = harness.provider().capabilities().purposes;
    let request = harness.request().with_purpose(Purpose::Other("login".into()));
    accepted_or_refused(harness, request, supported == PurposeSupport::Any, "purpose").await?;
    if matches!(supported, PurposeSupport::Required(_)) {
        let mut request = harness.request();
        request.purpose = None;
        out_of_bounds(harness, request, "purpose").await?;
    }
    Ok(())
}

pub(super) async fn a_subject_is_bound_or_refused(harness: &dyn Harness) -> CaseResult {
    let supported = harness.provider().capabilities().binding;
    accepted_or_refused(harness, harness.request().with_subject("session-1"), supported, "subject").await
}

pub(super) async fn an_idempotency_key_is_honored_or_refused(harness: &dyn Harness) -> CaseResult {
    let capabilities = harness.provider().capabilities();
    let supported = capabilities.idempotency_keys;
    empty(harness, harness.request().with_idempotency_key(""), supported, "idempotency_key").await?;
    let returned = [Channel::ReturnedToCaller, Channel::PhotoTan];
    for channel in returned.into_iter().filter(|channel| capabilities.channels.contains(channel)) {
        let request = harness.request().with_channel(channel).with_idempotency_key("form-1");
        accepted_or_refused(harness, request, false, "idempotency_key").await?;
    }
    let mut request = harness.request().with_idempotency_key("form-1");
    if !supported {
        return accepted_or_refused(harness, request, false, "idempotency_key").await;
    }
    let too_long = harness.request().with_idempotency_key("k".repeat(256));
    out_of_bounds(harness, too_long, "at most 255 bytes").await?;
    if returned.contains(&capabilities.channel(&request)) {
        request.channel = capabilities.channels.iter().copied().find(|channel| !returned.contains(channel));
    }
    let first = harness.start_with(&request).await?;
    let before = harness.requests();
    let again = harness.start_with(&request).await?;
    ensure!(again.id == first.id, "a repetition started another challenge");
    ensure!(again.replayed && !first.replayed, "the repetition alone is a replay");
    ensure!(harness.requests() == before, "a repetition sent something");
    if capabilities.one_at_a_time {
        return Ok(()); // Another challenge is refused, whatever its key.
    }
    let other = request.clone().with_idempotency_key("form-2");
    ensure!(harness.start_with(&other).await?.id != first.id, "another key got the same challenge");
    Ok(())
}

/// Requires that an empty string is refused, with or without the option.
async fn empty(harness: &dyn Harness, request: CreateRequest, supported: bool, name: &str) -> CaseResult {
    let kind = if supported { ErrorKind::InvalidRequest } else { ErrorKind::Unsupported };
    harness.refused(harness.provider().create(&request), &[kind], name).await
}
