//! Faults of request and response bodies.

use serde_json::Value;

use super::Faults;
use crate::media_type::{self, FORM, JSON};
use crate::spec::{entries, resolve};

/// The reference of a body's schema; none where there is no body.
pub(super) type Body = Option<String>;

pub(super) fn check_request(faults: &mut Faults, document: &Value, place: &str, body: &Value) {
    let media = entries(&body["content"]).collect::<Vec<_>>();
    if media.is_empty() {
        return faults.add(place, "content is missing");
    }
    if media.len() > 1 {
        return faults.add(
            place,
            format!("one media type is supported, there are {}: {}", media.len(), names(&media)),
        );
    }
    for (name, media) in media {
        if ![JSON, FORM].contains(&media_type::essence(name).as_str()) {
            return faults
                .add(place, format!("the media type `{name}` is not supported; {JSON} and {FORM} are"));
        }
        check_schema(faults, place, media);
        if media_type::essence(name) == FORM
            && let Ok(schema) = resolve(document, &media["schema"])
        {
            let place = media["schema"]["$ref"].as_str().map_or(place, |it| it.trim_start_matches('#'));
            check_form(faults, document, place, schema, 0);
        }
    }
}

/// The body, unless it is a fault.
pub(super) fn check_response(faults: &mut Faults, place: &str, response: &Value) -> Option<Body> {
    let media = entries(&response["content"]).collect::<Vec<_>>();
    let mut found = Vec::new();
    for (name, media) in &media {
        if !media_type::is_json(name) {
            faults.add(
                place,
                format!("the media type `{name}` is not supported; {JSON} and those that end in +json are"),
            );
            return None;
        }
        let schema = check_schema(faults, place, media)?;
        if !found.contains(&schema) {
            found.push(schema);
        }
    }
    if found.len() > 1 {
        faults.add(
            place,
            format!("the media types need one schema, there are {}: {}", found.len(), found.join(", ")),
        );
        return None;
    }
    Some(found.pop())
}

fn names(media: &[(&String, &Value)]) -> String {
    media.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(", ")
}

fn check_schema(faults: &mut Faults, place: &str, media: &Value) -> Option<String> {
    if media.get("encoding").is_some() {
        faults.add(place, "`encoding` is not supported");
    }
    let reference = media["schema"]["$ref"].as_str();
    if reference.is_none() {
        faults.add(
            place,
            "the schema must be a $ref to a component (inline schemas of the same location collapse into one)",
        );
    }
    reference.map(str::to_owned)
}

/// A form is a list of names and values, without nesting.
fn check_form(faults: &mut Faults, document: &Value, place: &str, schema: &Value, depth: usize) {
    for (name, property) in entries(&schema["properties"]) {
        let is_list = resolved_type(document, property) == Some("array");
        let value =
            if is_list { resolve(document, property).map_or(property, |it| &it["items"]) } else { property };
        if !is_scalar(document, value) || resolved_type(document, value).is_none() {
            let place = format!("{place}/properties/{name}");
            faults.add(&place, "a form holds strings, numbers, booleans and lists of them");
        }
    }
    for part in ["allOf", "anyOf", "oneOf"].iter().filter_map(|key| schema[*key].as_array()).flatten() {
        if let (Ok(part), 0..10) = (resolve(document, part), depth) {
            check_form(faults, document, place, part, depth + 1);
        }
    }
}

/// Whether a value of this schema is one string, number or boolean.
pub(super) fn is_scalar(document: &Value, schema: &Value) -> bool {
    !matches!(resolved_type(document, schema), Some("array" | "object"))
}

/// The type of a schema, also where it is only a wrapper around a reference.
fn resolved_type<'a>(document: &'a Value, mut schema: &'a Value) -> Option<&'a str> {
    for _ in 0..10 {
        schema = resolve(document, schema).ok()?;
        if let Some(kind) = schema["type"].as_str() {
            return Some(kind);
        }
        if schema.get("properties").is_some() {
            return Some("object");
        }
        schema = ["allOf", "anyOf", "oneOf"].iter().find_map(|key| schema[*key].get(0))?;
    }
    None
}
