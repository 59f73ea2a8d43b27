//! Every option is honoured in full, or refused before anything is sent.

use std::time::{Duration, SystemTime};

use super::Finding;
use super::bench::{Bench, hold, wrong};
use crate::capabilities::Purposes;
use crate::error::ErrorKind;
use crate::purpose::Purpose;
use crate::request::{Alphabet, Channel, CreateRequest};

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
    for channel in [Channel::Sms, Channel::Push, Channel::Totp, Channel::Handover, Channel::PhotoTan] {
        let request = bench.request().with_channel(channel);
        if channels.contains(&channel) {
            let challenge = bench.start_with(&request).await?;
            hold!(challenge.channel == channel, "{channel} became {}", challenge.channel);
            hold!(
                challenge.code.is_some() == (channel == Channel::Handover),
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
    let ttl = (*range.start()).max(Duration::from_secs(90));
    let before = SystemTime::now();
    let challenge = bench.start_with(&bench.request().with_ttl(ttl)).await?;
    if let Some(expires_at) = challenge.expires_at {
        let lasts = expires_at.duration_since(before).unwrap_or_default();
        let slack = Duration::from_secs(10);
        hold!(lasts + slack >= ttl && lasts <= ttl + slack, "a ttl of {ttl:?} lasts {lasts:?}");
    }
    let bounds = format!("from {} to {} whole seconds", range.start().as_secs(), range.end().as_secs());
    let half = Duration::from_millis(500);
    for ttl in [
        *range.start() - Duration::from_secs(1),
        *range.end() + Duration::from_secs(1),
        *range.start() + half,
    ] {
        out_of_bounds(bench, bench.request().with_ttl(ttl), &bounds)
            .await
            .map_err(|text| format!("{ttl:?}: {text}"))?;
    }
    Ok(())
}

pub(super) async fn a_number_of_attempts_is_honoured_or_refused(bench: &dyn Bench) -> Finding {
    let Some(range) = bench.provider().capabilities().max_attempts else {
        return accepted_or_refused(bench, bench.request().with_max_attempts(2), false, "max_attempts").await;
    };
    let challenge = bench.start_with(&bench.request().with_max_attempts(2)).await?;
    let code = bench.code(&challenge).await.ok_or("no code can be read")?;
    for _ in 0..2 {
        hold!(bench.verify(&challenge, wrong(&code)).await.is_err(), "a wrong code was accepted");
    }
    hold!(bench.verify(&challenge, code).await.is_err(), "there was a third try");
    let bounds = format!("from {} to {}", range.start(), range.end());
    for attempts in [range.start() - 1, range.end() + 1] {
        out_of_bounds(bench, bench.request().with_max_attempts(attempts), &bounds).await?;
    }
    Ok(())
}

pub(super) async fn a_code_length_is_honoured_or_refused(bench: &dyn Bench) -> Finding {
    let Some(range) = bench.provider().capabilities().code_length else {
        return accepted_or_refused(bench, bench.request().with_code_length(7), false, "code_length").await;
    };
    let challenge = bench.start_with(&bench.request().with_code_length(7)).await?;
    let length = bench.code(&challenge).await.map_or(0, |code| code.expose().chars().count());
    hold!(length == 7, "a code of 7 has {length}");
    let bounds = format!("from {} to {}", range.start(), range.end());
    for length in [range.start() - 1, range.end() + 1] {
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
    accepted_or_refused(bench, request, supported == Purposes::Any, "purpose").await?;
    if matches!(supported, Purposes::Required(_)) {
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
