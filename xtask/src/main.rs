//! `cargo xtask`: the maintainers' commands of this workspace.
#![allow(clippy::print_stdout, clippy::print_stderr)]

mod codegen;
mod provider;
mod rewrite;
mod spec;
mod split;
#[cfg(test)]
mod tests;
mod transform;

use std::process::ExitCode;

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
    let Arguments { command: Command::Codegen { providers, check } } = Arguments::parse();
    let providers = if providers.is_empty() { Provider::ALL.to_vec() } else { providers };
    let root = provider::workspace();
    let outcome = if check { codegen::check(&root, &providers) } else { codegen::write(&root, &providers) };
    match outcome {
        Ok(report) => {
            println!("{report}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
