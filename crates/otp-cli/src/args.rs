//! The arguments of the command.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand};
use otp_facade::{Alphabet, ChallengeId};

const AFTER_HELP: &str = "\
Examples:
  otp sandbox                                         a place to try everything without an account
  otp try --provider smscx --base-url http://127.0.0.1:8403 --phone +4915112345678
  otp check --config stack.toml                       is everything right? Sends no message
  otp create --config stack.toml --phone +4915112345678

Credentials are in environment variables named after provider and key, such as SMSCX_API_KEY, in files, or typed at a \
hidden prompt. They are never arguments.

Exit codes: 0 success, 1 a check or something else failed, 2 usage or configuration, 3 unsupported, 4 invalid request, \
5 unauthorized, 6 not found, 7 code rejected, 8 declined by the provider, 9 country not allowed, 10 rate limited, \
11 unavailable, 12 timed out, 13 unexpected response, 14 store unavailable, 130 interrupted.";

/// Creates, verifies, cancels and reads one-time-password challenges at any provider
#[derive(Debug, Parser)]
#[command(name = "otp", version, after_help = AFTER_HELP, max_term_width = 110)]
pub(crate) struct Cli {
    /// Print one JSON object instead of text, also for an error
    #[arg(long, global = true)]
    pub(crate) json: bool,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Show what each provider supports
    Providers,
    /// Start a challenge. This sends a message, which may cost money
    Create(Create),
    /// Check a code, typed at a prompt or read from standard input
    Verify(Verify),
    /// End a challenge
    Cancel(ById),
    /// Read the status of a challenge
    Status(ById),
    /// Wait until a challenge ends, such as a push that is answered on another device
    Wait(Wait),
    /// Check configuration, credentials, DNS, TLS, clock and store. Sends no message and uses no attempt
    Check(Check),
    /// Create, ask for the code, verify: try real credentials in a minute
    Try(Create),
    /// Start the sandbox with its inbox page
    Sandbox(otp_sandbox::cli::Arguments),
    /// Show the schema of a configuration, or what is built from one
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Print completions for a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum ConfigCommand {
    /// Print the JSON Schema of a configuration
    Schema,
    /// Show a stack as it will be built, in words and as a tree. Reads no secret
    Explain(Explain),
}

/// Which provider or stack.
#[derive(Clone, Debug, Args)]
pub(crate) struct Target {
    /// One provider, by its slug; `otp providers` lists them
    #[arg(long, value_name = "SLUG", value_parser = crate::catalog::slugs())]
    #[arg(required_unless_present = "config", conflicts_with = "config")]
    pub(crate) provider: Option<String>,
    /// A stack, from a TOML or JSON file
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// The table of the stack in that file, such as `login.otp`
    #[arg(long, value_name = "TABLE", requires = "config")]
    pub(crate) section: Option<String>,
    /// Base URL instead of the vendor's: a sandbox, a gateway
    #[arg(long, value_name = "URL", requires = "provider")]
    pub(crate) base_url: Option<String>,
    /// Read a key of the provider from a file, such as `api_key=/run/secrets/smscx`
    #[arg(long, value_name = "KEY=PATH", requires = "provider")]
    pub(crate) secret_file: Vec<String>,
    /// Read a key of the provider from another environment variable, such as `api_key=MY_KEY`
    #[arg(long, value_name = "KEY=NAME", requires = "provider")]
    pub(crate) secret_env: Vec<String>,
    /// Set a key of the provider that is no secret, such as `client_id=application-7`
    #[arg(long, value_name = "KEY=VALUE", requires = "provider")]
    pub(crate) set: Vec<String>,
}

#[derive(Clone, Debug, Args)]
pub(crate) struct Create {
    #[command(flatten)]
    pub(crate) target: Target,
    /// Phone number, as one would dial it; a national number needs `--country`
    #[arg(long, short, value_name = "NUMBER")]
    pub(crate) phone: Option<String>,
    /// Id of the user with the provider
    #[arg(long, short, value_name = "ID")]
    pub(crate) user: Option<String>,
    /// Country of the recipient, ISO 3166-1 alpha-2, such as DE
    #[arg(long, value_name = "CODE")]
    pub(crate) country: Option<String>,
    /// How the code is delivered: sms, push, totp, returned_to_caller, photo_tan [default: the provider's]
    #[arg(long, value_name = "CHANNEL")]
    pub(crate) channel: Option<String>,
    /// How long the code is good for, in seconds
    #[arg(long, value_name = "SECONDS")]
    pub(crate) ttl: Option<u64>,
    /// How many wrong codes end the challenge
    #[arg(long, value_name = "NUMBER")]
    pub(crate) max_attempts: Option<u32>,
    /// How many characters the code has
    #[arg(long, value_name = "NUMBER")]
    pub(crate) code_length: Option<u32>,
    /// Character set of the code: digits, letters, alphanumeric
    #[arg(long, value_name = "NAME", value_parser = alphabet)]
    pub(crate) alphabet: Option<Alphabet>,
    /// What the phone shows as the sender
    #[arg(long, value_name = "NAME")]
    pub(crate) sender: Option<String>,
    /// Text of the message, in the provider's notation, such as `Your code is {{pin}}`
    #[arg(long, value_name = "TEXT")]
    pub(crate) template: Option<String>,
    /// Language of the message, ISO 639-1
    #[arg(long, value_name = "CODE")]
    pub(crate) language: Option<String>,
    /// An id of yours, which the provider gives back
    #[arg(long, value_name = "ID")]
    pub(crate) tracking_id: Option<String>,
    /// For whom the challenge is: an account, a session. A guard binds it
    #[arg(long, value_name = "NAME")]
    pub(crate) subject: Option<String>,
    /// What is approved: `legitimation-data` at a bank, or any other words
    #[arg(long, value_name = "TEXT", conflicts_with = "payment")]
    pub(crate) purpose: Option<String>,
    /// The payment that is approved at a bank, such as `DE89370400440532013000,12.34,EUR`
    #[arg(long, value_name = "IBAN,AMOUNT,CURRENCY")]
    pub(crate) payment: Option<String>,
    /// Write the image that the user scans (photoTAN) to this file
    #[arg(long, value_name = "FILE")]
    pub(crate) image: Option<PathBuf>,
    /// Print what the provider returns to the caller: the code to pass on, the proof of a verification
    #[arg(long)]
    pub(crate) reveal: bool,
    /// Do not ask before something that may cost money
    #[arg(long, short)]
    pub(crate) yes: bool,
}

#[derive(Clone, Debug, Args)]
pub(crate) struct ById {
    #[command(flatten)]
    pub(crate) target: Target,
    /// Id of the challenge, as `create` printed it
    pub(crate) id: ChallengeId,
}

#[derive(Clone, Debug, Args)]
pub(crate) struct Verify {
    #[command(flatten)]
    pub(crate) by_id: ById,
    /// For whom the challenge was created
    #[arg(long, value_name = "NAME")]
    pub(crate) subject: Option<String>,
    /// Print the proof that the provider returns
    #[arg(long)]
    pub(crate) reveal: bool,
}

#[derive(Clone, Debug, Args)]
pub(crate) struct Wait {
    #[command(flatten)]
    pub(crate) by_id: ById,
    /// Stop waiting after this many seconds. The challenge stays open
    #[arg(long, value_name = "SECONDS", default_value = "300", value_parser = seconds)]
    pub(crate) timeout: Duration,
}

#[derive(Clone, Debug, Args)]
pub(crate) struct Check {
    #[command(flatten)]
    pub(crate) target: Target,
}

#[derive(Clone, Debug, Args)]
pub(crate) struct Explain {
    /// The file, TOML or JSON
    pub(crate) file: PathBuf,
    /// The table of the stack in that file, such as `login.otp`
    #[arg(long, value_name = "TABLE")]
    pub(crate) section: Option<String>,
}

fn seconds(text: &str) -> Result<Duration, String> {
    text.parse().map(Duration::from_secs).map_err(|_| "must be a number of seconds".to_owned())
}

fn alphabet(text: &str) -> Result<Alphabet, String> {
    let all = [Alphabet::Digits, Alphabet::Letters, Alphabet::Alphanumeric];
    let found = all.into_iter().find(|alphabet| alphabet.as_str() == text);
    found.ok_or_else(|| "must be digits, letters or alphanumeric".to_owned())
}
