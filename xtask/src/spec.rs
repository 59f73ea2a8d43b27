//! Reads a spec, and gives access to its operations and references.

use std::path::Path;

use anyhow::{Context, Result, anyhow, bail, ensure};
use serde_json::{Map, Value};

use crate::faults;
use crate::steps::step;

/// The HTTP methods that a path item may hold.
pub(crate) const METHODS: [&str; 5] = ["get", "put", "post", "delete", "patch"];

/// A spec as plain JSON, because the steps that follow change it freely.
pub(crate) struct Spec {
    /// Path relative to the workspace, for messages.
    pub(crate) name: String,
    /// The file as it was read.
    pub(crate) text: String,
    pub(crate) document: Value,
}

/// One operation, and its label in messages.
#[derive(Clone, Copy)]
pub(crate) struct Operation<'a> {
    pub(crate) path: &'a str,
    pub(crate) method: &'a str,
    pub(crate) node: &'a Map<String, Value>,
    pub(crate) path_item: &'a Map<String, Value>,
}

impl Spec {
    pub(crate) fn read(workspace: &Path, name: String) -> Result<Self> {
        let text = std::fs::read_to_string(workspace.join(&name))
            .with_context(|| format!("{name}: cannot be read"))?;
        Self::parse(name, text)
    }

    /// Fails with every fault of the spec, one a line.
    pub(crate) fn parse(name: String, text: String) -> Result<Self> {
        let document = parse(&name, &text)?;
        let spec = Self { name, text, document };
        let faults = faults::check(&spec);
        let lines: Vec<_> = faults.iter().map(|fault| format!("{}: {fault}", spec.name)).collect();
        ensure!(lines.is_empty(), "{}", lines.join("\n"));
        Ok(spec)
    }

    pub(crate) fn operations(&self) -> Vec<Operation<'_>> {
        operations(&self.document)
    }

    /// The target of a `$ref`.
    pub(crate) fn resolve<'a>(&'a self, node: &'a Value) -> Result<&'a Value> {
        resolve(&self.document, node)
    }
}

impl<'a> Operation<'a> {
    pub(crate) fn id(&self) -> Option<&'a str> {
        self.node.get("operationId").and_then(Value::as_str)
    }

    pub(crate) fn label(&self) -> String {
        let id = self.id().map(|id| format!(" ({id})")).unwrap_or_default();
        format!("{} {}{id}", self.method.to_uppercase(), self.path)
    }

    /// Parameters of the operation, and those of its path that it does not override, resolved.
    pub(crate) fn parameters(&self, document: &'a Value) -> Result<Vec<&'a Value>> {
        let mut found: Vec<&Value> = Vec::new();
        for list in [self.node, self.path_item].into_iter().filter_map(|owner| owner.get("parameters")) {
            for parameter in list.as_array().into_iter().flatten() {
                let parameter = resolve(document, parameter)?;
                let is_same =
                    |other: &&Value| other["name"] == parameter["name"] && other["in"] == parameter["in"];
                if !found.iter().any(is_same) {
                    found.push(parameter);
                }
            }
        }
        Ok(found)
    }
}

/// A YAML or JSON document.
pub(crate) fn parse(name: &str, text: &str) -> Result<Value> {
    // JSON is YAML too. A vendor's document in it is large, and this is ten times as fast.
    let json = if text.trim_start().starts_with('{') { serde_json::from_str(text).ok() } else { None };
    let document: Value = match json {
        Some(document) => document,
        None => parse_yaml(name, text)?,
    };
    ensure!(!document.is_null(), "{name}: the file is empty");
    Ok(document)
}

fn parse_yaml(name: &str, text: &str) -> Result<Value> {
    // The limits are for documents from strangers. A maintainer's own may be as large as vendors write them.
    let options = serde_saphyr::options! { budget: None };
    serde_saphyr::from_str_with_options(text, options)
        .map_err(|error| anyhow!("{name}: is not YAML: {error}"))
}

pub(crate) fn operations(document: &Value) -> Vec<Operation<'_>> {
    let mut found = Vec::new();
    for (path, item) in entries(&document["paths"]) {
        let Some(path_item) = item.as_object() else { continue };
        for method in METHODS {
            if let Some(node) = path_item.get(method).and_then(Value::as_object) {
                found.push(Operation { path, method, node, path_item });
            }
        }
    }
    found
}

/// The target of a `$ref`; other nodes are returned as they are.
pub(crate) fn resolve<'a>(document: &'a Value, mut node: &'a Value) -> Result<&'a Value> {
    for _ in 0..20 {
        step();
        let Some(reference) = node.get("$ref").and_then(Value::as_str) else { return Ok(node) };
        let pointer =
            reference.strip_prefix('#').with_context(|| format!("$ref `{reference}` leaves the document"))?;
        node = document.pointer(pointer).with_context(|| format!("$ref `{reference}` points to nothing"))?;
    }
    bail!("a $ref refers to itself")
}

/// The entries of an object; none where it is something else.
pub(crate) fn entries(node: &Value) -> impl Iterator<Item = (&String, &Value)> {
    node.as_object().into_iter().flatten().inspect(|_| step())
}
