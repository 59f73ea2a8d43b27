//! The examples of the descriptions: documentation shows them, and mock servers hand them out.

use otp_sandbox::Provider;
use serde_json::{Map, Value, json};

use crate::spec::Spec;

/// Keywords that a made-up value is likely to break. A format that only hides is none.
const RESTRICTIONS: [&str; 9] =
    ["pattern", "format", "enum", "minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems"];

/// Visits every object of a document, with its place and the object around it.
fn visit(
    node: &Value,
    around: &Value,
    place: &str,
    found: &mut impl FnMut(&Map<String, Value>, &Value, &str),
) {
    match node {
        Value::Object(object) => {
            found(object, around, place);
            // What is in an example is no schema.
            for (key, inner) in object.iter().filter(|(key, _)| *key != "example") {
                visit(inner, node, &format!("{place}/{key}"), found);
            }
        }
        Value::Array(items) => {
            for (index, inner) in items.iter().enumerate() {
                visit(inner, node, &format!("{place}/{index}"), found);
            }
        }
        _ => {}
    }
}

#[test]
fn a_value_with_a_rule_has_an_example() {
    let mut missing = Vec::new();
    for provider in Provider::ALL {
        visit(Spec::of(provider).document(), &Value::Null, "", &mut |schema, around, place| {
            let is_schema = schema.get("type").is_some_and(Value::is_string);
            let is_restricted =
                RESTRICTIONS.iter().any(|key| schema.get(*key).is_some_and(|value| *value != "password"));
            if is_schema && is_restricted && !schema.contains_key("example") && around["example"].is_null() {
                missing.push(format!("{provider}{place}"));
            }
        });
    }
    assert!(missing.is_empty(), "no example:\n{}", missing.join("\n"));
}

#[test]
fn every_example_fits_its_own_schema() {
    let (mut faults, mut count) = (Vec::new(), 0);
    for provider in Provider::ALL {
        let spec = Spec::of(provider);
        visit(spec.document(), &Value::Null, "", &mut |object, _, place| {
            let Some(example) = object.get("example") else { return };
            let own = Value::Object(object.clone());
            // A parameter, a header and a media type have their schema beside the example.
            let schema = object.get("schema").unwrap_or(&own);
            faults.extend(spec.faults(schema, example, place));
            count += 1;
        });
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert!(count > 80, "only {count} examples were found");
}

/// What a mock server makes of a schema: examples where there are any, something of the right type elsewhere.
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
fn what_a_mock_server_makes_of_a_schema_fits_it() {
    for provider in Provider::ALL {
        let spec = Spec::of(provider);
        for (name, schema) in spec.document()["components"]["schemas"].as_object().unwrap() {
            let made = mock(spec, schema);
            let faults = spec.faults(schema, &made, name);
            assert!(faults.is_empty(), "{made}: {faults:?}");
        }
    }
}

/// A client that takes the first alternative which fits must not lose what is in another one.
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
        assert!(spec.faults(details, &challenge, name).is_empty(), "{challenge}");
        let first = shapes.iter().find(|shape| spec.faults(shape, &challenge, name).is_empty()).unwrap();
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
