//! One change, and what it means for callers.

use std::collections::BTreeSet;

use serde_json::Value;

use super::Sides;

/// What a change means for those who call the crate, and so for its version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Level {
    Documentation,
    Additive,
    Breaking,
}

impl Level {
    pub(super) const ALL: [Self; 3] = [Self::Breaking, Self::Additive, Self::Documentation];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Breaking => "breaking for callers",
            Self::Additive => "additive",
            Self::Documentation => "documentation only",
        }
    }

    /// The next version of the crate.
    pub(super) fn version(self) -> &'static str {
        match self {
            Self::Breaking => "major (before 1.0: minor)",
            Self::Additive => "minor (before 1.0: patch)",
            Self::Documentation => "patch",
        }
    }
}

/// Whether a caller writes a value or reads it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Direction {
    Request,
    Response,
}

impl Direction {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Request => "in requests",
            Self::Response => "in responses",
        }
    }

    /// The level of a rule that allows fewer values.
    pub(super) fn narrower(self) -> Level {
        match self {
            Self::Request => Level::Breaking,
            Self::Response => Level::Additive,
        }
    }

    /// The level of a rule that allows more values.
    pub(super) fn wider(self) -> Level {
        match self {
            Self::Request => Level::Additive,
            Self::Response => Level::Breaking,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Change {
    pub(super) level: Level,
    /// The operation or the schema.
    pub(super) place: String,
    pub(super) what: String,
}

/// The changes in the order in which they were found, each once.
#[derive(Default)]
pub(super) struct Changes {
    pub(super) found: Vec<Change>,
    /// Pairs of component schemas that were compared.
    pub(super) compared: BTreeSet<(String, String, Direction)>,
}

/// Keys that only document.
pub(super) const DOCUMENTATION: [&str; 8] =
    ["deprecated", "description", "example", "examples", "externalDocs", "summary", "tags", "title"];

impl Changes {
    pub(super) fn add(&mut self, level: Level, place: &str, what: impl Into<String>) {
        let change = Change { level, place: place.to_owned(), what: what.into() };
        if !self.found.contains(&change) {
            self.found.push(change);
        }
    }

    /// Compares what only documents. `what` is the part of the place, and may be empty. Our words differ from a vendor's.
    pub(super) fn documentation(
        &mut self,
        sides: Sides<'_>,
        place: &str,
        what: &str,
        old: &Value,
        new: &Value,
    ) {
        for key in DOCUMENTATION.into_iter().filter(|key| sides.are_ours || *key == "deprecated") {
            let action = match (old.get(key), new.get(key)) {
                (old, new) if old == new => continue,
                (None, _) => "added",
                (_, None) => "removed",
                _ => "changed",
            };
            let what = if what.is_empty() { String::new() } else { format!("{what}: ") };
            self.add(Level::Documentation, place, format!("{what}{key} {action}"));
        }
    }

    pub(super) fn level(&self) -> Option<Level> {
        self.found.iter().map(|change| change.level).max()
    }
}

/// Whether two nodes are the same thing.
pub(super) type Fits<'a> = &'a dyn Fn(&Value, &Value) -> bool;

/// A node without what only documents, to see whether two are the same.
pub(super) fn shape(node: &Value) -> Value {
    match node {
        Value::Object(object) => {
            let kept = object.iter().filter(|(key, value)| {
                let is_text = !value.is_object() || *key == "externalDocs";
                !(key.starts_with("x-") || is_text && DOCUMENTATION.contains(&key.as_str()))
            });
            kept.map(|(key, value)| (key.clone(), shape(value))).collect()
        }
        Value::Array(items) => items.iter().map(shape).collect(),
        other => other.clone(),
    }
}

/// A value as it stands in a description.
pub(super) fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
