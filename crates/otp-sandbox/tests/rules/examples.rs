//! The examples of the descriptions, which documentation shows and mock servers return.

use otp_sandbox::Provider;
use serde_json::{Map, Value, json};

use crate::spec::Spec;

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
        visit(Spec::of(provider).document(), &Value::Null, "", &mut |schema, parent, path| {
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
        let spec = Spec::of(provider);
        visit(spec.document(), &Value::Null, "", &mut |object, _, path| {
            let Some(example) = object.get("example") else { return };
            let own = Value::Object(object.clone());
            // A parameter, a header and a media type have their schema next to the example.
            let schema = object.get("schema").unwrap_or(&own);
            violations.extend(spec.violations(schema, example, path));
            count += 1;
        });
    }
    assert!(violations.is_empty(), "{}", violations.join("\n"));
    assert!(count > 80, "only {count} examples were found");
}

/// What a mock server returns for a schema: its examples, and elsewhere something of the right type.
fn mock(spec: &Spec, schema: &Value) -> Value {
    let schema = spec.resolve(schema);
    if let Some(example) = schema.get("example") {
        return example.clone();
    }
    for key in ["oneOf", "anyOf"] {
        if let Some(first) = schema[key].as_array().and_then(|shapes| shapes.first()) {
            return mock(spec, first);
        }
    }
    if let Some(parts) = schema["allOf"].as_array() {
        return parts.iter().map(|part| mock(spec, part)).next_back().unwrap_or_default();
    }
    match schema["type"].as_str() {
        Some("object") => {
            let properties = schema["properties"].as_object().into_iter().flatten();
            let properties = properties.filter(|(_, property)| property["writeOnly"] != true);
            properties.map(|(name, property)| (name.clone(), mock(spec, property))).collect()
        }
        Some("array") => json!([mock(spec, &schema["items"])]),
        Some("integer" | "number") => json!(0),
        Some("boolean") => json!(true),
        _ => json!("string"),
    }
}

#[test]
fn a_mock_of_a_schema_is_valid() {
    for provider in Provider::ALL {
        let spec = Spec::of(provider);
        for (name, schema) in spec.document()["components"]["schemas"].as_object().unwrap() {
            let made = mock(spec, schema);
            let violations = spec.violations(schema, &made, name);
            assert!(violations.is_empty(), "{made}: {violations:?}");
        }
    }
}

/// A client may take the first alternative that matches. It must not lose fields of another one.
#[test]
fn each_challenge_of_deutsche_bank_fits_its_own_shape_first() {
    let spec = Spec::of(Provider::DeutscheBank);
    let details = &spec.document()["components"]["schemas"]["ChallengeDetails"];
    let shapes: Vec<_> = details["anyOf"].as_array().unwrap().iter().collect();
    for (challenge, name) in [
        (json!({ "mobilePhoneNumber": "+49 ***99" }), "ChallengeMethodMTAN"),
        (json!({ "imageBase64": "iVBORw0KGgo=" }), "ChallengeMethodPHOTOTAN"),
        (json!({}), "ChallengeMethodPUSHTAN"),
    ] {
        assert!(spec.violations(details, &challenge, name).is_empty(), "{challenge}");
        let first = shapes.iter().find(|shape| spec.violations(shape, &challenge, name).is_empty()).unwrap();
        assert_eq!(first["$ref"], format!("#/components/schemas/{name}"), "{challenge}");
        let known = spec.resolve(first)["properties"].as_object();
        for property in challenge.as_object().unwrap().keys() {
            assert!(known.is_some_and(|known| known.contains_key(property)), "{name} drops {property}");
        }
    }
    for (shape, property) in shapes.iter().zip(["mobilePhoneNumber", "imageBase64"]) {
        assert_eq!(spec.resolve(shape)["required"], json!([property]));
    }
}
