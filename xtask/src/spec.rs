//! Reads a spec, and rejects what the generator cannot use or would silently get wrong.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Map, Value};

/// The HTTP methods that a path item may hold.
const METHODS: [&str; 5] = ["get", "put", "post", "delete", "patch"];

/// Names that collide with what the generator writes itself.
const RESERVED_NAMES: [&str; 5] = ["body", "builder", "client", "new", "send"];

/// A spec as without_whitespace JSON, because the steps that follow change it freely.
pub(crate) struct Spec {
    /// Path relative to the workspace, for messages.
    pub(crate) name: String,
    /// The file as it was read.
    pub(crate) text: String,
    pub(crate) document: Value,
}

/// One operation, and its label in messages.
pub(crate) struct Operation<'a> {
    pub(crate) path: &'a str,
    pub(crate) method: &'a str,
    pub(crate) node: &'a Map<String, Value>,
    path_item: &'a Map<String, Value>,
}

impl Spec {
    pub(crate) fn read(workspace: &Path, name: String) -> Result<Self> {
        let text = std::fs::read_to_string(workspace.join(&name))
            .with_context(|| format!("{name}: cannot be read"))?;
        Self::parse(name, text)
    }

    pub(crate) fn parse(name: String, text: String) -> Result<Self> {
        let document =
            serde_saphyr::from_str(&text).map_err(|error| anyhow::anyhow!("{name}: is not YAML: {error}"))?;
        let spec = Self { name, text, document };
        spec.check()?;
        Ok(spec)
    }

    pub(crate) fn operations(&self) -> Vec<Operation<'_>> {
        let mut found = Vec::new();
        for (path, item) in entries(&self.document["paths"]) {
            let Some(path_item) = item.as_object() else { continue };
            for method in METHODS {
                if let Some(node) = path_item.get(method).and_then(Value::as_object) {
                    found.push(Operation { path, method, node, path_item });
                }
            }
        }
        found
    }

    /// The target of a `$ref`.
    pub(crate) fn resolve<'a>(&'a self, node: &'a Value) -> Result<&'a Value> {
        resolve(&self.document, node)
    }

    fn check(&self) -> Result<()> {
        let name = &self.name;
        let version = self.document["openapi"].as_str().unwrap_or_default();
        ensure!(version.starts_with("3.0."), "{name}: openapi is `{version}`; the generator reads 3.0.x");
        ensure!(
            self.document["servers"][0]["url"].is_string(),
            "{name}: servers: the first entry needs a url"
        );
        ensure!(self.document["paths"].is_object(), "{name}: paths is missing");
        check_references(&self.document, &mut |reference| {
            self.resolve(reference).map(|_| ()).with_context(|| name.clone())
        })?;
        for part in ["/paths", "/components/schemas", "/components/parameters"] {
            if let Some(node) = self.document.pointer(part) {
                check_types(node, part).with_context(|| name.clone())?;
            }
        }
        let mut seen = BTreeSet::new();
        for operation in self.operations() {
            let label = operation.label();
            operation.check(self).with_context(|| format!("{name}: {label}"))?;
            let id = operation.id().unwrap_or_default();
            ensure!(seen.insert(id.to_owned()), "{name}: {label}: operationId `{id}` is used twice");
        }
        ensure!(!seen.is_empty(), "{name}: paths holds no operation");
        Ok(())
    }
}

impl Operation<'_> {
    pub(crate) fn id(&self) -> Option<&str> {
        self.node.get("operationId").and_then(Value::as_str)
    }

    pub(crate) fn label(&self) -> String {
        let id = self.id().map(|id| format!(" ({id})")).unwrap_or_default();
        format!("{} {}{id}", self.method.to_uppercase(), self.path)
    }

    /// Parameters of the operation and of its path.
    pub(crate) fn parameters(&self) -> impl Iterator<Item = &Value> {
        let lists = self.node.get("parameters").into_iter().chain(self.path_item.get("parameters"));
        lists.filter_map(Value::as_array).flatten()
    }

    fn check(&self, spec: &Spec) -> Result<()> {
        let Some(id) = self.id() else { bail!("operationId is missing") };
        ensure!(!RESERVED_NAMES.contains(&id), "operationId `{id}` collides with generated code");
        self.check_parameters(spec)?;
        if let Some(body) = self.node.get("requestBody") {
            self.check_content(spec.resolve(body)?, "requestBody")?;
        }
        self.check_responses(spec)
    }

    fn check_parameters(&self, spec: &Spec) -> Result<()> {
        let mut in_path = BTreeSet::new();
        for parameter in self.parameters() {
            let parameter = spec.resolve(parameter)?;
            let name = parameter["name"].as_str().context("a parameter has no name")?;
            let location = parameter["in"].as_str().unwrap_or_default();
            ensure!(!RESERVED_NAMES.contains(&name), "parameter `{name}` collides with generated code");
            ensure!(parameter["schema"].is_object(), "parameter `{name}` has no schema");
            match location {
                "path" => {
                    in_path.insert(name);
                }
                "query" | "header" => {}
                other => bail!("parameter `{name}` is in `{other}`; path, query and header are supported"),
            }
        }
        let wanted: BTreeSet<&str> =
            self.path.split('{').skip(1).filter_map(|rest| rest.split('}').next()).collect();
        ensure!(in_path == wanted, "the path names {wanted:?}, the path parameters are {in_path:?}");
        Ok(())
    }

    /// Differing statuses of one side must share a schema: the generator has one success and one error type.
    fn check_responses(&self, spec: &Spec) -> Result<()> {
        let mut success = BTreeSet::new();
        let mut failure = BTreeSet::new();
        let responses = self.node.get("responses").context("responses is missing")?;
        for (status, response) in entries(responses) {
            let schema = self.check_content(spec.resolve(response)?, &format!("response {status}"))?;
            match status.as_bytes().first() {
                Some(b'2') => success.insert(schema),
                Some(b'4' | b'5') => failure.insert(schema),
                _ => bail!("response {status}: only 2xx, 4xx and 5xx are supported"),
            };
        }
        ensure!(
            success.len() == 1,
            "the successes need one schema, there are {}: {success:?}",
            success.len()
        );
        ensure!(failure.len() <= 1, "the errors need one schema, there are {}: {failure:?}", failure.len());
        Ok(())
    }

    /// The reference of the one JSON schema, or none where there is no content.
    fn check_content(&self, holder: &Value, what: &str) -> Result<Option<String>> {
        let Some(content) = holder.get("content").and_then(Value::as_object) else { return Ok(None) };
        ensure!(content.len() == 1, "{what}: one media type is supported, there are {}", content.len());
        let Some(media) = content.get("application/json") else {
            bail!("{what}: only application/json is supported")
        };
        let reference = media["schema"]["$ref"].as_str();
        let reference = reference.with_context(|| {
            format!("{what}: the schema must be a $ref to a component (inline schemas of the same location collapse into one)")
        })?;
        Ok(Some(reference.to_owned()))
    }
}

/// The target of a `$ref`; other nodes are returned as they are.
pub(crate) fn resolve<'a>(document: &'a Value, mut node: &'a Value) -> Result<&'a Value> {
    for _ in 0..20 {
        let Some(reference) = node.get("$ref").and_then(Value::as_str) else { return Ok(node) };
        let pointer =
            reference.strip_prefix('#').with_context(|| format!("$ref `{reference}` leaves the document"))?;
        node = document.pointer(pointer).with_context(|| format!("$ref `{reference}` points to nothing"))?;
    }
    bail!("a $ref refers to itself")
}

/// The entries of an object; none where it is something else.
pub(crate) fn entries(node: &Value) -> impl Iterator<Item = (&String, &Value)> {
    node.as_object().into_iter().flatten()
}

/// The generator treats an unknown type as "anything", so it is rejected here.
fn check_types(node: &Value, location: &str) -> Result<()> {
    if let Some(kind) = node.get("type").and_then(Value::as_str) {
        let known = ["array", "boolean", "integer", "number", "object", "string"];
        ensure!(known.contains(&kind), "{location}: type `{kind}` is none of {}", known.join(", "));
    }
    let mut children =
        entries(node).filter(|(key, _)| !["default", "enum", "example", "examples"].contains(&key.as_str()));
    children.try_for_each(|(key, child)| check_types(child, &format!("{location}/{key}")))
}

fn check_references(node: &Value, visit: &mut impl FnMut(&Value) -> Result<()>) -> Result<()> {
    match node {
        Value::Object(object) => {
            if object.get("$ref").is_some_and(Value::is_string) {
                visit(node)?;
            }
            object.values().try_for_each(|value| check_references(value, visit))
        }
        Value::Array(items) => items.iter().try_for_each(|item| check_references(item, visit)),
        _ => Ok(()),
    }
}
