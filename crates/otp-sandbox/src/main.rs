//! The program `otp-sandbox`: starts the services and the inbox page, and serves until it is interrupted.

use std::process::ExitCode;

use clap::Parser;
use otp_sandbox::cli;

/// Simulates one-time-password services, and shows in a browser what they would have sent. No message leaves this
/// machine.
#[derive(Debug, Parser)]
#[command(version)]
struct Program {
    #[command(flatten)]
    arguments: cli::Arguments,
}

#[tokio::main]
async fn main() -> ExitCode {
    match cli::run(Program::parse().arguments).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            anstream::eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
