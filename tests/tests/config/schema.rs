//! The JSON Schema of the configuration.

use std::collections::BTreeSet;
use std::fs;

use otp_facade::config::StackConfig;
use serde_json::{Value, json};

use crate::example::facade;

#[test]
fn the_schema_knows_no_other_keys_and_says_something_of_each() {
    let schema: Value = serde_json::from_str(&StackConfig::json_schema()).unwrap();
    let mut tables = 0;
    visit(&schema, &mut tables);
    assert!(tables > 10, "{tables}");
}

#[test]
fn the_schema_admits_what_is_read_and_refuses_what_is_not() {
    let schema = serde_json::from_str(&StackConfig::json_schema()).unwrap();
    let schema = jsonschema::validator_for(&schema).unwrap();
    let env = json!({ "env": "NAME" });
    let memory = json!({ "provider": "memory" });
    let guard = |store: Value| json!({ "providers": [memory], "guard": { "key": env, "store": store } });
    let limit = |limit: Value| json!({ "providers": [memory], "guard": { "key": env, "per_hour": limit } });
    let good = [
        json!({ "providers": [memory] }),
        json!({ "providers": [memory], "retry": null, "trace": true, "timeout_seconds": 1 }),
        json!({ "providers": [{ "provider": "smscx", "name": "a", "api_key": { "file": "/a" } }] }),
        json!({ "providers": [{ "provider": "deutsche-bank", "bearer": env, "allow_http": true }] }),
        json!({ "providers": [memory], "transport": { "timeout_seconds": 9 }, "retry": {}, "failover": {} }),
        guard(json!({ "memory": { "capacity": 1 } })),
        guard(json!({ "redis": { "url": env, "connections": 1024 } })),
        json!({ "providers": [memory], "detached": {} }),
        json!({ "providers": [memory], "detached": { "enabled": false, "max_in_flight": 1 } }),
        limit(json!(1)),
        limit(json!("unlimited")),
        json!({ "providers": [{ "provider": "memory", "optional": true, "defaults": { "code_length": 6 } }] }),
        json!({ "providers": [{ "provider": "smscx", "api_key": env, "defaults": {
            "alphabet": "digits", "templates": { "de": "{{pin}}" }, "callback_url": env, "own_languages": ["de"]
        } }] }),
        json!({ "providers": [memory], "failover": { "after_uncertain_create": true } }),
        limit(json!(null)),
    ];
    let bad = [
        json!([]),
        json!({}),
        json!({ "providers": [memory], "retries": {} }),
        json!({ "providers": [memory], "timeout_seconds": 0 }),
        json!({ "providers": [memory], "timeout_seconds": "1" }),
        json!({ "providers": [{ "provider": "other" }] }),
        json!({ "providers": [{ "provider": "agilicus" }] }),
        json!({ "providers": [{ "provider": "smscx", "api_key": "literal" }] }),
        json!({ "providers": [{ "provider": "smscx", "api_key": { "env": "A", "file": "/a" } }] }),
        json!({ "providers": [{ "provider": "smscx", "api_kye": env }] }),
        json!({ "providers": [{ "provider": "memory", "base_url": "https://host" }] }),
        guard(json!({ "memory": {}, "redis": { "url": env } })),
        guard(json!({ "redis": { "prefix": "otp" } })),
        guard(json!("memory")),
        json!({ "providers": [memory], "detached": { "max_in_flight": 0 } }),
        json!({ "providers": [memory], "detached": false }),
        json!({ "providers": [{ "provider": "memory", "defaults": { "code_length": 0 } }] }),
        json!({ "providers": [{ "provider": "memory", "defaults": { "alphabet": "runes" } }] }),
        json!({ "providers": [{ "provider": "memory", "defaults": { "callback_url": "https://host" } }] }),
        json!({ "providers": [{ "provider": "memory", "defaults": { "templates": { "de": 1 } } }] }),
        json!({ "providers": [{ "provider": "memory", "defaults": { "length": 6 } }] }),
        json!({ "providers": [memory], "failover": { "after_uncertain_create": "yes" } }),
        limit(json!(0)),
        limit(json!(1.5)),
        limit(json!("5")),
        limit(json!("UNLIMITED")),
        limit(json!(false)),
    ];
    for (rows, is_good) in [(&good[..], true), (&bad[..], false)] {
        for row in rows {
            assert_eq!(schema.is_valid(row), is_good, "{row}");
            let config = StackConfig::from_json(&row.to_string());
            assert_eq!(config.is_ok(), is_good, "{row}: {config:?}");
        }
    }
}

/// The keys that only one provider has are in a file of its own.
#[test]
fn the_examples_show_every_key() {
    let mut schema: Value = serde_json::from_str(&StackConfig::json_schema()).unwrap();
    let variants = schema.pointer_mut("/$defs/ProviderConfig/oneOf").unwrap().take();
    let mut common: Option<BTreeSet<String>> = None;
    let mut tables = Vec::new();
    for variant in variants.as_array().unwrap() {
        let slug = variant["properties"]["provider"]["const"].as_str().unwrap();
        let keys: BTreeSet<_> = variant["properties"].as_object().unwrap().keys().cloned().collect();
        if slug != "memory" {
            common = Some(common.map_or_else(|| keys.clone(), |common| &common & &keys));
            tables.push((format!("examples/providers/{slug}.toml"), keys));
        }
    }
    let common = common.unwrap();
    assert!(common.len() > 5 && tables.len() > 5, "{common:?} of {tables:?}");
    let mut whole: Vec<_> = common.iter().cloned().collect();
    collect_keys(&schema, &mut whole);
    assert!(whole.len() > 50, "{whole:?}");
    let mut missing = missing_in("examples/stack.toml", whole.iter());
    for (file, keys) in &tables {
        missing.extend(missing_in(file, keys.difference(&common)));
    }
    assert!(missing.is_empty(), "{missing:?}");
}

/// The keys that an example does not have.
fn missing_in<'a>(file: &str, keys: impl Iterator<Item = &'a String>) -> Vec<String> {
    let example = fs::read_to_string(facade(file)).expect("an example");
    let words: Vec<_> =
        example.split(|character: char| !character.is_ascii_alphanumeric() && character != '_').collect();
    keys.filter(|key| !words.contains(&key.as_str())).map(|key| format!("{file}: {key}")).collect()
}

fn collect_keys(schema: &Value, keys: &mut Vec<String>) {
    if let Some(properties) = schema.get("properties").and_then(Value::as_object) {
        keys.extend(properties.keys().cloned());
    }
    match schema {
        Value::Object(entries) => entries.values().for_each(|entry| collect_keys(entry, keys)),
        Value::Array(entries) => entries.iter().for_each(|entry| collect_keys(entry, keys)),
        _ => {}
    }
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
