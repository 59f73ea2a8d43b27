//! The outcome of every case, as a table for people.

use std::fmt;

use otp_facade::Error;
use otp_sandbox::Provider;

/// What a call came to.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Outcome {
    Succeeds,
    Fails(&'static str, bool),
    Hangs,
}

impl Outcome {
    pub(crate) fn of(result: &Result<(), Error>) -> Self {
        match result {
            Ok(()) => Self::Succeeds,
            Err(error) => Self::Fails(error.kind().as_str(), error.may_have_acted()),
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self {
            Self::Succeeds => "ok".to_owned(),
            Self::Fails("unsupported", _) => "-".to_owned(),
            Self::Fails(kind, false) => format!("{kind}: no"),
            Self::Fails(kind, true) => format!("{kind}: perhaps"),
            Self::Hangs => "HANGS".to_owned(),
        };
        formatter.pad(&text)
    }
}

/// A row per fault and provider, a column per operation.
#[derive(Default)]
pub(crate) struct Matrix {
    rows: Vec<(&'static str, Provider, Vec<Outcome>)>,
}

impl Matrix {
    /// Adds a case. The operations come in their order.
    pub(crate) fn note(&mut self, fault: &'static str, provider: Provider, outcome: Outcome) {
        match self.rows.last_mut() {
            Some((last, place, outcomes)) if *last == fault && *place == provider => outcomes.push(outcome),
            _ => self.rows.push((fault, provider, vec![outcome])),
        }
    }
}

impl fmt::Display for Matrix {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let cases: usize = self.rows.iter().map(|(_, _, outcomes)| outcomes.len()).sum();
        writeln!(formatter, "{cases} cases: kind of the error, and whether the provider may have acted")?;
        let header = ("fault", "provider", ["create", "verify", "cancel", "status"]);
        let mut line = |fault: &str, provider: &str, operations: Vec<String>| {
            let line = operations
                .iter()
                .fold(format!("{fault:20}{provider:15}"), |line, operation| format!("{line}{operation:24}"));
            writeln!(formatter, "{}", line.trim_end())
        };
        line(header.0, header.1, header.2.map(str::to_owned).to_vec())?;
        let mut last = "";
        for (fault, provider, outcomes) in &self.rows {
            let name = if *fault == last { "" } else { fault };
            line(name, provider.slug(), outcomes.iter().map(Outcome::to_string).collect())?;
            last = fault;
        }
        Ok(())
    }
}
