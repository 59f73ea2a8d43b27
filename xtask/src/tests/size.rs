//! Large documents: the work grows with their size, not with its square.

use serde_json::{Value, json};

use crate::faults::generator::{Culprit, locate};
use crate::spec::{entries, operations};

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
