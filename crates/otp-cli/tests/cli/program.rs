//! Runs the command without a terminal.

use std::process::Stdio;

use otp_sandbox::{Provider, Sandbox};
use serde_json::Value;
use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;

/// What the command did.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Outcome {
    /// The one JSON object on standard output.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

/// The command with an environment of its own.
pub(crate) fn otp(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_otp"));
    command.env_clear().args(arguments).kill_on_drop(true);
    command
}

pub(crate) async fn run(arguments: &[&str], environment: &[(&str, &str)], input: &str) -> Outcome {
    run_with(arguments, environment, async { input.to_owned() }).await
}

/// Runs it with an input that is known only while it runs.
pub(crate) async fn run_with(
    arguments: &[&str],
    environment: &[(&str, &str)],
    input: impl Future<Output = String>,
) -> Outcome {
    let mut command = otp(arguments);
    command.envs(environment.iter().copied());
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    // It may end without reading.
    let _ = stdin.write_all(input.await.as_bytes()).await;
    drop(stdin);
    let output = child.wait_with_output().await.unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Outcome { code: output.status.code().unwrap(), out: text(output.stdout), err: text(output.stderr) }
}

/// Runs an operation at SMSCX in the sandbox, with `--json`.
pub(crate) async fn smscx(sandbox: &Sandbox, arguments: &[&str], input: &str) -> Outcome {
    let url = sandbox.base_url(Provider::Smscx);
    let target = ["--json", "--provider", "smscx", "--base-url", &url];
    let (command, rest) = arguments.split_first().unwrap();
    run(&[&[*command], target.as_slice(), rest].concat(), &[("SMSCX_API_KEY", "any")], input).await
}
