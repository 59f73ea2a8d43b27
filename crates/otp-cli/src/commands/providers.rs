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

/// The capabilities of a provider, which do not depend on its credential.
fn capabilities(entry: &Entry) -> Result<Capabilities, CommandError> {
    let mut table = json!({ "provider": entry.slug });
    let has_required = entry.keys.iter().any(|key| key.is_required && key.is_secret);
    let mut secrets = 0;
    for key in &entry.keys {
        if key.is_secret {
            // Where any of several will do, the first.
            let is_needed = if has_required { key.is_required } else { secrets == 0 };
            secrets += 1;
            if is_needed {
                table[&key.name] = json!({ "env": "ANY" });
            }
        } else if key.is_required {
            table[&key.name] = json!("any");
        }
    }
    let config = StackConfig::from_json(&json!({ "providers": [table] }).to_string())?;
    let environment = [("ANY".to_owned(), "any".to_owned())].into();
    Ok(config.build_with(&environment)?.capabilities().clone())
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
        other => other.as_str(),
    });
    names.collect::<Vec<_>>().join(", ")
}

fn options(capabilities: &Capabilities) -> String {
    let options = [
        ("ttl", capabilities.ttl.is_some()),
        ("attempts", capabilities.max_attempts.is_some()),
        ("length", capabilities.code_length.is_some()),
        ("alphabet", !capabilities.alphabets.is_empty()),
        ("sender", capabilities.sender),
        ("template", capabilities.template),
        ("language", !capabilities.languages.is_empty()),
        ("callback", capabilities.callback_url),
        ("tracking id", capabilities.tracking_id),
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
