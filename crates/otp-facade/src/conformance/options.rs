//! Every option is honoured in full, or refused before anything is sent.

use std::fmt::Display;
use std::ops::RangeInclusive;
use std::time::{Duration, SystemTime};

use super::Finding;
use super::bench::{Bench, hold, rejection, wrong};
use crate::capabilities::PurposeSupport;
use crate::channel::Channel;
use crate::error::ErrorKind;
use crate::purpose::Purpose;
use crate::request::{Alphabet, CreateRequest};

/// That a request is refused as unsupported, or, where the provider has the option, accepted.
async fn accepted_or_refused(
    bench: &dyn Bench,
    request: CreateRequest,
    supported: bool,
    name: &str,
) -> Finding {
    if supported {
        return bench.start_with(&request).await.map(|_| ());
    }
    bench.refused(bench.provider().create(&request), &[ErrorKind::Unsupported], name).await
}

/// That a value out of bounds is refused with the bounds in the text.
async fn out_of_bounds(bench: &dyn Bench, request: CreateRequest, bounds: &str) -> Finding {
    bench.refused(bench.provider().create(&request), &[ErrorKind::InvalidRequest], bounds).await
}

pub(super) async fn a_channel_is_honoured_or_refused(bench: &dyn Bench) -> Finding {
    let channels = bench.provider().capabilities().channels;
    for channel in [Channel::Sms, Channel::Push, Channel::Totp, Channel::ReturnedToCaller, Channel::PhotoTan]
    {
        let request = bench.request().with_channel(channel);
        if channels.contains(&channel) {
            let challenge = bench.start_with(&request).await?;
            hold!(challenge.channel == channel, "{channel} became {}", challenge.channel);
            hold!(
                challenge.code.is_some() == (channel == Channel::ReturnedToCaller),
                "{channel}: a code for the caller"
            );
            hold!(challenge.image.is_some() == (channel == Channel::PhotoTan), "{channel}: an image to scan");
        } else {
            accepted_or_refused(bench, request, false, channel.as_str()).await?;
        }
    }
    Ok(())
}

pub(super) async fn a_ttl_is_honoured_or_refused(bench: &dyn Bench) -> Finding {
    let Some(range) = bench.provider().capabilities().ttl else {
        let request = bench.request().with_ttl(Duration::from_secs(120));
        return accepted_or_refused(bench, request, false, "ttl").await;
    };
    let seconds = whole_seconds(&range);
    let ttl = Duration::from_secs(within(&seconds, 90)?);
    let request = bench.request().with_ttl(ttl);
    let before = SystemTime::now();
    let challenge = bench.start_with(&request).await?;
    if let Some(expires_at) = challenge.expires_at {
        let lasts = expires_at.duration_since(before).unwrap_or_default();
        hold!(lasts.abs_diff(ttl) <= SLACK, "a ttl of {ttl:?} lasts {lasts:?}");
    }
    let bounds = format!("from {} to {} whole seconds", range.start().as_secs(), range.end().as_secs());
    let beside = [seconds.start().checked_sub(1), seconds.end().checked_add(1)];
    let beside = beside.map(|seconds| seconds.map(Duration::from_secs));
    let half = Duration::from_secs(*seconds.start()).checked_add(Duration::from_millis(500));
    for ttl in beside.into_iter().chain([half]).flatten() {
        out_of_bounds(bench, bench.request().with_ttl(ttl), &bounds)
            .await
            .map_err(|text| format!("{ttl:?}: {text}"))?;
    }
    ends_with_its_ttl(bench, &request, ttl).await
}

/// By how much a ttl may be missed.
const SLACK: Duration = Duration::from_secs(10);

/// That a code is good until its ttl is over, and no longer, where the clock can be moved.
async fn ends_with_its_ttl(bench: &dyn Bench, request: &CreateRequest, ttl: Duration) -> Finding {
    let (challenge, code) = bench.start_and_read_with(request).await?;
    let early = ttl.saturating_sub(SLACK);
    if !bench.advance(early).await {
        return Ok(());
    }
    let outcome = bench.verify(&challenge, code).await;
    outcome.map_err(|error| format!("a code with a ttl of {ttl:?}, after {early:?}: {error}"))?;
    let (challenge, code) = bench.start_and_read_with(request).await?;
    let late = ttl.saturating_add(SLACK);
    hold!(bench.advance(late).await, "the bench moves its clock no more");
    let outcome = rejection(bench.verify(&challenge, code).await);
    outcome.map(|_| ()).map_err(|text| format!("a code with a ttl of {ttl:?}, after {late:?}: {text}"))
}

/// The bounds of a ttl, which has to be of whole seconds.
fn whole_seconds(range: &RangeInclusive<Duration>) -> RangeInclusive<u64> {
    let least = range.start().as_secs().saturating_add(u64::from(range.start().subsec_nanos() != 0));
    least..=range.end().as_secs()
}

/// What to ask for: this, or what is next to it within the bounds.
fn within<T: Copy + Ord + Display>(range: &RangeInclusive<T>, wanted: T) -> Result<T, String> {
    let (least, most) = (*range.start(), *range.end());
    hold!(least <= most, "nothing is within the bounds from {least} to {most}");
    Ok(wanted.clamp(least, most))
}

/// What is next to the bounds on the outside; nothing next to the last number that there is.
fn beside(range: &RangeInclusive<u32>) -> impl Iterator<Item = u32> + use<> {
    [range.start().checked_sub(1), range.end().checked_add(1)].into_iter().flatten()
}

pub(super) async fn a_number_of_attempts_is_honoured_or_refused(bench: &dyn Bench) -> Finding {
    let Some(range) = bench.provider().capabilities().max_attempts else {
        return accepted_or_refused(bench, bench.request().with_max_attempts(2), false, "max_attempts").await;
    };
    let attempts = within(&range, 2)?;
    let request = bench.request().with_max_attempts(attempts);
    let (challenge, code) = bench.start_and_read_with(&request).await?;
    for _ in 0..attempts {
        hold!(bench.verify(&challenge, wrong(&code)).await.is_err(), "a wrong code was accepted");
    }
    hold!(bench.verify(&challenge, code).await.is_err(), "there was a try after {attempts}");
    let bounds = format!("from {} to {}", range.start(), range.end());
    for attempts in beside(&range) {
        out_of_bounds(bench, bench.request().with_max_attempts(attempts), &bounds).await?;
    }
    Ok(())
}

pub(super) async fn a_code_length_is_honoured_or_refused(bench: &dyn Bench) -> Finding {
    let Some(range) = bench.provider().capabilities().code_length else {
        return accepted_or_refused(bench, bench.request().with_code_length(7), false, "code_length").await;
    };
    let wanted = within(&range, 7)?;
    let challenge = bench.start_with(&bench.request().with_code_length(wanted)).await?;
    let length = bench.code(&challenge).await.map_or(0, |code| code.expose().chars().count());
    hold!(u32::try_from(length) == Ok(wanted), "a code of {wanted} has {length}");
    let bounds = format!("from {} to {}", range.start(), range.end());
    for length in beside(&range) {
        out_of_bounds(bench, bench.request().with_code_length(length), &bounds).await?;
    }
    Ok(())
}

pub(super) async fn an_alphabet_is_honoured_or_refused(bench: &dyn Bench) -> Finding {
    let capabilities = bench.provider().capabilities();
    type Belongs = fn(char) -> bool;
    let alphabets: [(Alphabet, Belongs); 3] = [
        (Alphabet::Digits, |character| character.is_ascii_digit()),
        (Alphabet::Letters, |character| character.is_ascii_alphabetic()),
        (Alphabet::Alphanumeric, |character| character.is_ascii_alphanumeric()),
    ];
    for (alphabet, belongs) in alphabets {
        let request = bench.request().with_alphabet(alphabet);
        if !capabilities.alphabets.contains(&alphabet) {
            accepted_or_refused(bench, request, false, alphabet.as_str()).await?;
            continue;
        }
        let challenge = bench.start_with(&request).await?;
        let code = bench.code(&challenge).await.ok_or("no code can be read")?;
        hold!(code.expose().chars().all(belongs), "a code of {} has other characters", alphabet.as_str());
    }
    Ok(())
}

pub(super) async fn a_sender_is_honoured_or_refused(bench: &dyn Bench) -> Finding {
    let supported = bench.provider().capabilities().sender;
    accepted_or_refused(bench, bench.request().with_sender("Example"), supported, "sender").await?;
    empty(bench, bench.request().with_sender(""), supported, "sender").await
}

pub(super) async fn a_template_is_honoured_or_refused(bench: &dyn Bench) -> Finding {
    let supported = bench.provider().capabilities().template;
    accepted_or_refused(bench, bench.request().with_template("{{pin}} is it"), supported, "template").await?;
    empty(bench, bench.request().with_template(""), supported, "template").await
}

pub(super) async fn a_language_is_honoured_or_refused(bench: &dyn Bench) -> Finding {
    let languages = bench.provider().capabilities().languages;
    for language in &languages {
        bench.start_with(&bench.request().with_language(*language)).await?;
    }
    let request = bench.request().with_language("xx");
    let kinds = [ErrorKind::Unsupported, ErrorKind::InvalidRequest];
    bench.refused(bench.provider().create(&request), &kinds, "language").await
}

pub(super) async fn a_callback_url_is_honoured_or_refused(bench: &dyn Bench) -> Finding {
    let supported = bench.provider().capabilities().callback_url;
    let request = bench.request().with_callback_url("https://example.com/otp");
    accepted_or_refused(bench, request, supported, "callback_url").await?;
    empty(bench, bench.request().with_callback_url(""), supported, "callback_url").await
}

pub(super) async fn a_tracking_id_is_honoured_or_refused(bench: &dyn Bench) -> Finding {
    let supported = bench.provider().capabilities().tracking_id;
    let request = bench.request().with_tracking_id("6f9619ff-8b86-4011-b42d-00c04fc964ff");
    accepted_or_refused(bench, request, supported, "tracking_id").await?;
    empty(bench, bench.request().with_tracking_id(""), supported, "tracking_id").await
}

pub(super) async fn a_purpose_is_bound_or_refused(bench: &dyn Bench) -> Finding {
    let supported = bench.provider().capabilities().purposes;
    let request = bench.request().with_purpose(Purpose::Other("login".into()));
    accepted_or_refused(bench, request, supported == PurposeSupport::Any, "purpose").await?;
    if matches!(supported, PurposeSupport::Required(_)) {
        let mut request = bench.request();
        request.purpose = None;
        out_of_bounds(bench, request, "purpose").await?;
    }
    Ok(())
}

pub(super) async fn a_subject_is_bound_or_refused(bench: &dyn Bench) -> Finding {
    let supported = bench.provider().capabilities().binding;
    accepted_or_refused(bench, bench.request().with_subject("session-1"), supported, "subject").await
}

/// An empty text is refused either way.
async fn empty(bench: &dyn Bench, request: CreateRequest, supported: bool, name: &str) -> Finding {
    let kind = if supported { ErrorKind::InvalidRequest } else { ErrorKind::Unsupported };
    bench.refused(bench.provider().create(&request), &[kind], name).await
}
