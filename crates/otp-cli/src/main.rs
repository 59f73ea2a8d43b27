//! The command `otp`. Its README has the subcommands and the exit codes.

mod args;
mod capability_rows;
mod catalog;
mod command_error;
mod commands;
mod interrupt;
mod output;
mod prompt;
mod request;
mod target;

use std::process::ExitCode;

use clap::{CommandFactory, Parser};

use crate::args::{Cli, Command, ConfigCommand};
use crate::command_error::CommandError;
use crate::output::Output;

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) if error.use_stderr() && wants_json() => {
            let failure = CommandError::from(error);
            Output::new(true).failure(&failure);
            return failure.exit_code().into();
        }
        // Also the help and the version, which are no failures.
        Err(error) => error.exit(),
    };
    let output = Output::new(cli.json);
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => {
            output.failure(&error.into());
            return ExitCode::FAILURE;
        }
    };
    let code = runtime.block_on(run(cli.command, &output)).unwrap_or_else(|failure| {
        output.failure(&failure);
        failure.exit_code().into()
    });
    // A prompt that was interrupted is still reading. The program does not wait for it.
    runtime.shutdown_background();
    code
}

/// Whether `--json` is among the arguments, which could not be parsed. After `--` there are no flags.
fn wants_json() -> bool {
    std::env::args_os().skip(1).take_while(|argument| argument != "--").any(|argument| argument == "--json")
}

async fn run(command: Command, output: &Output) -> Result<ExitCode, CommandError> {
    match command {
        Command::Providers => commands::providers::run(output),
        Command::Create(arguments) => commands::create::run(arguments, output).await,
        Command::Verify(arguments) => commands::verify::run(arguments, output).await,
        Command::Cancel(arguments) => commands::cancel::run(arguments, output).await,
        Command::Status(arguments) => commands::status::run(arguments, output).await,
        Command::Wait(arguments) => commands::wait::run(arguments, output).await,
        Command::Check(arguments) => commands::check::run(arguments, output).await,
        Command::Try(arguments) => commands::try_it::run(arguments, output).await,
        Command::Sandbox(arguments) => commands::sandbox::run(arguments).await,
        Command::Config(ConfigCommand::Schema) => commands::config::schema(output),
        Command::Config(ConfigCommand::Explain(arguments)) => commands::config::explain(&arguments, output),
        Command::Completions { shell } => {
            clap_complete::generate(shell, &mut Cli::command(), "otp", &mut std::io::stdout());
            Ok(ExitCode::SUCCESS)
        }
    }
}
