//! The providers: one for each spec in `specs/`. The name of the file is the slug, by which all other files are named.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;

use crate::identifiers::{pascal, snake};

/// The key of a spec under which [`Facts`] stand.
const FACTS: &str = "x-otp";

/// A provider, named by its slug on the command line and in every path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Provider {
    slug: String,
}

impl Provider {
    /// All that have a spec.
    pub(crate) fn all(workspace: &Path) -> Result<Vec<Self>> {
        let mut found = Vec::new();
        for entry in std::fs::read_dir(workspace.join("specs")).context("specs cannot be listed")? {
            let path = entry?.path();
            let is_spec = path.extension().is_some_and(|extension| extension == "yaml");
            let slug = path.file_stem().and_then(|name| name.to_str()).filter(|_| is_spec);
            found.extend(slug.map(|slug| Self { slug: slug.to_owned() }));
        }
        found.sort_by(|one, other| one.slug.cmp(&other.slug));
        Ok(found)
    }

    /// The one that has this slug.
    pub(crate) fn named(workspace: &Path, slug: &str) -> Result<Self> {
        let all = Self::all(workspace)?;
        let slugs = all.iter().map(Self::slug).collect::<Vec<_>>().join(", ");
        let found = all.iter().find(|provider| provider.slug == slug).cloned();
        found.with_context(|| format!("there is no spec of a provider `{slug}`; there are {slugs}"))
    }

    pub(crate) fn slug(&self) -> &str {
        &self.slug
    }

    /// Path of the spec, relative to the workspace.
    pub(crate) fn spec(&self) -> String {
        format!("specs/{}.yaml", self.slug)
    }

    /// Path of the generated file, relative to the workspace.
    pub(crate) fn generated(&self) -> String {
        format!("crates/{}-otp/src/generated.rs", self.slug)
    }
}

/// What a spec says under `x-otp`, because it is no fact of the API: what this workspace makes of it.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Facts {
    /// The name in tables. Only the tests need it.
    #[serde(rename = "name")]
    _name: String,
    /// Words for the providers' tables. Only the tests need them.
    #[serde(rename = "table")]
    _table: IgnoredAny,
    /// The operations of the facade, with their operationIds. Only the tests need them.
    operations: BTreeMap<String, String>,
    /// Operations whose response says whether a code was right.
    verify_operations: Vec<String>,
    /// Operations whose 401 may mean a wrong code rather than a bad credential.
    ambiguous_401: Vec<String>,
    /// Properties without which a response is useless, by the type of its schema: a response that lacks one is an error. Every other
    /// property of a response may be absent or null, whatever the spec promises, because the message has been sent
    /// when the response is read.
    pub(crate) required_in_responses: BTreeMap<String, Vec<String>>,
    /// Properties by which a code counts as accepted, likewise: they are read exactly, never coerced.
    pub(crate) exact: BTreeMap<String, Vec<String>>,
}

impl Facts {
    /// Those of a spec, or the reason why they cannot be used.
    pub(crate) fn of(document: &Value) -> Result<Self, String> {
        let Some(facts) = document.get(FACTS) else { return Ok(Self::default()) };
        let facts: Self = serde_json::from_value(facts.clone()).map_err(|error| error.to_string())?;
        let operations = crate::spec::operations(document);
        let named = facts.operations.values().chain(&facts.verify_operations).chain(&facts.ambiguous_401);
        for name in named {
            if !operations.iter().any(|operation| operation.id() == Some(name)) {
                return Err(format!("names the operation `{name}`, which the spec does not have"));
            }
        }
        for (schema, properties) in facts.required_in_responses.iter().chain(&facts.exact) {
            let found = &document["components"]["schemas"][schema]["properties"];
            if let Some(property) = properties.iter().find(|property| found.get(property).is_none()) {
                return Err(format!("names {schema}.{property}, which the spec does not have"));
            }
        }
        let by_type = |map: BTreeMap<String, Vec<String>>| {
            map.into_iter().map(|(schema, properties)| (pascal(&schema), properties)).collect()
        };
        Ok(Self {
            required_in_responses: by_type(facts.required_in_responses),
            exact: by_type(facts.exact),
            ..facts
        })
    }

    /// In snake case.
    pub(crate) fn verify_operations(&self) -> Vec<String> {
        self.verify_operations.iter().map(|id| snake(id)).collect()
    }

    /// In snake case.
    pub(crate) fn ambiguous_401(&self) -> Vec<String> {
        self.ambiguous_401.iter().map(|id| snake(id)).collect()
    }
}

/// The workspace that this command belongs to.
pub(crate) fn workspace() -> PathBuf {
    let manifest = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    manifest.parent().map(PathBuf::from).unwrap_or(manifest)
}
