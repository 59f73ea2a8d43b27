//! The schema.

use std::fs;

use otp_facade::config::StackConfig;
use serde_json::Value;

use crate::place::facade;

#[test]
fn the_schema_is_up_to_date() {
    let path = facade("schema/stack.schema.json");
    let schema = StackConfig::json_schema();
    if std::env::var_os("UPDATE_SCHEMA").is_some() {
        fs::write(&path, &schema).unwrap();
    }
    let written = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        written == schema,
        "regenerate it: UPDATE_SCHEMA=1 cargo test -p otp-tests --test config the_schema_is_up_to_date",
    );
}

#[test]
fn the_schema_knows_no_other_keys_and_says_something_of_each() {
    let schema: Value = serde_json::from_str(&StackConfig::json_schema()).unwrap();
    let mut tables = 0;
    visit(&schema, &mut tables);
    assert!(tables > 10, "{tables}");
}

/// Every table is closed, and every key of it described.
fn visit(schema: &Value, tables: &mut usize) {
    if let Some(properties) = schema.get("properties").and_then(Value::as_object) {
        *tables += 1;
        let closed = ["additionalProperties", "unevaluatedProperties"];
        let is_closed = closed.iter().any(|key| schema.get(key) == Some(&Value::Bool(false)));
        let has_reference = schema.get("$ref").is_some();
        assert!(is_closed || has_reference, "{schema:#}");
        for (key, property) in properties {
            let is_variant = schema.get("required") == Some(&serde_json::json!([key]));
            let is_described = property.get("description").is_some() || key == "provider" || is_variant;
            assert!(is_described, "{key}: {property:#}");
        }
    }
    match schema {
        Value::Object(entries) => entries.values().for_each(|entry| visit(entry, tables)),
        Value::Array(entries) => entries.iter().for_each(|entry| visit(entry, tables)),
        _ => {}
    }
}
