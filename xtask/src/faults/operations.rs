//! Faults of operations, their parameters and their responses.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{Faults, content};
use crate::identifiers::snake;
use crate::spec::{Operation, Spec, entries, resolve};

/// Names of functions of the generated client, and of what it calls.
const RESERVED_OPERATIONS: [&str; 10] =
    ["api_version", "baseurl", "builder", "client", "exec", "inner", "into_uuid", "new", "post", "pre"];

/// Names of functions and fields of the generated request builders.
const RESERVED_PARAMETERS: [&str; 5] = ["body", "builder", "client", "new", "send"];

pub(super) fn check(faults: &mut Faults, spec: &Spec) {
    let document = &spec.document;
    let mut seen = BTreeMap::new();
    for operation in spec.operations() {
        let label = operation.label();
        match operation.id() {
            None => faults.add(&label, "operationId is missing"),
            Some(id) => {
                let rust = snake(id);
                if RESERVED_OPERATIONS.contains(&rust.as_str()) {
                    faults.add(&label, format!("operationId `{id}` collides with generated code"));
                }
                match seen.insert(rust.clone(), id) {
                    Some(other) if other == id => {
                        faults.add(&label, format!("operationId `{id}` is used twice"));
                    }
                    Some(other) => faults.add(
                        &label,
                        format!("the operationIds `{other}` and `{id}` are both `{rust}` in Rust"),
                    ),
                    None => {}
                }
            }
        }
        check_parameters(faults, document, &operation);
        if let Some(body) = operation.node.get("requestBody")
            && let Some((place, body)) = used(document, &format!("{label}: requestBody"), body)
        {
            content::check_request(faults, document, &place, body);
        }
        check_responses(faults, document, &operation);
    }
}

/// The target of a node that may be a reference, and its place; none if the reference is a fault of its own.
fn used<'a>(document: &'a Value, place: &str, node: &'a Value) -> Option<(String, &'a Value)> {
    let target = resolve(document, node).ok()?;
    let reference = node.get("$ref").and_then(Value::as_str);
    Some((reference.map_or_else(|| place.to_owned(), |it| it.trim_start_matches('#').to_owned()), target))
}

fn check_parameters(faults: &mut Faults, document: &Value, operation: &Operation<'_>) {
    let label = operation.label();
    let lists = [
        (label.clone(), operation.node.get("parameters")),
        (format!("/paths/{}", operation.path), operation.path_item.get("parameters")),
    ];
    for (owner, list) in lists {
        for parameter in list.and_then(Value::as_array).into_iter().flatten() {
            if let Some((place, parameter)) = used(document, &owner, parameter)
                && (place == label || faults.visited.insert(format!("{place}: {}", parameter["name"])))
            {
                check_parameter(faults, document, &place, parameter);
            }
        }
    }
    let Ok(parameters) = operation.parameters(document) else { return };
    let name = |parameter: &&'_ Value| parameter["name"].as_str().unwrap_or_default().to_owned();
    let names: Vec<String> = parameters.iter().map(name).collect();
    faults.add_equal(&label, "parameters", names.iter().map(String::as_str), snake);
    let in_path: BTreeSet<String> = parameters.iter().filter(|it| it["in"] == "path").map(name).collect();
    let wanted: BTreeSet<String> = operation
        .path
        .split('{')
        .skip(1)
        .filter_map(|rest| rest.split('}').next())
        .map(str::to_owned)
        .collect();
    if in_path != wanted {
        faults.add(&label, format!("the path names {wanted:?}, the path parameters are {in_path:?}"));
    }
}

fn check_parameter(faults: &mut Faults, document: &Value, place: &str, parameter: &Value) {
    let Some(name) = parameter["name"].as_str() else {
        return faults.add(place, "a parameter has no name");
    };
    let location = parameter["in"].as_str().unwrap_or_default();
    if RESERVED_PARAMETERS.contains(&snake(name).as_str()) {
        faults.add(place, format!("parameter `{name}` collides with generated code"));
    }
    if !["path", "query", "header"].contains(&location) {
        faults.add(
            place,
            format!("parameter `{name}` is in `{location}`; path, query and header are supported"),
        );
    }
    if location == "path" && parameter["required"] != true {
        faults.add(place, format!("path parameter `{name}` needs `required: true`"));
    }
    let default_style = if location == "query" { "form" } else { "simple" };
    if let Some(style) = parameter["style"].as_str().filter(|style| *style != default_style) {
        faults.add(
            place,
            format!("parameter `{name}` has the style `{style}`; only `{default_style}` is supported"),
        );
    }
    let Some(schema) = parameter.get("schema").filter(|schema| schema.is_object()) else {
        return faults.add(place, format!("parameter `{name}` has no schema"));
    };
    if !content::is_scalar(document, schema) {
        faults.add(
            place,
            format!("parameter `{name}` is a list or an object; a string, number or boolean is supported"),
        );
    }
}

/// Differing statuses of one side must share a schema: the generator has one success and one error type.
fn check_responses(faults: &mut Faults, document: &Value, operation: &Operation<'_>) {
    let label = operation.label();
    let mut success = BTreeSet::new();
    let mut failure = BTreeSet::new();
    let Some(responses) = operation.node.get("responses") else {
        return faults.add(&label, "responses is missing");
    };
    for (status, response) in entries(responses) {
        let Some((place, response)) = used(document, &format!("{label}: response {status}"), response) else {
            continue;
        };
        if !response["description"].is_string() {
            faults.add(&place, "description is missing");
        }
        let schema = content::check_response(faults, &place, response);
        match status.as_bytes().first() {
            Some(b'2') => success.extend(schema),
            Some(b'4' | b'5') => failure.extend(schema),
            _ => faults.add(&label, format!("response {status}: only 2xx, 4xx and 5xx are supported")),
        };
    }
    let kinds = |found: &BTreeSet<content::Body>| {
        let names: Vec<_> = found.iter().map(|body| body.as_deref().unwrap_or("no body")).collect();
        names.join(", ")
    };
    if !entries(responses).any(|(status, _)| status.starts_with('2')) {
        faults.add(&label, "no success is described; a response 2xx is needed");
    }
    if success.len() > 1 {
        faults.add(
            &label,
            format!("the successes need one schema, there are {}: {}", success.len(), kinds(&success)),
        );
    }
    if failure.len() > 1 {
        faults.add(
            &label,
            format!("the errors need one schema, there are {}: {}", failure.len(), kinds(&failure)),
        );
    }
}
