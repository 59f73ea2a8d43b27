//! `cargo xtask diff`: what changed between two descriptions of an API, in API terms.
//!
//! Old is a git revision or our spec, new is the working tree or a vendor's document. The rule is what a caller may rely on:
//! a request that was accepted still is, and a response still is what it was. Values that an enum gains are additive also in
//! a response, because the generated enums are open.

mod bodies;
mod change;
mod operations;
mod properties;
mod report;
mod schemas;
mod security;
mod source;
#[cfg(test)]
mod tests;

use std::path::Path;

use anyhow::Result;
use serde_json::Value;

use change::Changes;
pub(crate) use change::Level;
pub(crate) use report::Format;

/// The two sides of a comparison.
#[derive(Clone, Copy)]
struct Sides<'a> {
    old: &'a Value,
    new: &'a Value,
    /// Whether both are ours, so that the names of operations and schemas are those of the Rust code.
    are_ours: bool,
}

/// The report on the providers, and the highest level of their changes.
pub(crate) fn diff(
    root: &Path,
    base: Option<&str>,
    provider: Option<&str>,
    format: Format,
) -> Result<(String, Option<Level>)> {
    let mut report = Vec::new();
    let mut highest = None;
    for pair in source::pairs(root, base, provider)? {
        let changes = compare(&pair.old, &pair.new, pair.are_ours);
        highest = highest.max(changes.level());
        report.push(report::write(&pair.title, &changes, format));
    }
    Ok((report.join("\n"), highest))
}

fn compare(old: &Value, new: &Value, are_ours: bool) -> Changes {
    let mut changes = Changes::default();
    operations::compare(&mut changes, Sides { old, new, are_ours });
    changes
}
