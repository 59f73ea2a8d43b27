//! `otp providers`: what each supports, from the capabilities themselves, and the variables of its credential.

use std::process::ExitCode;

use otp_facade::config::StackConfig;
use otp_facade::{Capabilities, OtpProvider};
use otp_sandbox::Provider;
use serde_json::{Value, json};

use crate::capability_rows::{self, Row};
use crate::catalog::{self, Entry};
use crate::command_error::CommandError;
use crate::output::{Output, STRONG};

/// The provider for tests within a process. It sends nothing.
const IN_PROCESS: &str = "memory";

pub(crate) fn run(output: &Output) -> Result<ExitCode, CommandError> {
    let mut columns = Vec::new();
    for entry in catalog::entries().iter().filter(|entry| entry.slug != IN_PROCESS) {
        let mut rows = capability_rows::rows(&capabilities(entry)?);
        rows.push(("credentials", entry.credentials()));
        columns.push((entry.slug.as_str(), rows));
    }
    let json: serde_json::Map<String, Value> = columns
        .iter()
        .map(|(slug, rows)| {
            let rows = rows.iter().map(|(name, value)| ((*name).to_owned(), json!(value)));
            ((*slug).to_owned(), rows.collect::<serde_json::Map<_, _>>().into())
        })
        .collect();
    output.result(&table(&columns), &json.into())?;
    Ok(ExitCode::SUCCESS)
}

/// The capabilities of a provider, which do not depend on the credential: that of the sandbox does.
fn capabilities(entry: &Entry) -> Result<Capabilities, CommandError> {
    let provider: Provider = entry.slug.parse().map_err(|error| CommandError::Other(format!("{error}")))?;
    let sample = provider.configuration();
    let config = StackConfig::from_json(&json!({ "providers": [sample.table] }).to_string())?;
    Ok(config.build_with(&sample.environment)?.capabilities().clone())
}

/// One block for each provider: columns of this many words would not fit on a line.
fn table(columns: &[(&str, Vec<Row>)]) -> String {
    let block = |(slug, rows): &(&str, Vec<Row>)| {
        let rows = rows.iter().map(|(name, value)| format!("  {name:<11} {value}\n"));
        format!("{STRONG}{slug}{STRONG:#}\n{}", rows.collect::<String>())
    };
    columns.iter().map(block).collect::<Vec<_>>().join("\n")
}
