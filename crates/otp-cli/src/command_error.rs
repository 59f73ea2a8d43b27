//! Why the command failed, and the exit code that says so.

use std::fmt;

use otp_facade::config::StackError;
use otp_facade::{Error, ErrorKind, Operation, Rejection};
use serde_json::{Value, json};

#[derive(Debug)]
pub(crate) enum CommandError {
    /// The arguments or the configuration are wrong.
    Usage(String),
    Operation(Error),
    /// Ctrl-C, and what may have happened by then.
    Interrupted(&'static str),
    /// A file, a terminal, a port.
    Other(String),
    /// A check failed. Its line has been printed.
    Check,
}

impl CommandError {
    pub(crate) fn exit_code(&self) -> u8 {
        match self {
            Self::Check | Self::Other(_) => 1,
            Self::Usage(_) => 2,
            Self::Operation(error) => exit_code_of(error.kind()),
            // What a shell reports for a program that SIGINT ended.
            Self::Interrupted(_) => 130,
        }
    }

    /// What to do now. Empty if the message says it.
    pub(crate) fn advice(&self) -> String {
        match self {
            Self::Operation(error) => advice(error),
            _ => String::new(),
        }
    }

    pub(crate) fn to_json(&self) -> Value {
        let mut json = json!({ "message": self.to_string(), "exit_code": self.exit_code() });
        match self {
            Self::Operation(error) => {
                json["kind"] = json!(error.kind().as_str());
                json["provider"] = json!(error.provider());
                json["may_have_acted"] = json!(error.may_have_acted());
                json["safe_to_repeat"] = json!(error.is_safe_to_repeat());
                json["field"] = json!(error.field());
                json["vendor_code"] = json!(error.vendor_code());
                json["vendor_status"] = json!(error.vendor_status());
                json["retry_after_seconds"] = json!(error.retry_after().map(|wait| wait.as_secs()));
                json["attempts_left"] = json!(error.attempts_left());
                json["advice"] = json!(self.advice());
            }
            Self::Interrupted(_) => json["kind"] = json!("interrupted"),
            Self::Usage(_) => json["kind"] = json!("usage"),
            Self::Other(_) | Self::Check => json["kind"] = json!("failed"),
        }
        json!({ "error": json })
    }
}

/// The exit code of a kind of error. The help and the README list them.
fn exit_code_of(kind: ErrorKind) -> u8 {
    match kind {
        ErrorKind::Unsupported => 3,
        ErrorKind::InvalidRequest => 4,
        ErrorKind::Unauthorized => 5,
        ErrorKind::NotFound => 6,
        ErrorKind::Rejected(_) => 7,
        ErrorKind::ProviderDeclined => 8,
        ErrorKind::CountryNotAllowed => 9,
        ErrorKind::RateLimited => 10,
        ErrorKind::Unavailable => 11,
        ErrorKind::TimedOut => 12,
        ErrorKind::UnexpectedResponse => 13,
        ErrorKind::StoreUnavailable => 14,
        // A kind of a later version.
        _ => 1,
    }
}

fn advice(error: &Error) -> String {
    let action = match error.kind() {
        ErrorKind::Unsupported => {
            "Leave the option out, or choose another provider: `otp providers` shows what each supports."
        }
        // What came before it may have sent a message.
        ErrorKind::InvalidRequest if error.operation() == Some(Operation::Verify) => {
            "Correct the code or the id."
        }
        ErrorKind::InvalidRequest => "Correct the request. Nothing was sent.",
        ErrorKind::Unauthorized => {
            "Check the credential: is it the right one, complete, and allowed to do this?"
        }
        ErrorKind::NotFound => "Start a new challenge.",
        ErrorKind::Rejected(Rejection::WrongCode) => "Ask for the code again.",
        ErrorKind::Rejected(_) => "Start a new challenge.",
        ErrorKind::ProviderDeclined => {
            "Look at credit, coverage and permissions of the account, or choose another provider."
        }
        ErrorKind::CountryNotAllowed => {
            "The guard's `calling_codes` do not have this number's. Nothing was sent."
        }
        ErrorKind::RateLimited => "Wait, or use another provider.",
        ErrorKind::Unavailable | ErrorKind::TimedOut => "`otp check` tells where the connection fails.",
        ErrorKind::UnexpectedResponse => "Report it to the maintainers, without numbers and codes.",
        ErrorKind::StoreUnavailable => "Start the guard's store, or correct its URL. `otp check` asks it.",
        _ => "",
    };
    let acted = match (error.may_have_acted(), error.operation()) {
        (true, Some(Operation::Create)) => " Before you repeat it: a message may have been sent.",
        (true, Some(Operation::Verify)) => " Before you repeat it: an attempt may have been used.",
        _ => "",
    };
    format!("{action}{acted}")
}

impl fmt::Display for CommandError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Usage(message) | Self::Other(message) => formatter.write_str(message),
            Self::Operation(error) => error.fmt(formatter),
            Self::Interrupted(state) => write!(formatter, "interrupted: {state}"),
            Self::Check => formatter.write_str("at least one check failed"),
        }
    }
}

impl From<Error> for CommandError {
    fn from(error: Error) -> Self {
        Self::Operation(error)
    }
}

impl From<StackError> for CommandError {
    fn from(error: StackError) -> Self {
        Self::Usage(error.to_string())
    }
}

impl From<clap::Error> for CommandError {
    /// Without the usage and the hint at the help, which are for people.
    fn from(error: clap::Error) -> Self {
        if error.kind() == clap::error::ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
            return Self::Usage("a subcommand is missing: `otp --help` lists them".to_owned());
        }
        let text = error.render().to_string();
        let text = text.split("\n\nUsage:").next().unwrap_or_default();
        let text = text.split("\n\nFor more information").next().unwrap_or_default();
        Self::Usage(text.trim_start_matches("error: ").trim_end().to_owned())
    }
}

impl From<std::io::Error> for CommandError {
    fn from(error: std::io::Error) -> Self {
        Self::Other(error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_kind_has_an_exit_code_of_its_own_and_the_readme_lists_it() {
        let readme = include_str!("../README.md");
        let mut codes = BTreeSet::new();
        for kind in ErrorKind::ALL {
            let code = exit_code_of(*kind);
            assert!(code >= 3, "{kind:?}");
            let name = if let ErrorKind::Rejected(_) = kind { "rejected" } else { kind.as_str() };
            assert!(readme.contains(&format!("| {code} | `{name}`")), "{code} {name}");
            codes.insert((code, name));
        }
        let distinct: BTreeSet<_> = codes.iter().map(|(code, _)| code).collect();
        assert_eq!(distinct.len(), codes.len(), "{codes:?}");
        for code in [1, 2, 130] {
            assert!(readme.contains(&format!("| {code} | ")), "{code}");
        }
    }
}
