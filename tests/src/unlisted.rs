//! Values that no enum lists, in the responses of a table: a client has to read what a vendor adds.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::outcome::Outcome;
use crate::response::Response;
use crate::spec::{operations, spec};
use crate::table::Row;

const VALUE: &str = "somethingNew";

/// An enum in a body: where the value stands, and where its schema stands in the description.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Found {
    pointer: String,
    place: String,
}

/// Each successful row of a table, once for every enum in its response, with a value that is not listed; and the enums that
/// the description has and no response of the table. `table` makes the table.
pub(crate) fn with_unlisted_values<C: 'static>(
    slug: &str,
    table: impl Fn() -> Vec<Row<C>>,
) -> (Vec<Row<C>>, Vec<String>) {
    let mut due = places(slug);
    let mut rows = Vec::new();
    for (number, row) in table().iter().enumerate() {
        let Some(schema) = row.exchange().and_then(|(method, path, _)| success_schema(slug, method, path))
        else {
            continue;
        };
        let Outcome::Done(status, _) = row.outcome else { continue };
        let Ok(body) = serde_json::from_slice::<Value>(&row.response.body) else { continue };
        let mut found = BTreeSet::new();
        walk(spec(slug), schema, Some(&body), "", "", &mut found);
        for Found { pointer, place } in found {
            // Several rows have the same enum: one is enough.
            if !due.remove(&place) {
                continue;
            }
            // A call is made once, so that each row needs a table of its own.
            let mut row = table().remove(number);
            let mut body = body.clone();
            body.pointer_mut(&pointer).into_iter().for_each(|value| *value = json!(VALUE));
            row.response = Response::json(status, &body);
            if let Outcome::Done(_, value) = &mut row.outcome {
                value.pointer_mut(&pointer).into_iter().for_each(|value| *value = json!(VALUE));
            }
            row.name += &format!(", an unlisted value at {pointer}");
            rows.push(row);
        }
    }
    (rows, due.into_iter().map(|place| format!("{slug}: {place}")).collect())
}

/// The schema of the success of the operation at a path.
fn success_schema(slug: &str, method: &str, path: &str) -> Option<&'static Value> {
    let document = spec(slug);
    let operation = crate::spec::find(slug, method, path)?;
    let node = &document["paths"][&operation.path][operation.method.to_lowercase()];
    let response =
        crate::spec::resolve(document, &node["responses"][operation.successes.first()?.to_string()]);
    response["content"].as_object()?.values().next().map(|media| &media["schema"])
}

/// Where the enums stand that a success may have.
fn places(slug: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for operation in operations(slug) {
        if let Some(schema) = success_schema(slug, &operation.method, &operation.path) {
            walk(spec(slug), schema, None, "", "", &mut found);
        }
    }
    found.into_iter().map(|found| found.place).collect()
}

/// Collects the enums of a schema: those that a value has, or all if there is none.
fn walk(
    document: &'static Value,
    schema: &'static Value,
    value: Option<&Value>,
    pointer: &str,
    place: &str,
    found: &mut BTreeSet<Found>,
) {
    if let Some(reference) = schema["$ref"].as_str() {
        let target = document.pointer(reference.trim_start_matches('#')).expect("the target of a $ref");
        // Without a value, a schema that contains itself has no end.
        if value.is_some() || !place.contains(&format!("{reference}/")) {
            let place = if value.is_some() { reference.to_owned() } else { format!("{place}{reference}/") };
            walk(document, target, value, pointer, place.trim_end_matches('/'), found);
        }
        return;
    }
    if schema.get("enum").is_some() {
        let place = place.rsplit('#').next().unwrap_or_default().trim_end_matches('/');
        found.insert(Found { pointer: pointer.to_owned(), place: place.to_owned() });
        return;
    }
    for key in ["allOf", "anyOf", "oneOf"] {
        for (index, part) in schema[key].as_array().into_iter().flatten().enumerate() {
            walk(document, part, value, pointer, &format!("{place}/{key}/{index}"), found);
        }
    }
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        if property["writeOnly"] == true {
            continue;
        }
        let inner = value.map(|value| value.get(name));
        if inner.is_none_or(|inner| inner.is_some_and(|inner| !inner.is_null())) {
            let place = format!("{place}/properties/{name}");
            walk(document, property, inner.flatten(), &format!("{pointer}/{name}"), &place, found);
        }
    }
    if let Some(items) = schema.get("items") {
        let first = value.map(|value| value.get(0));
        if first.is_none_or(|first| first.is_some()) {
            walk(document, items, first.flatten(), &format!("{pointer}/0"), &format!("{place}/items"), found);
        }
    }
}
