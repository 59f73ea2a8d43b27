//! Reads the descriptions of the APIs in `specs/`, from which the suites take their rows.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use otp_facade::Operation;
use serde_json::Value;

static SPECS: LazyLock<BTreeMap<String, Spec>> = LazyLock::new(|| {
    let read = |slug: String| (slug.clone(), Spec::new(document(&slug)));
    slugs().into_iter().map(read).collect()
});

/// A description.
struct Spec {
    document: Value,
    operations: Vec<SpecOperation>,
}

/// An operation of a description.
#[derive(Debug)]
pub struct SpecOperation {
    /// The operationId.
    pub id: String,
    /// In upper case.
    pub method: String,
    /// With names in braces, and without the path of the server.
    pub path: String,
    /// The statuses of success.
    pub successes: Vec<u16>,
    /// The statuses that are documented as errors.
    pub errors: Vec<u16>,
    /// Whether a request has a body.
    pub takes_body: bool,
    /// Whether a success has a body.
    pub returns_body: bool,
    /// Whether it is declared without security.
    pub is_open: bool,
    /// Whether a 401 may mean a wrong code.
    pub has_ambiguous_401: bool,
}

/// The folder of the workspace.
pub fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The providers that have a description, sorted.
///
/// # Panics
///
/// If the folder cannot be listed.
pub fn slugs() -> Vec<String> {
    let entries = fs::read_dir(workspace().join("specs")).expect("specs/");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    let is_spec = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "yaml");
    let slug = |path: PathBuf| Some(path.file_stem()?.to_str()?.to_owned());
    let mut slugs: Vec<_> = paths.filter(is_spec).filter_map(slug).collect();
    slugs.sort();
    slugs
}

fn document(slug: &str) -> Value {
    let text = fs::read_to_string(workspace().join(format!("specs/{slug}.yaml"))).expect("a spec");
    serde_saphyr::from_str(&text).expect("YAML")
}

fn read(slug: &str) -> &'static Spec {
    SPECS.get(slug).unwrap_or_else(|| panic!("there is no specs/{slug}.yaml"))
}

/// The description of a provider's API.
///
/// # Panics
///
/// If there is none, or it is no YAML.
pub fn spec(slug: &str) -> &'static Value {
    &read(slug).document
}

/// The operations of a provider's API.
///
/// # Panics
///
/// If there is no description.
pub fn operations(slug: &str) -> &'static [SpecOperation] {
    &read(slug).operations
}

/// The operation that stands behind an operation of the facade, by the description's `x-otp`. None if the provider does not
/// have it.
pub(crate) fn of_facade(slug: &str, operation: Operation) -> Option<&'static SpecOperation> {
    let id = spec(slug)["x-otp"]["operations"][operation.as_str()].as_str()?;
    operations(slug).iter().find(|operation| operation.id == id)
}

impl Spec {
    fn new(document: Value) -> Self {
        let mut operations = Vec::new();
        for (path, item) in document["paths"].as_object().into_iter().flatten() {
            let nodes = item.as_object().into_iter().flatten();
            operations.extend(nodes.filter_map(|(method, node)| {
                SpecOperation::new(&document, method.to_uppercase(), path.clone(), node)
            }));
        }
        Self { document, operations }
    }
}

impl SpecOperation {
    fn new(document: &Value, method: String, path: String, node: &Value) -> Option<Self> {
        let responses: Vec<(u16, &Value)> = node["responses"]
            .as_object()?
            .iter()
            .filter_map(|(status, response)| Some((status.parse().ok()?, response)))
            .collect();
        let statuses = |is_wanted: fn(u16) -> bool| {
            responses.iter().map(|(status, _)| *status).filter(|status| is_wanted(*status)).collect()
        };
        let security = node.get("security").unwrap_or(&document["security"]);
        let id = node["operationId"].as_str()?;
        let ambiguous = document["x-otp"]["ambiguous-401"].as_array();
        Some(Self {
            id: id.to_owned(),
            method,
            path,
            has_ambiguous_401: ambiguous.is_some_and(|ids| ids.iter().any(|it| it == id)),
            successes: statuses(|status| status < 300),
            errors: statuses(|status| status >= 300),
            takes_body: node.get("requestBody").is_some(),
            returns_body: responses.iter().any(|(status, response)| {
                *status < 300 && resolve(document, response).get("content").is_some()
            }),
            is_open: security.as_array().is_none_or(Vec::is_empty),
        })
    }
}

impl SpecOperation {
    /// The name of the function in the client.
    pub fn function(&self) -> String {
        self.id.chars().fold(String::new(), |name, letter| match letter {
            _ if letter.is_uppercase() && !name.is_empty() => name + "_" + &letter.to_lowercase().to_string(),
            _ => name + &letter.to_lowercase().to_string(),
        })
    }

    /// How many parameters of the path stand for a segment. None if it is another path. A server's path may stand before it.
    fn matches(&self, method: &str, path: &str) -> Option<usize> {
        let (expected, found): (Vec<_>, Vec<_>) = (self.path.split('/').collect(), path.split('/').collect());
        // Both begin with an empty segment.
        let found = found.get(found.len().checked_sub(expected.len() - 1)?..)?;
        let mut parameters = 0;
        for (expected, found) in expected[1..].iter().zip(found) {
            if expected.starts_with('{') {
                parameters += 1;
            } else if expected != found {
                return None;
            }
        }
        (method == self.method).then_some(parameters)
    }
}

/// The operation at a path.
pub(crate) fn find(slug: &str, method: &str, path: &str) -> Option<&'static SpecOperation> {
    // `/things/new` is also `/things/{id}`.
    let matching = operations(slug).iter().filter_map(|it| Some((it.matches(method, path)?, it)));
    matching.min_by_key(|(parameters, _)| *parameters).map(|(_, operation)| operation)
}

/// The documented responses that none of these exchanges has: method, path and status of each.
pub(crate) fn missing_responses<'a>(
    slug: &str,
    exchanges: impl IntoIterator<Item = (&'a str, &'a str, u16)>,
) -> Vec<String> {
    let mut missing: BTreeSet<(&str, u16)> = operations(slug)
        .iter()
        .flat_map(|operation| {
            let statuses = operation.successes.iter().chain(&operation.errors);
            statuses.map(|status| (operation.id.as_str(), *status))
        })
        .collect();
    for (method, path, status) in exchanges {
        if let Some(operation) = find(slug, method, path) {
            missing.remove(&(operation.id.as_str(), status));
        }
    }
    missing.into_iter().map(|(id, status)| format!("{slug}: {id} with {status}")).collect()
}

/// What a reference points to; other nodes are returned as they are.
///
/// # Panics
///
/// If it points to nothing.
pub fn resolve<'a>(document: &'a Value, node: &'a Value) -> &'a Value {
    match node["$ref"].as_str() {
        Some(reference) => {
            let target = document.pointer(reference.trim_start_matches('#')).expect("the target of a $ref");
            resolve(document, target)
        }
        None => node,
    }
}
