//! The examples of the descriptions, which documentation shows and mock servers return.

use otp_sandbox::Provider;
use otp_tests::sandbox::Description;
use otp_tests::spec::{resolve, spec};
use serde_json::{Map, Value, json};

/// Keywords that a made-up value is likely to violate. `format: password` is not one: it only hides the value.
const RESTRICTIONS: [&str; 9] =
    ["pattern", "format", "enum", "minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems"];

/// Visits every object of a document, with its path and its parent.
fn visit(
    node: &Value,
    parent: &Value,
    path: &str,
    found: &mut impl FnMut(&Map<String, Value>, &Value, &str),
) {
    match node {
        Value::Object(object) => {
            found(object, parent, path);
            // Examples contain no schemas.
            for (key, inner) in object.iter().filter(|(key, _)| *key != "example") {
                visit(inner, node, &format!("{path}/{key}"), found);
            }
        }
        Value::Array(items) => {
            for (index, inner) in items.iter().enumerate() {
                visit(inner, node, &format!("{path}/{index}"), found);
            }
        }
        _ => {}
    }
}

#[test]
fn every_restricted_value_has_an_example() {
    let mut missing = Vec::new();
    for provider in Provider::ALL {
        visit(spec(provider.slug()), &Value::Null, "", &mut |schema, parent, path| {
            let is_schema = schema.get("type").is_some_and(Value::is_string);
            let is_restricted =
                RESTRICTIONS.iter().any(|key| schema.get(*key).is_some_and(|value| *value != "password"));
            if is_schema && is_restricted && !schema.contains_key("example") && parent["example"].is_null() {
                missing.push(format!("{provider}{path}"));
            }
        });
    }
    assert!(missing.is_empty(), "no example:\n{}", missing.join("\n"));
}

#[test]
fn every_example_fits_its_own_schema() {
    let (mut violations, mut count) = (Vec::new(), 0);
    for provider in Provider::ALL {
        let description = Description::of(provider);
        visit(spec(provider.slug()), &Value::Null, "", &mut |object, _, path| {
            let Some(example) = object.get("example") else { return };
            let own = Value::Object(object.clone());
            // A parameter, a header and a media type have their schema next to the example.
            let schema = object.get("schema").unwrap_or(&own);
            violations.extend(description.violations(schema, example, path));
            count += 1;
        });
    }
    assert!(violations.is_empty(), "{}", violations.join("\n"));
    assert!(count > 80, "only {count} examples were found");
}

/// What a mock server returns for a schema: its examples, and elsewhere something of the right type.
fn mock(document: &Value, schema: &Value) -> Value {
    let schema = resolve(document, schema);
    if let Some(example) = schema.get("example") {
        return example.clone();
    }
    for key in ["oneOf", "anyOf"] {
        if let Some(first) = schema[key].as_array().and_then(|shapes| shapes.first()) {
            return mock(document, first);
        }
    }
    if let Some(parts) = schema["allOf"].as_array() {
        return parts.iter().map(|part| mock(document, part)).next_back().unwrap_or_default();
    }
    match schema["type"].as_str() {
        Some("object") => {
            let properties = schema["properties"].as_object().into_iter().flatten();
            let properties = properties.filter(|(_, property)| property["writeOnly"] != true);
            properties.map(|(name, property)| (name.clone(), mock(document, property))).collect()
        }
        Some("array") => json!([mock(document, &schema["items"])]),
        Some("integer" | "number") => json!(0),
        Some("boolean") => json!(true),
        _ => json!("string"),
    }
}

#[test]
fn a_mock_of_a_schema_is_valid() {
    for provider in Provider::ALL {
        let document = spec(provider.slug());
        for (name, schema) in document["components"]["schemas"].as_object().unwrap() {
            let made = mock(document, schema);
            let violations = Description::of(provider).violations(schema, &made, name);
            assert!(violations.is_empty(), "{made}: {violations:?}");
        }
    }
}
