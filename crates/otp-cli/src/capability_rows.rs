//! The capabilities of a provider, in words. The tests of the workspace write the table of the README with the same words.

use otp_facade::{Capabilities, Channel, PurposeSupport, RecipientKind};

/// A name, and what the provider has.
pub(crate) type Row = (&'static str, String);

pub(crate) fn rows(capabilities: &Capabilities) -> Vec<Row> {
    let yes = |has: bool| if has { "yes" } else { "–" }.to_owned();
    vec![
        ("cancel", yes(capabilities.cancel)),
        ("status", yes(capabilities.status)),
        ("recipient", recipient(capabilities.recipient).to_owned()),
        ("channels", channels(&capabilities.channels)),
        ("options", options(capabilities)),
    ]
}

const fn recipient(kind: RecipientKind) -> &'static str {
    match kind {
        RecipientKind::Owner => "the credential's owner",
        RecipientKind::Phone => "phone number",
        RecipientKind::PhoneOrEmail => "phone number, e-mail address",
        RecipientKind::User => "user id",
        RecipientKind::PhoneAndUser => "phone number and user id",
        // `Any`, and what a later version knows.
        _ => "any",
    }
}

fn channels(channels: &[Channel]) -> String {
    let names = channels.iter().map(|channel| match channel {
        Channel::Sms => "SMS",
        Channel::Totp => "authenticator app",
        Channel::ReturnedToCaller => "returned to the caller",
        Channel::PhotoTan => "photoTAN",
        Channel::WhatsApp => "WhatsApp",
        Channel::Rcs => "RCS",
        Channel::Email => "e-mail",
        other => other.as_str(),
    });
    names.collect::<Vec<_>>().join(", ")
}

fn options(capabilities: &Capabilities) -> String {
    let options = [
        ("ttl", capabilities.ttl.is_some()),
        ("attempts", capabilities.max_attempts.is_some()),
        ("length", capabilities.code_length.is_some()),
        ("alphabet", capabilities.alphabets.len() > 1),
        ("sender", capabilities.sender),
        ("template", capabilities.template && !capabilities.template_is_id),
        ("template id", capabilities.template && capabilities.template_is_id),
        ("language", !capabilities.languages.is_empty()),
        ("callback", capabilities.callback_url),
        ("tracking id", capabilities.tracking_id),
        ("rate limit keys", capabilities.rate_limit_keys),
    ];
    let names: Vec<_> = options.into_iter().filter(|(_, has)| *has).map(|(name, _)| name).collect();
    let purpose = matches!(capabilities.purposes, PurposeSupport::Required(_));
    let parts = [names.join(", "), if purpose { "a purpose is required" } else { "" }.to_owned()];
    let parts: Vec<_> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    if parts.is_empty() { "–".to_owned() } else { parts.join("; ") }
}
