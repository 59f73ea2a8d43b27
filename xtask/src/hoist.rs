//! Gives each inline schema of a response a name of its own: the one that the generator would give it.
//!
//! Enums are opened and properties made optional by the name of a schema. What stays inline would be read strictly, and an
//! unexpected value would lose the response.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Result, ensure};
use serde_json::{Value, json};

use crate::identifiers::pascal;
use crate::steps::step;

/// Names the inline schemas of all that is received. They are received too, and sent if the schema around them is.
/// Returns the place of each by its new name.
pub(crate) fn hoist(
    document: &mut Value,
    sent: &mut BTreeSet<String>,
    received: &mut BTreeSet<String>,
) -> Result<BTreeMap<String, String>> {
    let mut places = BTreeMap::new();
    for owner in received.clone() {
        let Some(mut schema) = document["components"]["schemas"].get(&owner).cloned() else { continue };
        let mut hoisted = Vec::new();
        hoist_inner(&mut schema, &owner, &owner, &mut hoisted);
        document["components"]["schemas"][&owner] = schema;
        for Hoisted { name, place, schema } in hoisted {
            let is_free = document["components"]["schemas"].get(&name).is_none();
            ensure!(is_free, "/components/schemas/{place}: would be named `{name}`, which is another schema");
            document["components"]["schemas"][&name] = schema;
            if sent.contains(&owner) {
                sent.insert(name.clone());
            }
            received.insert(name.clone());
            places.insert(name, place);
        }
    }
    Ok(places)
}

struct Hoisted {
    name: String,
    place: String,
    schema: Value,
}

fn hoist_inner(schema: &mut Value, name: &str, place: &str, hoisted: &mut Vec<Hoisted>) {
    step();
    if let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) {
        for (key, property) in properties {
            let name = format!("{name}-{key}");
            replace(property, &name, &format!("{place}/properties/{key}"), hoisted);
        }
    }
    for (key, suffix) in [("items", "item"), ("additionalProperties", "value")] {
        if let Some(inner) = schema.get_mut(key) {
            replace(inner, &format!("{name}-{suffix}"), &format!("{place}/{key}"), hoisted);
        }
    }
    for key in ["allOf", "anyOf", "oneOf"] {
        for (index, part) in
            schema.get_mut(key).and_then(Value::as_array_mut).into_iter().flatten().enumerate()
        {
            let place = format!("{place}/{key}/{index}");
            // The parts of an `allOf` are merged into one type.
            match key {
                "allOf" => hoist_inner(part, name, &place, hoisted),
                _ => replace(part, &format!("{name}-variant{index}"), &place, hoisted),
            }
        }
    }
}

/// Replaces a schema by a reference, if the generator would make a type of it.
fn replace(schema: &mut Value, name: &str, place: &str, hoisted: &mut Vec<Hoisted>) {
    hoist_inner(schema, name, place, hoisted);
    let has_parts =
        |key: &str, least: usize| schema[key].as_array().is_some_and(|parts| parts.len() >= least);
    let is_enum = schema.get("enum").is_some();
    let is_object = schema.get("properties").is_some_and(Value::is_object);
    if !(is_enum || is_object || has_parts("allOf", 2) || has_parts("anyOf", 1) || has_parts("oneOf", 1)) {
        return;
    }
    let name = pascal(name);
    let mut reference = json!({ "allOf": [{ "$ref": format!("#/components/schemas/{name}") }] });
    if let Some(object) = schema.as_object_mut() {
        for key in ["description", "readOnly", "writeOnly"] {
            reference[key] = object.get(key).cloned().unwrap_or_default();
        }
        reference["nullable"] = object.remove("nullable").unwrap_or_default();
    }
    if let Some(reference) = reference.as_object_mut() {
        reference.retain(|_, value| !value.is_null());
    }
    let schema = std::mem::replace(schema, reference);
    hoisted.push(Hoisted { name, place: place.to_owned(), schema });
}
