//! Large documents: the work grows with their size, not with its square.

use serde_json::{Value, json};

use crate::faults::generator::{Culprit, locate};
use crate::spec::{Spec, entries, operations};
use crate::steps::count;
use crate::transform::transform;

/// A document of so many schemas, each of which refers to the next, and a third as many operations.
fn document(schemas: usize) -> Value {
    let reference = |index: usize| json!({ "$ref": format!("#/components/schemas/Thing{index}") });
    let mut components = json!({});
    let mut paths = json!({});
    for index in 0..schemas {
        let next = if (index + 1) % 10 == 0 { json!({}) } else { reference(index + 1) };
        components[format!("Thing{index}")] = json!({ "type": "object", "properties": { "next": next } });
        if index % 3 == 0 {
            let body = json!({ "content": { "application/json": { "schema": reference(index) } } });
            paths[format!("/things/{index}")] =
                json!({ "post": { "operationId": format!("post{index}"), "requestBody": body } });
        }
    }
    json!({ "openapi": "3.0.3", "paths": paths, "components": { "schemas": components } })
}

/// What is blamed if the generator fails on this schema and this operation, and how many schemas and operations it was
/// given for that in all.
fn work(schemas: usize, schema: &str, id: &str) -> (Vec<Culprit>, usize) {
    let mut given = 0;
    let mut generate = |document: &Value| {
        let components = &document["components"]["schemas"];
        given += entries(components).count() + operations(document).len();
        let is_bad = components[schema].get("properties").is_some()
            || operations(document).iter().any(|operation| operation.id() == Some(id));
        is_bad.then(|| "it fails".to_owned())
    };
    let culprits = locate(&document(schemas), &mut generate);
    (culprits, given)
}

#[test]
fn the_work_of_finding_faults_grows_with_the_size_of_the_document() {
    for schemas in [260, 2600] {
        let (culprits, given) = work(schemas, "Thing107", "post33");
        let expected = [
            Culprit::Schema("Thing107".into(), "it fails".into()),
            Culprit::Operation("POST /things/33 (post33)".into(), "it fails".into()),
        ];
        assert_eq!(culprits, expected);
        assert!(given < schemas * 12, "{given} for {schemas} schemas");
    }
}

#[test]
fn a_document_without_faults_is_generated_once() {
    let mut count = 0;
    let mut generate = |_: &Value| {
        count += 1;
        None
    };
    assert_eq!(locate(&document(2600), &mut generate), []);
    assert_eq!(count, 1);
}

/// The text of such a document as a vendor writes it: every schema is sent and received, and has an enum, an inline object
/// and an inline list. With a fault, every schema and every operation has one.
fn vendors(schemas: usize, is_faulty: bool) -> String {
    let mut document = document(schemas);
    for (_, schema) in document["components"]["schemas"].as_object_mut().into_iter().flatten() {
        schema["required"] = json!(["kind"]);
        schema["properties"]["kind"] = json!({ "type": "string", "enum": ["one", "two"] });
        schema["properties"]["inner"] =
            json!({ "type": "object", "properties": { "name": { "type": "string" } } });
        schema["properties"]["list"] =
            json!({ "type": "array", "items": { "type": "string", "maxLength": 9 } });
        if is_faulty {
            schema["properties"]["number"] = json!({ "type": "integer", "enum": [1, 2] });
        }
    }
    for (_, item) in document["paths"].as_object_mut().into_iter().flatten() {
        let mut body = item["post"]["requestBody"].clone();
        body["description"] = json!("It worked.");
        let error = json!({ "$ref": "#/components/schemas/Thing0" });
        let error =
            json!({ "description": "It did not.", "content": { "application/json": { "schema": error } } });
        item["post"]["responses"] = json!({ "200": body, "400": error });
        if is_faulty {
            item["post"]["responses"]["404"] =
                json!({ "description": "Gone.", "content": { "text/plain": {} } });
        }
    }
    document["info"] = json!({ "title": "Large", "version": "1" });
    document["servers"] = json!([{ "url": "https://api.example.com" }]);
    document.to_string()
}

#[test]
fn reading_and_transforming_takes_steps_in_proportion_to_the_document() {
    let steps = |schemas| {
        let run = || transform(&Spec::parse("large".to_owned(), vendors(schemas, false)).unwrap()).unwrap();
        count(run).0
    };
    let (small, large) = (steps(260), steps(2600));
    assert!(large < small * 11, "{small} steps for 260 schemas, {large} for 2600");
    assert!(large > 2600 * 20, "{large} steps: they are not counted");
}

#[test]
fn refusing_takes_steps_in_proportion_to_the_document_and_lists_every_fault() {
    let steps = |schemas: usize| {
        let parsed = || Spec::parse("large".to_owned(), vendors(schemas, true)).err();
        let (steps, error) = count(parsed);
        // One for each schema and for each operation.
        assert_eq!(error.unwrap().to_string().lines().count(), schemas + schemas.div_ceil(3));
        steps
    };
    let (small, large) = (steps(260), steps(2600));
    assert!(large < small * 11, "{small} steps for 260 schemas, {large} for 2600");
}
