//! The schemas of a document, each with its place.

use serde_json::Value;

use crate::spec::{entries, operations};
use crate::steps::step;

/// A schema in the document, the place where it stands, and the name of the Rust type that it would become.
pub(crate) struct Located<'a> {
    pub(crate) place: String,
    pub(crate) schema: &'a Value,
    /// The words of the type's name.
    pub(crate) name: String,
    /// Whether it stands inside another schema rather than under a name of its own.
    pub(crate) is_inline: bool,
    /// Whether it is a part of an `allOf`, which is merged and becomes no type.
    pub(crate) is_part: bool,
}

/// Every schema of the document once, outer ones before inner ones. References are not followed.
pub(crate) fn schemas(document: &Value) -> Vec<Located<'_>> {
    let mut found = Vec::new();
    for (name, schema) in entries(&document["components"]["schemas"]) {
        found.extend(within(format!("/components/schemas/{name}"), name, schema));
    }
    for (kind, holders) in entries(&document["components"]) {
        if kind != "schemas" {
            let place = format!("/components/{kind}");
            entries(holders)
                .for_each(|(name, holder)| held(holder, format!("{place}/{name}"), name, &mut found));
        }
    }
    for (path, item) in entries(&document["paths"]) {
        if let Some(parameters) = item.get("parameters") {
            held(parameters, format!("/paths/{path}/parameters"), path, &mut found);
        }
    }
    for operation in operations(document) {
        let id = operation.id().unwrap_or_default();
        for (key, value) in operation.node.iter().filter(|(key, _)| *key != "callbacks") {
            held(value, format!("{}: {key}", operation.label()), id, &mut found);
        }
    }
    found
}

/// The schemas under the key `schema` of parameters, contents and headers.
fn held<'a>(node: &'a Value, place: String, name: &str, found: &mut Vec<Located<'a>>) {
    step();
    match node {
        Value::Object(object) => {
            let named = object.get("name").and_then(Value::as_str).unwrap_or_default();
            for (key, value) in object {
                match key.as_str() {
                    "example" | "examples" => {}
                    "schema" => {
                        let name = format!("{name}-{named}");
                        found.extend(within(format!("{place}/schema"), name.trim_end_matches('-'), value));
                    }
                    _ => held(value, format!("{place}/{key}"), name, found),
                }
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                held(item, format!("{place}/{index}"), name, found);
            }
        }
        _ => {}
    }
}

/// A schema and those inside it.
pub(crate) fn within<'a>(place: String, name: &str, schema: &'a Value) -> Vec<Located<'a>> {
    let mut found = vec![Located { place, schema, name: name.to_owned(), is_inline: false, is_part: false }];
    let mut next = 0;
    while next < found.len() {
        let Located { place, schema, name, .. } = &found[next];
        let inner = inner(place, name, schema);
        found.extend(inner);
        next += 1;
    }
    found
}

fn inner<'a>(place: &str, name: &str, schema: &'a Value) -> Vec<Located<'a>> {
    let mut found = Vec::new();
    let mut add = |key: &str, name: String, schema: &'a Value, is_part: bool| {
        if schema.is_object() {
            found.push(Located { place: format!("{place}/{key}"), schema, name, is_inline: true, is_part });
        }
    };
    for (key, property) in entries(&schema["properties"]) {
        add(&format!("properties/{key}"), format!("{name}-{key}"), property, false);
    }
    add("items", format!("{name}-item"), &schema["items"], false);
    add("additionalProperties", format!("{name}-value"), &schema["additionalProperties"], false);
    add("not", format!("{name}-not"), &schema["not"], false);
    for key in ["allOf", "anyOf", "oneOf"] {
        for (index, part) in schema[key].as_array().into_iter().flatten().enumerate() {
            let is_part = key == "allOf";
            let name = if is_part { name.to_owned() } else { format!("{name}-variant{index}") };
            add(&format!("{key}/{index}"), name, part, is_part);
        }
    }
    found
}
