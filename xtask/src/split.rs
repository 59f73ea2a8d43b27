//! Splits a schema that is both sent and received into two.
//!
//! A request has to be strict: what its builder rejects must not be sent because it was read from JSON. A response has
//! to be lenient: a missing property must not lose the id. One Rust type cannot be both. The type that is sent
//! keeps the schema's name, the type that is received gets a suffix, as in the documents that FastAPI writes.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Result, ensure};
use serde_json::{Value, json};

use crate::steps::step;

/// Suffix of the name of a received schema.
pub(crate) const OUTPUT: &str = "Output";

const SCHEMAS: &str = "#/components/schemas/";

/// Splits those `round_trip_schemas` that require a property, directly or in a nested schema. An enum, or an object whose
/// properties are all optional, is as lenient sent as received and stays one. Returns the names of those that were
/// split.
pub(crate) fn split(
    document: &mut Value,
    round_trip_schemas: &BTreeSet<String>,
    received: &BTreeSet<String>,
) -> Result<BTreeSet<String>> {
    let schemas = document["components"]["schemas"].as_object().cloned().unwrap_or_default();
    let strict = strict(round_trip_schemas, |name| schemas.get(name).unwrap_or(&Value::Null));
    let renamed: BTreeMap<String, String> =
        strict.iter().map(|name| (format!("{SCHEMAS}{name}"), format!("{SCHEMAS}{name}{OUTPUT}"))).collect();

    for name in received.difference(round_trip_schemas) {
        rename(&mut document["components"]["schemas"][name], &renamed);
    }
    rename_in_responses(document, &renamed);
    for name in &strict {
        let output = format!("{name}{OUTPUT}");
        ensure!(
            !schemas.contains_key(&output),
            "the schema `{output}` collides with the response type of `{name}`"
        );
        let mut schema = schemas[name].clone();
        rename(&mut schema, &renamed);
        let description = schema["description"].as_str().unwrap_or_default().trim_end();
        schema["description"] =
            json!(format!("{description}\n\nAs the provider returns it: any property may be absent."));
        document["components"]["schemas"][output] = schema;
    }
    Ok(strict)
}

/// The schemas that require a property, or lead to one that does.
fn strict<'a>(round_trip_schemas: &BTreeSet<String>, schema: impl Fn(&str) -> &'a Value) -> BTreeSet<String> {
    let mut users = BTreeMap::<&str, Vec<&str>>::new();
    let mut open = Vec::new();
    for name in round_trip_schemas {
        let mut found = Requirements::default();
        found.collect(schema(name));
        found.references.iter().for_each(|target| users.entry(target).or_default().push(name));
        open.extend(found.requires.then_some(name.as_str()));
    }
    let mut strict = BTreeSet::new();
    while let Some(name) = open.pop() {
        if strict.insert(name.to_owned()) {
            open.extend(users.get(name).into_iter().flatten());
        }
    }
    strict
}

#[derive(Default)]
struct Requirements<'a> {
    requires: bool,
    references: Vec<&'a str>,
}

impl<'a> Requirements<'a> {
    fn collect(&mut self, node: &'a Value) {
        step();
        match node {
            Value::Object(object) => {
                let required = object.get("required").and_then(Value::as_array);
                self.requires |= required.is_some_and(|names| !names.is_empty());
                object.values().for_each(|value| self.collect(value));
            }
            Value::Array(items) => items.iter().for_each(|item| self.collect(item)),
            Value::String(text) => self.references.extend(text.strip_prefix(SCHEMAS)),
            _ => {}
        }
    }
}

fn rename_in_responses(node: &mut Value, renamed: &BTreeMap<String, String>) {
    step();
    match node {
        Value::Object(object) => {
            for (key, value) in object {
                if key == "responses" {
                    rename(value, renamed);
                } else {
                    rename_in_responses(value, renamed);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| rename_in_responses(item, renamed)),
        _ => {}
    }
}

/// References, which also stand in the mapping of a discriminator.
pub(crate) fn rename(node: &mut Value, renamed: &BTreeMap<String, String>) {
    step();
    match node {
        Value::Object(object) => object.values_mut().for_each(|value| rename(value, renamed)),
        Value::Array(items) => items.iter_mut().for_each(|item| rename(item, renamed)),
        Value::String(text) => {
            if let Some(new) = renamed.get(text) {
                new.clone_into(text);
            }
        }
        _ => {}
    }
}
