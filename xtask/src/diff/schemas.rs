//! Compares schemas: types, values, bounds and what is inside. The direction decides what breaks a caller.

use serde_json::{Map, Value};

use super::change::{Changes, DOCUMENTATION, Direction, Fits, Level, plain, shape};
use super::{Sides, properties};
use crate::spec::resolve;

/// Formats that give a Rust type of their own.
const TYPED_FORMATS: [&str; 9] =
    ["binary", "byte", "date", "date-time", "double", "float", "int32", "password", "uuid"];

/// Rules that allow fewer values, the higher they are or because they are there.
const LOWER_BOUNDS: [&str; 4] = ["minLength", "minItems", "minProperties", "minimum"];
const UPPER_BOUNDS: [&str; 4] = ["maxLength", "maxItems", "maxProperties", "maximum"];
const RULES: [&str; 5] = ["exclusiveMaximum", "exclusiveMinimum", "multipleOf", "pattern", "uniqueItems"];

/// How deep parts of an `allOf` are followed, so that one that is part of itself ends.
const MAX_DEPTH: usize = 20;

pub(super) fn compare(
    changes: &mut Changes,
    sides: Sides<'_>,
    (old, new): (&Value, &Value),
    (place, part): (&str, &str),
    direction: Direction,
) {
    let names = (component(old), component(new));
    if let (Some(from), Some(to)) = names {
        // Beside a bare `$ref` there is no documentation.
        changes.documentation(sides, place, part, old, new);
        if sides.are_ours && from != to {
            let what = format!("named `{from}` before: the same on the wire, but another Rust type");
            changes.add(Level::Breaking, &format!("schema {to}"), what);
        }
        if !changes.compared.insert((from.to_owned(), to.to_owned(), direction)) {
            return;
        }
        let (old, new) = (&sides.old["components"]["schemas"][from], &sides.new["components"]["schemas"][to]);
        return compare_flat(changes, sides, (old, new), (&format!("schema {to}"), ""), direction);
    }
    compare_flat(changes, sides, (old, new), (place, part), direction);
}

/// The component that a schema is, also where it only adds documentation to one.
fn component(schema: &Value) -> Option<&str> {
    let parts = schema["allOf"].as_array().map(Vec::as_slice);
    let is_wrapper = |key: &String| key == "allOf" || DOCUMENTATION.contains(&key.as_str());
    let target = match parts {
        Some([only]) if schema.as_object().is_some_and(|it| it.keys().all(is_wrapper)) => only,
        _ => schema,
    };
    target["$ref"].as_str()?.strip_prefix("#/components/schemas/")
}

fn compare_flat(
    changes: &mut Changes,
    sides: Sides<'_>,
    (old, new): (&Value, &Value),
    (place, part): (&str, &str),
    direction: Direction,
) {
    let (old, new) = (flatten(sides.old, old, 0), flatten(sides.new, new, 0));
    let named = |what: &str| if part.is_empty() { what.to_owned() } else { format!("{part}: {what}") };
    let what = |what: &str| format!("{} ({})", named(what), direction.name());
    changes.documentation(sides, place, part, &old, &new);
    let types = (type_name(&old), type_name(&new));
    if types.0 != types.1 {
        let text = what(&format!("type changed from {} to {}", types.0, types.1));
        return changes.add(Level::Breaking, place, text);
    }
    compare_format(changes, sides, (&old["format"], &new["format"]), |text| (place, what(text)));
    let narrows = |changes: &mut Changes, is_narrower: bool, text: &str| {
        let level = if is_narrower { direction.narrower() } else { direction.wider() };
        changes.add(level, place, what(text));
    };
    if old["nullable"] == true && new["nullable"] != true {
        narrows(changes, true, "no longer nullable");
    } else if old["nullable"] != true && new["nullable"] == true {
        narrows(changes, false, "became nullable");
    }
    for key in LOWER_BOUNDS.iter().chain(&UPPER_BOUNDS).chain(&RULES) {
        if let Some((is_narrower, text)) = bound(key, &old[*key], &new[*key]) {
            narrows(changes, is_narrower, &text);
        }
    }
    if old["default"] != new["default"] {
        // What is left out has another meaning.
        let level = if direction == Direction::Request { Level::Breaking } else { Level::Documentation };
        changes.add(level, place, what("default changed"));
    }
    compare_enum(changes, (&old["enum"], &new["enum"]), |text| (place, what(text)));
    properties::compare(changes, sides, (&old, &new), (place, part), direction);
    compare_alternatives(changes, sides, (&old, &new), (place, part), direction);
    if old["items"].is_object() && new["items"].is_object() {
        compare(changes, sides, (&old["items"], &new["items"]), (place, &named("items")), direction);
    }
}

/// A schema with its references followed and the parts of its `allOf` merged.
pub(super) fn flatten(document: &Value, schema: &Value, depth: usize) -> Value {
    let Ok(schema) = resolve(document, schema) else { return Value::Null };
    let Some(object) = schema.as_object() else { return schema.clone() };
    let mut merged = object.clone();
    let Some(Value::Array(parts)) = merged.remove("allOf") else { return schema.clone() };
    for part in parts.iter().filter(|_| depth < MAX_DEPTH) {
        let part = flatten(document, part, depth + 1);
        part.as_object().into_iter().flatten().for_each(|(key, value)| merge(&mut merged, key, value));
    }
    Value::Object(merged)
}

fn merge(merged: &mut Map<String, Value>, key: &str, value: &Value) {
    match (merged.get_mut(key), value) {
        (Some(Value::Object(old)), Value::Object(new)) => {
            new.iter().for_each(|(key, value)| {
                old.entry(key).or_insert_with(|| value.clone());
            });
        }
        (Some(Value::Array(old)), Value::Array(new)) if key == "required" => {
            let missing: Vec<_> = new.iter().filter(|name| !old.contains(name)).cloned().collect();
            old.extend(missing);
        }
        // What stands nearest to the use describes it best.
        (Some(_), _) => {}
        (None, _) => {
            merged.insert(key.to_owned(), value.clone());
        }
    }
}

fn type_name(schema: &Value) -> String {
    let has = |key: &str| schema.get(key).is_some();
    match schema["type"].as_str() {
        Some(kind) => kind.to_owned(),
        None if has("properties") || has("additionalProperties") => "object".to_owned(),
        None if has("items") => "array".to_owned(),
        None if has("enum") => "string".to_owned(),
        None if has("oneOf") || has("anyOf") => "one of several".to_owned(),
        None => "any".to_owned(),
    }
}

fn compare_format<'a>(
    changes: &mut Changes,
    sides: Sides<'_>,
    (old, new): (&Value, &Value),
    at: impl Fn(&str) -> (&'a str, String),
) {
    // That a value is a secret is ours to say; a vendor rarely does.
    let is_ours = |format: &Value| format.is_null() || format == "password";
    if old == new || !sides.are_ours && is_ours(old) && is_ours(new) {
        return;
    }
    let is_typed = |format: &Value| format.as_str().is_some_and(|format| TYPED_FORMATS.contains(&format));
    let level = if is_typed(old) || is_typed(new) { Level::Breaking } else { Level::Documentation };
    let (place, what) = at(&change_of("format", old, new));
    changes.add(level, place, what);
}

fn change_of(key: &str, old: &Value, new: &Value) -> String {
    match (old, new) {
        (Value::Null, new) => format!("{key} {} added", plain(new)),
        (old, Value::Null) => format!("{key} {} removed", plain(old)),
        (old, new) => format!("{key} changed from {} to {}", plain(old), plain(new)),
    }
}

/// Whether the change of a bound allows fewer values, and how it reads; none if there is no change.
fn bound(key: &str, old: &Value, new: &Value) -> Option<(bool, String)> {
    // A rule that is false is none.
    let given = |value: &Value| if value == false { Value::Null } else { value.clone() };
    let (old, new) = (given(old), given(new));
    if old == new || old.as_f64().is_some() && old.as_f64() == new.as_f64() {
        return None;
    }
    let action = match (old.as_f64(), new.as_f64()) {
        (Some(old), Some(new)) if key != "multipleOf" => {
            if new < old {
                "lowered"
            } else {
                "raised"
            }
        }
        _ => return Some((!new.is_null(), change_of(key, &old, &new))),
    };
    let is_narrower = (action == "lowered") == UPPER_BOUNDS.contains(&key);
    Some((is_narrower, format!("{key} {action} from {} to {}", plain(&old), plain(&new))))
}

fn compare_enum<'a>(
    changes: &mut Changes,
    (old, new): (&Value, &Value),
    at: impl Fn(&str) -> (&'a str, String),
) {
    let mut add = |level: Level, text: &str| {
        let (place, what) = at(text);
        changes.add(level, place, what);
    };
    match (old.as_array(), new.as_array()) {
        (None, None) => {}
        (None, Some(_)) => add(Level::Breaking, "became an enum"),
        (Some(_), None) => add(Level::Breaking, "is no longer an enum"),
        (Some(old), Some(new)) => {
            for value in old.iter().filter(|value| !new.contains(value)) {
                // Also in a response: the variant is gone from the Rust type.
                add(Level::Breaking, &format!("enum value `{}` removed", plain(value)));
            }
            for value in new.iter().filter(|value| !old.contains(value)) {
                // Also in a response: an unlisted value is read as `Unlisted`.
                add(Level::Additive, &format!("enum value `{}` added", plain(value)));
            }
        }
    }
}

/// `oneOf` and `anyOf`: the same component, or else the same place in the list.
fn compare_alternatives(
    changes: &mut Changes,
    sides: Sides<'_>,
    (old, new): (&Value, &Value),
    (place, part): (&str, &str),
    direction: Direction,
) {
    let list = |schema: &Value| -> Vec<Value> {
        let parts = schema["oneOf"].as_array().or(schema["anyOf"].as_array());
        parts.cloned().unwrap_or_default()
    };
    let (mut gone, mut added) = (list(old), list(new));
    let mut pairs = Vec::new();
    let same_name = |a: &Value, b: &Value| component(a).is_some() && component(a) == component(b);
    let same_shape =
        |a: &Value, b: &Value| shape(&flatten(sides.old, a, 0)) == shape(&flatten(sides.new, b, 0));
    let both_inline = |a: &Value, b: &Value| component(a).is_none() && component(b).is_none();
    let rules: [Fits<'_>; 3] = [&same_name, &same_shape, &both_inline];
    for fits in rules {
        gone.retain(|alternative| {
            let found = added.iter().position(|other| fits(alternative, other));
            pairs.extend(found.map(|index| (alternative.clone(), added.remove(index))));
            found.is_none()
        });
    }
    let prefix = if part.is_empty() { String::new() } else { format!("{part}: ") };
    let title = |schema: &Value| {
        component(schema).map_or("an alternative".to_owned(), |it| format!("alternative `{it}`"))
    };
    for alternative in &gone {
        changes.add(
            Level::Breaking,
            place,
            format!("{prefix}{} removed ({})", title(alternative), direction.name()),
        );
    }
    for alternative in &added {
        changes.add(
            direction.wider(),
            place,
            format!("{prefix}{} added ({})", title(alternative), direction.name()),
        );
    }
    for (old, new) in &pairs {
        compare(changes, sides, (old, new), (place, &format!("{prefix}alternative")), direction);
    }
}
