//! Requests that a user reads from JSON: what a builder refuses is refused here too, and what is there is sent.

use std::collections::BTreeSet;

use otp_sandbox::Provider;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::spec::{resolve, spec};

/// Values that a builder refuses, each with the pointer to its place.
pub type Refused = Vec<(&'static str, Value)>;

/// A request body.
pub struct Body {
    schema: &'static str,
    /// Reads it and writes it again.
    pass: fn(Value) -> Result<Value, serde_json::Error>,
    full: Value,
    refused: Refused,
}

impl Body {
    /// A body that is a `T`, called `schema` in the description, with everything that it may have.
    pub fn new<T: DeserializeOwned + Serialize>(schema: &'static str, full: Value) -> Self {
        let pass = |value| serde_json::from_value::<T>(value).and_then(|read| serde_json::to_value(&read));
        Self { schema, pass, full, refused: Refused::new() }
    }

    /// Adds values that its builder refuses.
    #[must_use]
    pub fn refusing(self, refused: Refused) -> Self {
        Self { refused, ..self }
    }

    fn walked(&self, provider: Provider) -> Found {
        let document = spec(provider.slug());
        let schema = &document["components"]["schemas"][self.schema];
        let mut found = Found::default();
        walk(document, schema, &self.full, "", &mut found);
        found
    }
}

/// Pointers to the properties of a value that the schema has: those that it requires, and lists that may be left out.
#[derive(Default)]
struct Found {
    required: Vec<String>,
    optional_lists: Vec<String>,
}

fn walk(document: &Value, schema: &Value, value: &Value, at: &str, found: &mut Found) {
    let schema = resolve(document, schema);
    for part in schema["allOf"].as_array().into_iter().flatten() {
        walk(document, part, value, at, found);
    }
    if let Some(name) = schema["discriminator"]["propertyName"].as_str() {
        let kind = value[name].as_str().expect("a discriminator");
        let shape = json!({ "$ref": schema["discriminator"]["mapping"][kind] });
        walk(document, &shape, value, at, found);
    }
    let required: BTreeSet<_> =
        schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        let (at, Some(inner)) = (format!("{at}/{name}"), value.get(name)) else { continue };
        if required.contains(name.as_str()) {
            found.required.push(at.clone());
        } else if property["type"] == "array" {
            found.optional_lists.push(at.clone());
        }
        walk(document, property, inner, &at, found);
    }
    for (index, inner) in value.as_array().into_iter().flatten().enumerate() {
        walk(document, &schema["items"], inner, &format!("{at}/{index}"), found);
    }
}

fn without(value: &Value, pointer: &str) -> Value {
    let mut value = value.clone();
    let (parent, name) = pointer.rsplit_once('/').expect("a pointer");
    let parent = value.pointer_mut(parent).and_then(Value::as_object_mut);
    parent.and_then(|parent| parent.remove(name)).expect("what the walk found");
    value
}

fn with(value: &Value, pointer: &str, new: Value) -> Value {
    let mut value = value.clone();
    *value.pointer_mut(pointer).expect("what is there") = new;
    value
}

/// Compares the bodies of a provider with those of its description.
///
/// # Panics
///
/// If a body is missing.
pub fn every_request_body_of_the_description_is_in_the_table(provider: Provider, bodies: &[Body]) {
    let mut described = BTreeSet::new();
    for item in spec(provider.slug())["paths"].as_object().into_iter().flat_map(|paths| paths.values()) {
        for operation in item.as_object().into_iter().flat_map(|operations| operations.values()) {
            let reference = &operation["requestBody"]["content"]["application/json"]["schema"]["$ref"];
            let name = reference.as_str().and_then(|text| text.rsplit('/').next());
            described.extend(name.map(str::to_owned));
        }
    }
    let listed: BTreeSet<String> = bodies.iter().map(|body| body.schema.to_owned()).collect();
    assert_eq!(described, listed, "`bodies` of tests/tests/{provider}/bodies.rs needs a row for each schema");
}

/// Leaves out and nulls whatever a description requires.
///
/// # Panics
///
/// If a request without it is read.
pub fn a_request_read_from_json_without_something_required_is_refused(provider: Provider, bodies: &[Body]) {
    let (mut passed, mut count) = (Vec::new(), 0);
    for body in bodies {
        for pointer in body.walked(provider).required {
            for lacking in [without(&body.full, &pointer), with(&body.full, &pointer, Value::Null)] {
                count += 1;
                if let Ok(sent) = (body.pass)(lacking) {
                    passed.push(format!("{} without {pointer}: {sent}", body.schema));
                }
            }
        }
    }
    assert!(passed.is_empty(), "goes out:\n{}", passed.join("\n"));
    println!("{provider}: {count} requests without something required");
}

/// Reads each body and writes it again.
///
/// # Panics
///
/// If it differs.
pub fn a_request_read_from_json_goes_out_as_it_was_read(bodies: &[Body]) {
    for body in bodies {
        let sent = (body.pass)(body.full.clone()).expect(body.schema);
        assert_eq!(sent, body.full, "{}", body.schema);
    }
}

/// Empties each list that may be left out.
///
/// # Panics
///
/// If the empty list is not sent.
pub fn an_explicit_empty_list_is_sent(provider: Provider, bodies: &[Body]) {
    let mut count = 0;
    for body in bodies {
        for pointer in body.walked(provider).optional_lists {
            let emptied = with(&body.full, &pointer, json!([]));
            let sent = (body.pass)(emptied.clone()).expect(body.schema);
            assert_eq!(sent, emptied, "{} {pointer}", body.schema);
            count += 1;
        }
    }
    println!("{provider}: {count} empty lists");
}

/// Puts in what the builders refuse.
///
/// # Panics
///
/// If it is read.
pub fn a_request_read_from_json_with_a_value_that_its_builder_refuses_is_refused(bodies: &[Body]) {
    for body in bodies {
        for (pointer, value) in &body.refused {
            assert!(body.full.pointer(pointer).is_some(), "{} {pointer}", body.schema);
            let outcome = (body.pass)(with(&body.full, pointer, value.clone()));
            assert!(outcome.is_err(), "{} {pointer} {value}", body.schema);
        }
    }
}

#[test]
fn the_walk_finds_what_is_required_and_the_lists_that_may_be_left_out() {
    let document = json!({ "components": { "schemas": {
        "Order": {
            "allOf": [{ "$ref": "#/components/schemas/Kind" }],
            "required": ["lines", "absent"],
            "properties": {
                "lines": { "type": "array", "items": { "$ref": "#/components/schemas/Line" } },
                "tags": { "type": "array" },
                "absent": { "type": "string" },
            },
        },
        "Kind": {
            "discriminator": { "propertyName": "kind", "mapping": { "gift": "#/components/schemas/Gift" } },
        },
        "Gift": { "required": ["to"], "properties": { "to": {}, "words": { "type": "array" } } },
        "Line": { "required": ["id"], "properties": { "id": {}, "note": {} } },
    } } });
    let order = json!({
        "kind": "gift", "to": "ann", "words": ["a"], "tags": [], "lines": [{ "id": 1, "note": "n" }, { "id": 2 }],
    });
    let mut found = Found::default();
    walk(&document, &json!({ "$ref": "#/components/schemas/Order" }), &order, "", &mut found);
    assert_eq!(found.required, ["/to", "/lines", "/lines/0/id", "/lines/1/id"]);
    assert_eq!(found.optional_lists, ["/words", "/tags"]);
}
