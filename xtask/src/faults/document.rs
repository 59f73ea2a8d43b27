//! Faults of the document as a whole: its kind, its servers, its references.

use serde_json::Value;

use super::Faults;
use crate::spec::{METHODS, entries, resolve};
use crate::steps::step;

/// Whether this is an OpenAPI 3.0 document with operations, or what else it is.
pub(crate) fn check_kind(document: &Value) -> Result<(), String> {
    if !document.is_object() {
        return Err("is not an OpenAPI document: the top level must be a mapping".into());
    }
    if let Some(version) = document.get("swagger") {
        let version = plain(version);
        return Err(format!("is Swagger {version}; convert it to OpenAPI 3.0, which the generator reads"));
    }
    let Some(version) = document.get("openapi") else {
        return Err("openapi is missing; the generator reads 3.0.x".into());
    };
    let is_known = version.as_str().is_some_and(|version| version.starts_with("3.0."));
    if !is_known {
        return Err(format!("openapi is `{}`; the generator reads 3.0.x", plain(version)));
    }
    if !document["paths"].is_object() {
        return Err("paths is missing".into());
    }
    let is_operation = |key: &String| METHODS.contains(&key.as_str());
    if !entries(&document["paths"]).any(|(_, item)| entries(item).any(|(key, _)| is_operation(key))) {
        return Err("paths holds no operation".into());
    }
    Ok(())
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// The first URL becomes the client's default, so it has to be complete.
pub(super) fn check_servers(faults: &mut Faults, document: &Value) {
    let Some(url) = document["servers"][0]["url"].as_str() else {
        return faults.add("servers", "the first entry needs a url");
    };
    if url.contains('{') {
        faults.add("servers", format!("the first url `{url}` has variables; write one URL without them"));
    } else if !url.contains("://") {
        faults.add(
            "servers",
            format!("the first url `{url}` is relative; write the whole URL, which begins with https://"),
        );
    } else if !url.starts_with("https://") || url.len() == "https://".len() {
        faults.add("servers", format!("the first url `{url}` must begin with https:// and a host"));
    }
}

/// References that lead nowhere, each blamed on the place where it stands.
pub(super) fn check_references(faults: &mut Faults, document: &Value) {
    visit(document, String::new(), &mut |place, node| {
        if let Err(error) = resolve(document, node) {
            faults.add(place, error.to_string());
        }
    });
}

fn visit(node: &Value, place: String, check: &mut impl FnMut(&str, &Value)) {
    step();
    match node {
        Value::Object(object) => {
            if object.get("$ref").is_some_and(Value::is_string) {
                check(&place, node);
            }
            for (key, value) in object {
                if !["default", "enum", "example", "examples"].contains(&key.as_str())
                    || place.ends_with("/properties")
                {
                    visit(value, format!("{place}/{key}"), check);
                }
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                visit(item, format!("{place}/{index}"), check);
            }
        }
        _ => {}
    }
}
