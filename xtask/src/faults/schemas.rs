//! Faults of schemas.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::Faults;
use super::walk::{Located, schemas};
use crate::identifiers::{pascal, snake};
use crate::reach;
use crate::spec::{Spec, entries};
use crate::steps::step;

const TYPES: [&str; 6] = ["array", "boolean", "integer", "number", "object", "string"];

/// The variant for values that an enum does not list.
const OPEN_VARIANT: &str = "Unlisted";

/// Names that the generated types use without their paths.
const RESERVED: [&str; 9] = ["Default", "Err", "From", "None", "Ok", "Option", "Result", "Self", "Some"];

pub(super) fn check(faults: &mut Faults, spec: &Spec) {
    let document = &spec.document;
    let components = &document["components"]["schemas"];
    let sent = reach::sent(document);
    let received = reach::received(document, &sent);
    let all = schemas(document);
    for located in &all {
        check_kind(faults, located);
        let properties = entries(&located.schema["properties"]).map(|(name, _)| name.as_str());
        faults.add_equal(&located.place, "properties", properties, snake);
        if let Some(values) = located.schema.get("enum") {
            let component = located.place.strip_prefix("/components/schemas/").unwrap_or_default();
            let component = component.split('/').next().unwrap_or_default();
            check_enum(faults, located, values, received.contains(component));
        }
    }
    let names: Vec<_> = entries(components).map(|(name, _)| name.as_str()).collect();
    faults.add_equal("/components/schemas", "schemas", names.iter().copied(), pascal);
    for name in names.into_iter().filter(|name| RESERVED.contains(&pascal(name).as_str())) {
        let place = format!("/components/schemas/{name}");
        faults.add(&place, format!("the schema `{name}` collides with a name that generated code uses"));
    }
    check_inline_names(faults, components, &all);
    check_cycles(faults, components);
}

fn check_kind(faults: &mut Faults, located: &Located<'_>) {
    let Located { place, schema, .. } = located;
    match schema.get("type") {
        Some(Value::String(kind)) if !TYPES.contains(&kind.as_str()) => {
            faults.add(place, format!("type `{kind}` is none of {}", TYPES.join(", ")));
        }
        Some(Value::Array(_)) => {
            faults.add(place, "a list of types is OpenAPI 3.1; write one type, and `nullable` for null");
        }
        _ => {}
    }
    if let Some(Err(error)) = schema["pattern"].as_str().map(regress::Regex::new) {
        faults.add(place, format!("the pattern is no regular expression: {error}"));
    }
    if schema.get("not").is_some() {
        faults.add(place, "`not` is not supported; say in the description what is excluded");
    }
}

fn check_enum(faults: &mut Faults, located: &Located<'_>, values: &Value, is_received: bool) {
    let place = &located.place;
    let values: Vec<&Value> = values.as_array().into_iter().flatten().collect();
    let kind = located.schema["type"].as_str().unwrap_or("string");
    if values.is_empty() {
        return faults.add(place, "the enum lists no value");
    }
    if located.schema["nullable"] == true || values.iter().any(|value| value.is_null()) {
        faults.add(
            place,
            "a nullable enum is not supported; leave null out, because a null in a response is read as absent",
        );
    }
    // Sent only, it becomes an integer with the values in its description.
    if kind == "integer" && !is_received && values.iter().all(|value| value.is_i64()) {
        return;
    }
    let texts: Vec<&str> = values.iter().filter_map(|value| value.as_str()).collect();
    if kind != "string" || texts.len() < values.iter().filter(|value| !value.is_null()).count() {
        let kind =
            if kind == "string" { "values that are no strings (quote words such as 'no')" } else { kind };
        return faults.add(
            place,
            format!(
                "an enum of {kind} is not supported; leave `enum` out and list the values in the description"
            ),
        );
    }
    faults.add_equal(place, "enum values", texts.iter().copied(), pascal);
    if is_received && let Some(value) = texts.iter().find(|value| pascal(value) == OPEN_VARIANT) {
        faults.add(
            place,
            format!("the enum value `{value}` collides with `{OPEN_VARIANT}`, the variant for values that are not listed"),
        );
    }
}

/// The generator names an inline type after its place, and takes the first of two types with one name for both.
fn check_inline_names(faults: &mut Faults, components: &Value, all: &[Located<'_>]) {
    let mut owners: BTreeMap<String, &str> =
        entries(components).map(|(name, _)| (pascal(name), name.as_str())).collect();
    for located in all.iter().filter(|located| becomes_type(located)) {
        let name = pascal(&located.name);
        if let Some(other) = owners.get(&name) {
            let reason = format!(
                "this inline schema and `{other}` are both `{name}` in Rust; give it a name of its own"
            );
            faults.add(&located.place, reason);
        } else {
            owners.insert(name, &located.place);
        }
    }
}

fn becomes_type(located: &Located<'_>) -> bool {
    let is_own = located.is_inline || !located.place.starts_with("/components/schemas/");
    let keys = ["enum", "oneOf", "anyOf", "properties", "pattern", "maxLength", "minLength"];
    is_own && !located.is_part && keys.iter().any(|key| located.schema.get(*key).is_some())
}

/// A schema that is part of itself has no end. One that has itself as a property is a tree, and fine.
fn check_cycles(faults: &mut Faults, components: &Value) {
    let mut done = BTreeSet::new();
    for (name, _) in entries(components) {
        let mut path = vec![name.as_str()];
        follow(faults, components, &mut path, &mut done);
    }
}

fn follow<'a>(
    faults: &mut Faults,
    components: &'a Value,
    path: &mut Vec<&'a str>,
    done: &mut BTreeSet<&'a str>,
) {
    let Some(name) = path.last().copied() else { return };
    let mut parts = Vec::new();
    collect_parts(&components[name], &mut parts);
    for part in parts {
        if let Some(start) = path.iter().position(|other| *other == part) {
            let cycle = path[start..].join(" → ");
            let place = format!("/components/schemas/{part}");
            faults.add(&place, format!("the schema is a part of itself: {cycle} → {part}"));
        } else if !done.contains(part) {
            path.push(part);
            follow(faults, components, path, done);
            path.pop();
        }
    }
    done.insert(name);
}

fn collect_parts<'a>(schema: &'a Value, parts: &mut Vec<&'a str>) {
    step();
    let reference = schema["$ref"].as_str().and_then(|text| text.strip_prefix("#/components/schemas/"));
    parts.extend(reference);
    for key in ["allOf", "anyOf", "oneOf"] {
        schema[key].as_array().into_iter().flatten().for_each(|part| collect_parts(part, parts));
    }
}
