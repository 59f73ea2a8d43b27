//! The results of a run.

use std::collections::BTreeSet;
use std::fmt;

use crate::CaseResult;

/// The results of all cases.
#[derive(Clone, Debug, Default)]
pub struct Report {
    results: Vec<(String, CaseResult)>,
    skipped: Vec<(String, BTreeSet<&'static str>)>,
}

impl Report {
    /// Adds the result of a case, and what the harness lacked for it.
    pub(crate) fn add(&mut self, name: String, result: CaseResult, missing: BTreeSet<&'static str>) {
        // A failure counts as one, whatever the harness lacked.
        if result.is_ok() && !missing.is_empty() {
            self.skipped.push((name.clone(), missing));
        }
        self.results.push((name, result));
    }

    /// Each case with its result. A [skipped](Self::skipped) case is `Ok`.
    pub fn results(&self) -> &[(String, CaseResult)] {
        &self.results
    }

    /// The cases that failed, and why.
    pub fn failures(&self) -> Vec<(&str, &str)> {
        let failed =
            self.results.iter().filter_map(|(name, result)| Some((name.as_str(), result.as_ref().err()?)));
        failed.map(|(name, message)| (name, message.as_str())).collect()
    }

    /// The cases that were not run in full, and what the harness lacks for them. None of them is a failure.
    pub fn skipped(&self) -> Vec<(&str, String)> {
        self.skipped.iter().map(|(name, missing)| (name.as_str(), reason(missing))).collect()
    }
}

fn reason(missing: &BTreeSet<&str>) -> String {
    let missing: Vec<&str> = missing.iter().copied().collect();
    format!("the harness cannot {}", missing.join(" or "))
}

impl fmt::Display for Report {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let failures = self.failures();
        for (name, text) in &failures {
            writeln!(formatter, "{name}: {text}")?;
        }
        for (name, missing) in &self.skipped {
            writeln!(formatter, "{name}: skipped: {}", reason(missing))?;
        }
        let (all, skipped) = (self.results.len(), self.skipped.len());
        write!(formatter, "{} of {all} cases hold", all - failures.len() - skipped)?;
        if skipped > 0 {
            let missing = self.skipped.iter().flat_map(|(_, missing)| missing.iter().copied()).collect();
            write!(formatter, ", {skipped} skipped: {}", reason(&missing))?;
        }
        Ok(())
    }
}
