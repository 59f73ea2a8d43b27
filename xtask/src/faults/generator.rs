//! Finds out on which schemas and operations the generator fails, because it names none of them.
//!
//! It is given ever smaller parts of the document, so that the work grows with the size of the document and not with its
//! square.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use crate::spec::{entries, operations};
use crate::steps::step;

const SCHEMAS: &str = "#/components/schemas/";

/// A schema or an operation that the generator fails on, and its reason.
#[derive(Debug, PartialEq)]
pub(crate) enum Culprit {
    Schema(String, String),
    Operation(String, String),
    /// It fails on the whole, and on no part of it.
    Document(String),
}

/// Everything that `generate` fails on; nothing if it succeeds. It returns the reason of a failure.
pub(crate) fn locate(document: &Value, generate: &mut dyn FnMut(&Value) -> Option<String>) -> Vec<Culprit> {
    let Some(reason) = generate(document) else { return Vec::new() };
    let schemas = &document["components"]["schemas"];
    let names: Vec<&str> = entries(schemas).map(|(name, _)| name.as_str()).collect();
    let faulty = bisect(&names, &mut |names| generate(&only_schemas(schemas, names)));

    // An operation is not blamed for a schema that it uses.
    let mut sound = document.clone();
    for (name, _) in &faulty {
        sound["components"]["schemas"][*name] = placeholder();
    }
    let all: Vec<(&str, &str)> = operations(&sound).iter().map(|it| (it.path, it.method)).collect();
    let failing = bisect(&all, &mut |chosen| generate(&only_operations(&sound, chosen)));

    let labels: BTreeMap<(&str, &str), String> =
        operations(document).iter().map(|it| ((it.path, it.method), it.label())).collect();
    let label = |key: &(&str, &str)| labels.get(key).cloned().unwrap_or_default();
    let mut culprits: Vec<_> =
        faulty.iter().map(|(name, reason)| Culprit::Schema((*name).to_owned(), reason.clone())).collect();
    culprits.extend(failing.iter().map(|(key, reason)| Culprit::Operation(label(key), reason.clone())));
    if culprits.is_empty() {
        culprits.push(Culprit::Document(reason));
    }
    culprits
}

/// The items that fail. Where only a combination fails, the last item that is needed for it.
fn bisect<T: Copy>(items: &[T], fails: &mut dyn FnMut(&[T]) -> Option<String>) -> Vec<(T, String)> {
    let Some(reason) = (if items.is_empty() { None } else { fails(items) }) else { return Vec::new() };
    if let [only] = items {
        return vec![(*only, reason)];
    }
    let (left, right) = items.split_at(items.len() / 2);
    let mut found = bisect(left, fails);
    found.extend(bisect(right, fails));
    if found.is_empty() {
        let needed = (left.len() + 1..items.len()).find(|count| fails(&items[..*count]).is_some());
        found.push((items[needed.unwrap_or(items.len()) - 1], reason));
    }
    found
}

fn placeholder() -> Value {
    json!({ "type": "object" })
}

fn document_of(paths: Value, components: Value) -> Value {
    json!({ "openapi": "3.0.3", "info": { "title": "", "version": "" }, "paths": paths, "components": components })
}

/// These schemas, and a placeholder for each that they refer to.
fn only_schemas(schemas: &Value, names: &[&str]) -> Value {
    let mut kept = Map::new();
    for name in names {
        let mut targets = Vec::new();
        references(&schemas[name], &mut targets);
        for target in targets.iter().filter_map(|target| target.strip_prefix(SCHEMAS)) {
            kept.entry(target).or_insert_with(placeholder);
        }
    }
    for name in names {
        kept.insert((*name).to_owned(), schemas[name].clone());
    }
    document_of(json!({}), json!({ "schemas": kept }))
}

/// These operations, and everything that they lead to.
fn only_operations(document: &Value, chosen: &[(&str, &str)]) -> Value {
    let mut paths = Map::new();
    for (path, method) in chosen {
        let item = &document["paths"][path];
        let entry = paths.entry(*path).or_insert_with(
            || json!({ "parameters": item.get("parameters").cloned().unwrap_or_else(|| json!([])) }),
        );
        entry[*method] = item[*method].clone();
    }
    let paths = Value::Object(paths);
    let mut components = json!({ "schemas": {} });
    let mut open = Vec::new();
    let mut visited = BTreeSet::new();
    references(&paths, &mut open);
    while let Some(reference) = open.pop() {
        let Some(pointer) = reference.strip_prefix('#').filter(|_| visited.insert(reference.clone())) else {
            continue;
        };
        let Some(target) = document.pointer(pointer) else { continue };
        if let ["", "components", kind, name] = pointer.split('/').collect::<Vec<_>>()[..] {
            components[kind][name] = target.clone();
        }
        references(target, &mut open);
    }
    document_of(paths, components)
}

fn references(node: &Value, found: &mut Vec<String>) {
    step();
    match node {
        Value::Object(object) => {
            found.extend(object.get("$ref").and_then(Value::as_str).map(str::to_owned));
            object.values().for_each(|value| references(value, found));
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, found)),
        _ => {}
    }
}
