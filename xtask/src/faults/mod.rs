//! Faults of a spec: what the generator rejects, what it would silently get wrong, and what would not compile.
//!
//! Each fault is blamed on the place that has it, and all are found in one run.

mod content;
mod document;
pub(crate) mod generator;
mod operations;
mod schemas;
mod security;
pub(crate) mod walk;

use std::collections::{BTreeMap, BTreeSet, HashSet};

use crate::spec::Spec;

pub(crate) use document::check_kind;

/// A list of faults, each as `place: reason`.
#[derive(Default)]
struct Faults {
    found: Vec<String>,
    /// Those that are in the list.
    known: HashSet<String>,
    /// Components that were checked where they are used first.
    visited: BTreeSet<String>,
}

impl Faults {
    fn add(&mut self, place: &str, reason: impl Into<String>) {
        let fault = format!("{place}: {}", reason.into());
        if self.known.insert(fault.clone()) {
            self.found.push(fault);
        }
    }

    /// Adds the pairs of names that the same Rust name would be made of.
    fn add_equal<'a>(
        &mut self,
        place: &str,
        what: &str,
        names: impl IntoIterator<Item = &'a str>,
        convert: fn(&str) -> String,
    ) {
        let mut seen = BTreeMap::new();
        for name in names {
            if let Some(other) = seen.insert(convert(name), name) {
                let rust = convert(name);
                self.add(place, format!("the {what} `{other}` and `{name}` are both `{rust}` in Rust"));
            }
        }
    }
}

/// Every fault of the spec.
pub(crate) fn check(spec: &Spec) -> Vec<String> {
    let mut faults = Faults::default();
    // Of another kind of document nothing else can be said.
    if let Err(reason) = check_kind(&spec.document) {
        return vec![reason];
    }
    document::check_servers(&mut faults, &spec.document);
    document::check_references(&mut faults, &spec.document);
    security::check(&mut faults, &spec.document);
    schemas::check(&mut faults, spec);
    operations::check(&mut faults, spec);
    faults.found
}
