//! Compares the bodies of requests, responses and callbacks.

use serde_json::Value;

use super::change::{Changes, Direction, Level};
use super::{Sides, schemas};
use crate::media_type::essence;
use crate::spec::{Operation, entries, resolve};

pub(super) fn compare_request(
    changes: &mut Changes,
    sides: Sides<'_>,
    place: &str,
    old: &Operation<'_>,
    new: &Operation<'_>,
) {
    let (old, new) = (body(sides.old, old), body(sides.new, new));
    match (old, new) {
        (None, None) => {}
        (Some(_), None) => changes.add(Level::Breaking, place, "request body removed"),
        (None, Some(new)) if new["required"] == true => {
            changes.add(Level::Breaking, place, "request body added (required)");
        }
        (None, Some(_)) => changes.add(Level::Additive, place, "request body added (optional)"),
        (Some(old), Some(new)) => {
            match (old["required"] == true, new["required"] == true) {
                (false, true) => changes.add(Level::Breaking, place, "request body became required"),
                (true, false) => changes.add(Level::Additive, place, "request body became optional"),
                _ => {}
            }
            changes.documentation(sides, place, "request body", old, new);
            compare_content(changes, sides, (old, new), (place, "request body"), Direction::Request);
        }
    }
}

fn body<'a>(document: &'a Value, operation: &Operation<'a>) -> Option<&'a Value> {
    resolve(document, operation.node.get("requestBody")?).ok()
}

pub(super) fn compare_responses(
    changes: &mut Changes,
    sides: Sides<'_>,
    place: &str,
    old: &Operation<'_>,
    new: &Operation<'_>,
) {
    let nothing = Value::Null;
    let old = old.node.get("responses").unwrap_or(&nothing);
    let new = new.node.get("responses").unwrap_or(&nothing);
    for (status, _) in entries(old).filter(|(status, _)| new.get(*status).is_none()) {
        changes.add(Level::Breaking, place, format!("status {status} removed"));
    }
    for (status, response) in entries(new) {
        let part = format!("response {status}");
        let (Some(old), Ok(new)) = (old.get(status), resolve(sides.new, response)) else {
            changes.add(Level::Additive, place, format!("status {status} added"));
            continue;
        };
        let Ok(old) = resolve(sides.old, old) else { continue };
        changes.documentation(sides, place, &part, old, new);
        compare_headers(changes, (old, new), (place, &part));
        compare_content(changes, sides, (old, new), (place, &part), Direction::Response);
    }
}

fn compare_headers(changes: &mut Changes, (old, new): (&Value, &Value), (place, part): (&str, &str)) {
    let (old, new) = (&old["headers"], &new["headers"]);
    let find = |headers: &'_ Value, name: &str| {
        entries(headers).find(|(other, _)| other.eq_ignore_ascii_case(name)).map(|(_, header)| header.clone())
    };
    for (name, _) in entries(old).filter(|(name, _)| find(new, name).is_none()) {
        changes.add(Level::Breaking, place, format!("{part}: header `{name}` removed"));
    }
    for (name, _) in entries(new).filter(|(name, _)| find(old, name).is_none()) {
        changes.add(Level::Additive, place, format!("{part}: header `{name}` added"));
    }
}

/// What a callback brings is read, like a response.
pub(super) fn compare_callbacks(
    changes: &mut Changes,
    sides: Sides<'_>,
    place: &str,
    old: &Operation<'_>,
    new: &Operation<'_>,
) {
    let nothing = Value::Null;
    let old = old.node.get("callbacks").unwrap_or(&nothing);
    let new = new.node.get("callbacks").unwrap_or(&nothing);
    for (name, _) in entries(old).filter(|(name, _)| new.get(*name).is_none()) {
        changes.add(Level::Breaking, place, format!("callback `{name}` removed"));
    }
    for (name, callback) in entries(new) {
        let Some(old) = old.get(name) else {
            changes.add(Level::Additive, place, format!("callback `{name}` added"));
            continue;
        };
        if let (Some(old), Some(new)) = (callback_body(sides.old, old), callback_body(sides.new, callback)) {
            let part = format!("callback `{name}`");
            compare_content(changes, sides, (old, new), (place, &part), Direction::Response);
        }
    }
}

fn callback_body<'a>(document: &'a Value, callback: &'a Value) -> Option<&'a Value> {
    let callback = resolve(document, callback).ok()?;
    let operations = entries(callback).flat_map(|(_, item)| entries(item));
    resolve(document, operations.filter_map(|(_, operation)| operation.get("requestBody")).next()?).ok()
}

fn compare_content(
    changes: &mut Changes,
    sides: Sides<'_>,
    (old, new): (&Value, &Value),
    (place, part): (&str, &str),
    direction: Direction,
) {
    let media = |holder: &'_ Value| -> Vec<(String, Value)> {
        entries(&holder["content"]).map(|(name, media)| (essence(name), media["schema"].clone())).collect()
    };
    let (mut gone, mut added) = (media(old), media(new));
    let mut pairs = Vec::new();
    gone.retain(|(name, schema)| {
        let found = added.iter().position(|(other, _)| other == name);
        pairs.extend(found.map(|index| (schema.clone(), added.remove(index).1)));
        found.is_none()
    });
    if let ([(from, old)], [(to, new)]) = (&gone[..], &added[..]) {
        changes.add(Level::Breaking, place, format!("{part}: media type changed from {from} to {to}"));
        pairs.push((old.clone(), new.clone()));
    } else {
        for (name, _) in &gone {
            changes.add(Level::Breaking, place, format!("{part}: media type {name} removed"));
        }
        for (name, _) in &added {
            changes.add(Level::Additive, place, format!("{part}: media type {name} added"));
        }
    }
    for (old, new) in &pairs {
        schemas::compare(changes, sides, (old, new), (place, part), direction);
    }
}
