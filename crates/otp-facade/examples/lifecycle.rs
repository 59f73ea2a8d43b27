//! The whole life of a one-time password, at every provider, without sending a single SMS.
//!
//! `cargo run --example lifecycle` starts the sandbox, which serves their APIs on 127.0.0.1, and takes each provider
//! through create, status, a wrong code, the right code, and a cancelled challenge. It exits with 1 if anything is not
//! as it should be.

#![allow(clippy::print_stdout, clippy::print_stderr)]

use std::error::Error;
use std::process::ExitCode;

use otp_facade::config::{Stack, StackConfig};
use otp_facade::deutsche_bank::Payment;
use otp_facade::{
    Capabilities, Challenge, ChallengeId, CreateRequest, ErrorKind, OtpProvider, PurposeSupport, Recipient,
    Rejection, Status, VerifyRequest,
};
use otp_sandbox::{Message, Provider, Sandbox};
use serde_json::json;

/// The steps, in the order of the table's columns.
const STEPS: [&str; 7] = ["create", "status", "wrong code", "right code", "used again", "cancel", "its code"];

#[tokio::main]
async fn main() -> Result<ExitCode, Box<dyn Error>> {
    let sandbox = Sandbox::start().await?;
    let mut rows = Vec::new();
    for place in Provider::ALL {
        let provider = build(&sandbox, place)?;
        rows.push((provider.name().to_owned(), life(&sandbox, place, &provider).await?));
    }
    print(&rows);
    let wrong = rows.iter().flat_map(|(_, cells)| cells).filter(|cell| !cell.is_right).count();
    if wrong > 0 {
        eprintln!("\n{wrong} of {} cells (marked ✗) are not as they should be", rows.len() * STEPS.len());
        return Ok(ExitCode::FAILURE);
    }
    println!("\n(refused): the provider does not have this operation, and nothing was sent.");
    println!("Every cell is as it should be. Nothing left this machine.");
    Ok(ExitCode::SUCCESS)
}

/// A provider, talking to the sandbox instead of the vendor.
fn build(sandbox: &Sandbox, provider: Provider) -> Result<Stack, Box<dyn Error>> {
    let configuration = sandbox.configuration(provider);
    let config: StackConfig = serde_json::from_value(json!({ "providers": [configuration.table] }))?;
    Ok(config.build_with(&configuration.environment)?)
}

/// One request for all: each provider takes of the recipient what it needs.
fn request(capabilities: &Capabilities) -> Result<CreateRequest, otp_facade::Error> {
    let anybody = Recipient::owner().with_phone("+4915112345678").with_user_id("user-1");
    let request = CreateRequest::new(anybody);
    Ok(match capabilities.purposes {
        PurposeSupport::Required(_) => {
            request.with_purpose(Payment::new("DE89370400440532013000", "12.34", "EUR")?)
        }
        _ => request,
    })
}

struct Cell {
    text: String,
    is_right: bool,
}

/// What came out of a step, and whether it should have.
fn cell<T>(
    outcome: otp_facade::Result<T>,
    text: &str,
    is_right: impl Fn(&otp_facade::Result<T>) -> bool,
) -> Cell {
    let is_right = is_right(&outcome);
    let text = match outcome {
        Ok(_) => text.to_owned(),
        Err(error) if error.kind() == ErrorKind::Unsupported => "(refused)".to_owned(),
        Err(error) => error.kind().as_str().replace('_', " "),
    };
    Cell { text, is_right }
}

async fn life(
    sandbox: &Sandbox,
    place: Provider,
    provider: &dyn OtpProvider,
) -> Result<Vec<Cell>, Box<dyn Error>> {
    let capabilities = provider.capabilities();
    let request = request(capabilities)?;

    let challenge = provider.create(&request).await?;
    let message = read(sandbox, place)?;
    let verify = |id: &ChallengeId, code: String| VerifyRequest::new(id.clone(), code);
    let mut cells = vec![Cell { text: challenge.channel.to_string(), is_right: true }];

    let status = provider.status(&challenge.id).await;
    let shown = status.as_ref().map(ToString::to_string).unwrap_or_default();
    cells.push(cell(status, &shown, |status| match status {
        Ok(status) => capabilities.status && *status == Status::Pending,
        Err(error) => !capabilities.status && error.kind() == ErrorKind::Unsupported,
    }));

    let wrong = provider.verify(&verify(&challenge.id, message.wrong_code())).await;
    cells.push(cell(wrong, "ACCEPTED", is_rejected));
    let right = provider.verify(&verify(&challenge.id, message.code.clone())).await;
    cells.push(cell(right, "verified", Result::is_ok));
    let again = provider.verify(&verify(&challenge.id, message.code)).await;
    cells.push(cell(again, "ACCEPTED", is_rejected));

    let second: Challenge = provider.create(&request).await?;
    let message = read(sandbox, place)?;
    let cancelled = provider.cancel(&second.id).await;
    cells.push(cell(cancelled, "cancelled", |cancelled| match cancelled {
        Ok(()) => capabilities.cancel,
        Err(error) => !capabilities.cancel && error.kind() == ErrorKind::Unsupported,
    }));
    let code = provider.verify(&verify(&second.id, message.code)).await;
    // Where there is no cancel, the challenge is still open.
    let is_open = !capabilities.cancel;
    cells.push(cell(code, "verified", |code| if is_open { code.is_ok() } else { is_rejected(code) }));
    Ok(cells)
}

fn is_rejected<T>(outcome: &otp_facade::Result<T>) -> bool {
    let mismatch = ErrorKind::Rejected(Rejection::Mismatch);
    outcome.as_ref().is_err_and(|error| {
        matches!(error.kind(), ErrorKind::Rejected(_) | ErrorKind::NotFound) && error.kind() != mismatch
    })
}

/// The newest message of a provider, as its recipient would read it.
fn read(sandbox: &Sandbox, provider: Provider) -> Result<Message, String> {
    sandbox.last_message(provider).ok_or_else(|| format!("{provider} sent no message"))
}

fn print(rows: &[(String, Vec<Cell>)]) {
    const WIDTH: usize = 13;
    let line = |name: &str, cells: &[String]| {
        let cells: String = cells.iter().map(|cell| format!("{cell:<WIDTH$}")).collect();
        println!("{name:<15}{}", cells.trim_end());
    };
    line("provider", &STEPS.map(String::from));
    line(&"─".repeat(13), &STEPS.map(|_| "─".repeat(WIDTH - 2)));
    for (name, cells) in rows {
        let mark = |cell: &Cell| format!("{}{}", if cell.is_right { "" } else { "✗ " }, cell.text);
        line(name, &cells.iter().map(mark).collect::<Vec<_>>());
    }
}
