//! `cargo xtask`: the maintainers' commands of this workspace.
#![allow(clippy::print_stdout, clippy::print_stderr)]

mod codegen;
mod faults;
mod hoist;
mod identifiers;
mod media_type;
mod provider;
mod reach;
mod rewrite;
mod spec;
mod split;
#[cfg(test)]
mod tests;
mod transform;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

use crate::provider::Provider;

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Maintainers' commands of this workspace")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Write `crates/<slug>-otp/src/generated.rs` from `specs/<slug>.yaml`
    Codegen {
        /// Only these providers (slug: agilicus, deutsche-bank, equinix-metal, smscx); all four by default
        providers: Vec<Provider>,
        /// Change nothing; fail if a generated file differs from what would be written
        #[arg(long)]
        check: bool,
    },
}

fn main() -> ExitCode {
    let root = provider::workspace();
    match Arguments::parse().command {
        Command::Codegen { providers, check } => {
            let providers = if providers.is_empty() { Provider::ALL.to_vec() } else { providers };
            let outcome =
                if check { codegen::check(&root, &providers) } else { codegen::write(&root, &providers) };
            print(outcome.map(|report| (report, ExitCode::SUCCESS)), ExitCode::FAILURE)
        }
    }
}

fn print(outcome: Result<(String, ExitCode)>, on_error: ExitCode) -> ExitCode {
    match outcome {
        Ok((report, code)) => {
            println!("{}", report.trim_end());
            code
        }
        Err(error) => {
            eprintln!("error: {error:#}");
            on_error
        }
    }
}
