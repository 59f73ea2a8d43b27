//! `otp providers`: what each supports, from the capabilities themselves.

use std::process::ExitCode;

use otp_facade::config::StackConfig;
use otp_facade::{Capabilities, Channel, OtpProvider, PurposeSupport, RecipientKind};
use serde_json::{Value, json};

use crate::catalog::{self, Entry};
use crate::command_error::CommandError;
use crate::output::{Output, STRONG};

/// The provider for tests within a process. It sends nothing.
const IN_PROCESS: &str = "memory";

pub(crate) fn run(output: &Output) -> Result<ExitCode, CommandError> {
    let mut columns = Vec::new();
    for entry in catalog::entries().iter().filter(|entry| entry.slug != IN_PROCESS) {
        columns.push((entry.slug.as_str(), rows(&capabilities(entry)?)));
    }
    let json: serde_json::Map<String, Value> = columns
        .iter()
        .map(|(slug, rows)| {
            let rows = rows.iter().map(|(name, value)| ((*name).to_owned(), json!(value)));
            ((*slug).to_owned(), rows.collect::<serde_json::Map<_, _>>().into())
        })
        .collect();
    output.result(&table(&columns), &json.into());
    Ok(ExitCode::SUCCESS)
}

/// The capabilities of a provider, which do not depend on the credential.
fn capabilities(entry: &Entry) -> Result<Capabilities, CommandError> {
    let mut table = sample(&entry.slug);
    table["provider"] = json!(entry.slug);
    let config = StackConfig::from_json(&json!({ "providers": [table] }).to_string())?;
    let environment = [("ANY".to_owned(), "any".to_owned())].into();
    Ok(config.build_with(&environment)?.capabilities().clone())
}

/// The keys that a provider cannot do without, and those that more channels need.
fn sample(slug: &str) -> Value {
    let any = json!({ "env": "ANY" });
    match slug {
        "equinix-metal" => json!({ "auth_token": any }),
        "smscx" => json!({ "api_key": any }),
        "twilio" => json!({
            "service_sid": format!("VA{:032}", 0),
            "account_sid": format!("AC{:032}", 0),
            "auth_token": any,
        }),
        "vonage" => json!({
            "brand": "any",
            "api_key": "any",
            "api_secret": any,
            "whatsapp_sender": "4915112345678",
            "rcs_sender": "any",
        }),
        _ => json!({ "bearer": any }),
    }
}

type Row = (&'static str, String);

fn rows(capabilities: &Capabilities) -> Vec<Row> {
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

/// One block for each provider: columns of this many words would not fit on a line.
fn table(columns: &[(&str, Vec<Row>)]) -> String {
    let block = |(slug, rows): &(&str, Vec<Row>)| {
        let rows = rows.iter().map(|(name, value)| format!("  {name:<10} {value}\n"));
        format!("{STRONG}{slug}{STRONG:#}\n{}", rows.collect::<String>())
    };
    columns.iter().map(block).collect::<Vec<_>>().join("\n")
}
