//! `cargo xtask`: the maintainers' commands of this workspace.
#![allow(clippy::print_stdout, clippy::print_stderr)]

mod codegen;
mod diff;
mod faults;
mod hoist;
mod identifiers;
mod media_type;
mod provider;
mod reach;
mod rewrite;
mod spec;
mod split;
mod steps;
#[cfg(test)]
mod tests;
mod transform;

use std::path::Path;
use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

use crate::diff::{Format, Level};
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
        /// Only these providers (slug: the name of a spec, such as smscx); all by default
        providers: Vec<String>,
        /// Change nothing; fail if a generated file differs from what would be written
        #[arg(long)]
        check: bool,
    },
    /// Report what changed in the APIs: from a git revision to the working tree, or from our specs to a vendor's document
    ///
    /// Exits with 0 if nothing breaks callers, with 1 if something does, and with 2 if the descriptions cannot be compared.
    Diff {
        /// A git revision (`main...` for the merge base with main), or a vendor's document (OpenAPI 3.0, YAML or JSON);
        /// HEAD by default
        base: Option<String>,
        /// Only this provider (slug); all by default, for a document the one that its name begins with
        provider: Option<String>,
        /// How the changes are written
        #[arg(long, value_enum, default_value = "text")]
        format: Format,
    },
}

fn main() -> ExitCode {
    let root = provider::workspace();
    match Arguments::parse().command {
        Command::Codegen { providers, check } => {
            let run = if check { codegen::check } else { codegen::write };
            let outcome = chosen(&root, &providers).and_then(|providers| run(&root, &providers));
            print(outcome.map(|report| (report, ExitCode::SUCCESS)), ExitCode::FAILURE)
        }
        Command::Diff { base, provider, format } => {
            let outcome = diff::diff(&root, base.as_deref(), provider.as_deref(), format);
            let code = |level| ExitCode::from(u8::from(level == Some(Level::Breaking)));
            print(outcome.map(|(report, level)| (report, code(level))), ExitCode::from(2))
        }
    }
}

/// The providers with these slugs, or all.
fn chosen(root: &Path, slugs: &[String]) -> Result<Vec<Provider>> {
    if slugs.is_empty() {
        return Provider::all(root);
    }
    slugs.iter().map(|slug| Provider::named(root, slug)).collect()
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
