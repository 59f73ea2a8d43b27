//! Transforms a spec into the document that progenitor reads, in one step per reason.
//!
//! The specs describe the APIs as they are. Each step exists because of how the generator reads a description, or
//! because requests are strict and responses lenient: when a response is read, the message has been sent and the
//! attempt is used, so an unexpected value must not lose the response.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result, anyhow};
use serde_json::{Map, Value, json};

use crate::hoist::hoist;
use crate::identifiers::{pascal, snake};
use crate::media_type::{self, FORM, JSON};
use crate::provider::Facts;
use crate::reach;
use crate::spec::{Spec, entries};
use crate::split::{OUTPUT, split};
use crate::steps::step;

const SCHEMAS: &str = "#/components/schemas/";

const UUID: &str = "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$";

/// The transformed document, and the facts that the steps over the Rust code need.
pub(crate) struct TransformedSpec {
    pub(crate) document: Value,
    /// Names of the enum schemas that occur in a response.
    pub(crate) open_enums: BTreeSet<String>,
    /// Names of the schemas that are both sent and received, each under a name of its own.
    pub(crate) split: BTreeSet<String>,
    /// Operations that the spec declares without security.
    pub(crate) without_credential: Vec<String>,
    /// Operations that got the error of their neighbors, as [`errors_for_all`] does.
    pub(crate) without_errors: BTreeSet<String>,
    pub(crate) facts: Facts,
    pub(crate) base_url: String,
    /// The rule of each parameter, by the names of its operation's builder and of its setter.
    pub(crate) rules: BTreeMap<(String, String), String>,
    pub(crate) path_parameters: usize,
    /// The names of the types of path parameters, if these are not the standard library's.
    pub(crate) path_types: BTreeSet<String>,
    /// Where each schema stands in the spec that has another name here.
    pub(crate) places: BTreeMap<String, String>,
    /// Whether a request has a form as its body.
    pub(crate) has_forms: bool,
}

pub(crate) fn transform(spec: &Spec) -> Result<TransformedSpec> {
    let facts = Facts::of(&spec.document).map_err(|reason| anyhow!("x-otp: {reason}"))?;
    let without_credential = without_credential(spec);
    let base_url = spec.document["servers"][0]["url"].as_str().unwrap_or_default().to_owned();
    let Parameters { rules, in_path: path_parameters, path_types } = parameters(spec)?;

    let mut document = spec.document.clone();
    let mut places = rust_names(&mut document);
    one_name_per_media_type(&mut document);
    drop_titles(&mut document);
    let mut sent = reach::sent(&document);
    let mut received = reach::received(&document, &sent);
    places.extend(hoist(&mut document, &mut sent, &mut received)?);
    let round_trip_schemas = received.intersection(&sent).cloned().collect();
    let split = split(&mut document, &round_trip_schemas, &received)?;
    received.retain(|name| !split.contains(name));
    received.extend(split.iter().map(|name| format!("{name}{OUTPUT}")));
    let mut without_errors = errors_for_all(&mut document);
    // A callback is described like an operation and is none.
    let operations: BTreeSet<_> = spec.operations().iter().filter_map(|it| it.id()).map(snake).collect();
    without_errors.retain(|id| operations.contains(id));
    any_success(&mut document);
    link_vendor_pages(&mut document);
    drop_examples_and_defaults(&mut document);
    integers_for_enums(&mut document);
    uuids_by_format(&mut document);
    // Before the properties are relaxed, or those of the alternatives would stay strict.
    merge_alternatives(&mut document, &received)?;
    drop_lower_bounds(&mut document);
    // Both sides of what was split keep the same types: a secret with a pattern would become a string that `Debug` shows.
    let open_enums = relax_responses(&mut document, &received.union(&split).cloned().collect());
    optional_in_responses(&mut document, &facts, &received, &sent)?;
    optional_collections(&mut document);
    let has_forms = has_forms(&document);
    Ok(TransformedSpec {
        document,
        open_enums,
        split,
        without_credential,
        without_errors,
        facts,
        base_url,
        rules,
        path_parameters,
        path_types,
        places,
        has_forms,
    })
}

/// Schemas get the names of their Rust types, by which the steps over the Rust code find them. Returns the spec's own
/// name of each that has another.
fn rust_names(document: &mut Value) -> BTreeMap<String, String> {
    let names: Vec<String> =
        entries(&document["components"]["schemas"]).map(|(name, _)| name.clone()).collect();
    let renamed: BTreeMap<String, String> =
        names.into_iter().filter(|name| pascal(name) != *name).map(|name| (pascal(&name), name)).collect();
    if let Some(schemas) = document["components"]["schemas"].as_object_mut() {
        for (rust, name) in &renamed {
            if let Some(schema) = schemas.remove(name) {
                schemas.insert(rust.clone(), schema);
            }
        }
    }
    let references =
        renamed.iter().map(|(rust, name)| (format!("{SCHEMAS}{name}"), format!("{SCHEMAS}{rust}"))).collect();
    crate::split::rename(document, &references);
    renamed
}

/// The generator knows `application/json` and forms, each by one spelling. A type such as `application/problem+json` is
/// read as JSON.
fn one_name_per_media_type(document: &mut Value) {
    every_object(document, &mut |object| {
        let Some(content) = object.get_mut("content").and_then(Value::as_object_mut) else { return };
        for (name, media) in std::mem::take(content) {
            let known = if media_type::is_json(&name) {
                JSON.to_owned()
            } else if media_type::essence(&name) == FORM {
                FORM.to_owned()
            } else {
                name
            };
            content.insert(known, media);
        }
    });
}

/// The generator would name the type after the title, which may be the name of another.
fn drop_titles(document: &mut Value) {
    every_schema(&mut document["components"], &mut |schema| {
        if schema.get("title").is_some_and(Value::is_string) {
            schema.remove("title");
        }
    });
}

fn has_forms(document: &Value) -> bool {
    let bodies = crate::spec::operations(document);
    let body = |node: &Map<String, Value>| {
        let body = crate::spec::resolve(document, node.get("requestBody")?).ok()?;
        body["content"].get(FORM).map(|_| ())
    };
    bodies.iter().any(|operation| body(operation.node).is_some())
}

#[derive(Default)]
struct Parameters {
    /// The message when a parameter cannot be converted.
    rules: BTreeMap<(String, String), String>,
    in_path: usize,
    path_types: BTreeSet<String>,
}

fn parameters(spec: &Spec) -> Result<Parameters> {
    let mut found = Parameters::default();
    for operation in spec.operations() {
        let builder = pascal(operation.id().unwrap_or_default());
        for parameter in operation.parameters(&spec.document)? {
            let schema = spec.resolve(&parameter["schema"])?;
            let name = parameter["name"].as_str().unwrap_or_default();
            if parameter["in"] == "path" {
                found.in_path += 1;
                let reference = parameter["schema"]["$ref"].as_str().and_then(|it| it.strip_prefix(SCHEMAS));
                found
                    .path_types
                    .insert(reference.map_or_else(|| pascal(&format!("{builder}-{name}")), pascal));
            }
            let rule = match (&schema["pattern"], &schema["maxLength"], &schema["type"]) {
                (pattern, ..) if pattern == UUID || schema["format"] == "uuid" => {
                    "must be a UUID such as 3f2b8c1e-5d4a-4f6b-9a7e-1c2d3e4f5a6b".to_owned()
                }
                (Value::String(pattern), ..) => format!("must match {pattern}"),
                (_, Value::Number(max), _) => format!("must have at most {max} characters"),
                (.., kind) => format!("must be of type {}", kind.as_str().unwrap_or("string")),
            };
            found.rules.insert((builder.clone(), snake(name)), rule);
        }
    }
    Ok(found)
}

fn without_credential(spec: &Spec) -> Vec<String> {
    let default = &spec.document["security"];
    let open = |node: &Map<String, Value>| {
        node.get("security").unwrap_or(default).as_array().is_none_or(|list| list.is_empty())
    };
    let operations = spec.operations();
    operations
        .iter()
        .filter(|operation| open(operation.node))
        .filter_map(|o| o.id())
        .map(str::to_owned)
        .collect()
}

/// An operation without documented errors fails too. It gets the error schema of the other operations if they agree on
/// one, so that code and message are not lost. The names of these operations are returned.
fn errors_for_all(document: &mut Value) -> BTreeSet<String> {
    let mut without_errors = BTreeSet::new();
    let is_error = |status: &str| status.starts_with(['4', '5']);
    let mut known = BTreeSet::new();
    let original = document.clone();
    every_object(document, &mut |object| {
        for (status, response) in object.get("responses").into_iter().flat_map(entries) {
            let response = crate::spec::resolve(&original, response).ok();
            let reference =
                response.and_then(|response| response["content"][JSON]["schema"]["$ref"].as_str());
            known.extend(reference.filter(|_| is_error(status)).map(str::to_owned));
        }
    });
    // With two schemas there is no telling which one an undocumented error has.
    let (Some(reference), 1) = (known.first(), known.len()) else { return without_errors };
    every_object(document, &mut |object| {
        let Some(id) = object.get("operationId").and_then(Value::as_str).map(snake) else {
            return;
        };
        let Some(responses) = object.get_mut("responses").and_then(Value::as_object_mut) else { return };
        if !responses.keys().any(|status| is_error(status)) {
            let schema = json!({ JSON: { "schema": { "$ref": reference } } });
            responses.insert("4XX".into(), json!({ "description": "Not documented.", "content": schema }));
            without_errors.insert(id);
        }
    });
    without_errors
}

/// The documented body under another 2xx than the documented one is a success too: the body counts. A success without a
/// body keeps its status, because there is nothing else to go by.
fn any_success(document: &mut Value) {
    every_object(document, &mut |object| {
        if !object.contains_key("operationId") {
            return;
        }
        let Some(responses) = object.get_mut("responses").and_then(Value::as_object_mut) else { return };
        let of_success = |(status, response): (&String, &Value)| {
            status.starts_with('2') && response.get("content").is_some()
        };
        let found = responses.iter().find(|entry| of_success(*entry)).map(|(_, response)| response.clone());
        if let Some(response) = found {
            responses.retain(|status, _| !status.starts_with('2'));
            responses.insert("2XX".into(), response);
        }
    });
}

/// The generator ignores `externalDocs`: the link moves into the description, which becomes the documentation.
fn link_vendor_pages(document: &mut Value) {
    every_object(document, &mut |object| {
        let Some(url) = object.get("externalDocs").and_then(|docs| docs["url"].as_str()) else { return };
        if !object.contains_key("operationId") {
            return;
        }
        let page = format!("Vendor's page: <{url}>");
        let description = object.get("description").and_then(Value::as_str).unwrap_or_default();
        let text = format!("{}\n\n{page}", description.trim_end());
        object.insert("description".into(), text.into());
    });
}

/// An example becomes a doctest that is ignored. A default makes a request field non-optional and always sent, which
/// overrides the account's own setting; in a response it would invent a value.
fn drop_examples_and_defaults(document: &mut Value) {
    every_schema(document, &mut |schema| {
        schema.remove("example");
        schema.remove("default");
    });
}

/// The generator's enums of integers are types of their own, which nobody can give as a number. An integer stands for them,
/// and its description lists the values. In a response they are refused.
fn integers_for_enums(document: &mut Value) {
    every_schema(document, &mut |schema| {
        if schema.get("type").is_none_or(|kind| kind != "integer") {
            return;
        }
        let Some(Value::Array(values)) = schema.remove("enum") else { return };
        let values: Vec<_> = values.iter().map(ToString::to_string).collect();
        let description = schema.get("description").and_then(Value::as_str).unwrap_or_default();
        let description = format!("{description} One of {}.", values.join(", "));
        schema.insert("description".into(), description.trim_start().into());
    });
}

/// A pattern becomes a type that is checked by a regular expression. For UUIDs there is a type already.
fn uuids_by_format(document: &mut Value) {
    every_schema(document, &mut |schema| {
        if schema.get("pattern").and_then(Value::as_str) == Some(UUID) {
            schema.retain(|key, _| !["pattern", "minLength", "maxLength"].contains(&key.as_str()));
            schema.insert("format".into(), "uuid".into());
        }
    });
}

/// The generator checks no bounds, but makes a number that is at least 1 a `NonZero`: awkward to give in a request,
/// and a lost response if a provider sends 0.
fn drop_lower_bounds(document: &mut Value) {
    every_schema(document, &mut |schema| {
        schema.retain(|key, _| key != "minimum" && key != "exclusiveMinimum");
    });
}

/// `anyOf` objects in a response become one object with the properties of all, because a response may fit none. The
/// alternatives are dropped where nothing else refers to them.
fn merge_alternatives(document: &mut Value, received: &BTreeSet<String>) -> Result<()> {
    let original = document.clone();
    let mut merged = Vec::new();
    for name in received {
        let schema = &mut document["components"]["schemas"][name];
        let Some(alternatives) = schema.get("anyOf").and_then(Value::as_array).cloned() else { continue };
        let mut properties = Map::new();
        for alternative in &alternatives {
            let alternative = crate::spec::resolve(&original, alternative)?;
            properties
                .extend(entries(&alternative["properties"]).map(|(key, value)| (key.clone(), value.clone())));
        }
        *schema = json!({ "type": "object", "description": schema["description"], "properties": properties });
        merged.extend(alternatives.iter().filter_map(|node| node["$ref"].as_str()).map(str::to_owned));
    }
    drop_unused(document, merged);
    Ok(())
}

/// Drops those of the named schemas that nothing refers to.
fn drop_unused(document: &mut Value, references: Vec<String>) {
    let mut uses = BTreeMap::new();
    count_references(document, &mut uses, 1);
    for reference in references {
        let is_used = uses.get(&reference).is_some_and(|count| *count > 0);
        let schemas = document["components"]["schemas"].as_object_mut().filter(|_| !is_used);
        let schema = schemas.and_then(|schemas| schemas.remove(reference.trim_start_matches(SCHEMAS)));
        if let Some(schema) = schema {
            count_references(&schema, &mut uses, -1);
        }
    }
}

fn count_references(node: &Value, uses: &mut BTreeMap<String, i64>, by: i64) {
    step();
    match node {
        Value::Object(object) => object.values().for_each(|value| count_references(value, uses, by)),
        Value::Array(items) => items.iter().for_each(|item| count_references(item, uses, by)),
        Value::String(text) if text.starts_with(SCHEMAS) => *uses.entry(text.clone()).or_default() += by,
        _ => {}
    }
}

/// Patterns, lengths, bounds and formats of a response would each turn an unexpected value into a lost response. Date-times keep
/// their format: our `Timestamp` takes any string. The enums found here are opened in the Rust code.
fn relax_responses(document: &mut Value, received: &BTreeSet<String>) -> BTreeSet<String> {
    let mut open_enums = BTreeSet::new();
    for name in received {
        let Some(root) = document["components"]["schemas"].get_mut(name) else { continue };
        if root.get("enum").is_some() {
            open_enums.insert(name.clone());
        }
        every_schema(root, &mut |schema| {
            schema.retain(|key, value| match key.as_str() {
                "pattern" | "minLength" | "maxLength" | "maximum" | "minItems" | "maxItems"
                | "uniqueItems" => false,
                "format" => value == "password" || value == "date-time",
                _ => true,
            });
        });
    }
    open_enums
}

/// In responses only the properties stay required without which a response is useless. Requests keep theirs.
fn optional_in_responses(
    document: &mut Value,
    facts: &Facts,
    received: &BTreeSet<String>,
    sent: &BTreeSet<String>,
) -> Result<()> {
    for name in received.difference(sent) {
        if document["components"]["schemas"].get(name).is_none() {
            continue;
        }
        let keep = facts.required_in_responses.get(name).map(Vec::as_slice).unwrap_or_default();
        let schema = document["components"]["schemas"].get_mut(name).and_then(Value::as_object_mut);
        let schema = schema.with_context(|| format!("components/schemas/{name} is not an object"))?;
        // The parts of an `allOf` require properties too.
        schema.values_mut().for_each(|part| {
            every_object(part, &mut |inner| {
                inner.retain(|key, value| key != "required" || !value.is_array())
            });
        });
        if keep.is_empty() {
            schema.remove("required");
        } else {
            schema.insert("required".into(), json!(keep));
        }
    }
    Ok(())
}

/// A list or map that may be absent is an `Option`, also of a request: the generator makes it a bare `Vec`, for which an
/// explicit empty list is the same as none, and null in a response is a fault.
fn optional_collections(document: &mut Value) {
    every_schema(&mut document["components"]["schemas"], &mut |schema| {
        let required: BTreeSet<String> = schema
            .get("required")
            .and_then(Value::as_array)
            .map(|names| names.iter().filter_map(Value::as_str).map(str::to_owned).collect())
            .unwrap_or_default();
        let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) else {
            return;
        };
        for (name, property) in properties {
            let is_map = property["type"] == "object" && property.get("properties").is_none();
            if !required.contains(name) && (property["type"] == "array" || is_map) {
                property["nullable"] = true.into();
            }
        }
    });
}

/// Every object of the document that is a schema, rather than a map of properties one of which is called `type`.
fn every_schema(node: &mut Value, visit: &mut impl FnMut(&mut Map<String, Value>)) {
    every_object(node, &mut |object| {
        let is_type = object.get("type").is_some_and(Value::is_string);
        if is_type
            || ["enum", "oneOf", "anyOf", "allOf"]
                .iter()
                .any(|key| object.get(*key).is_some_and(Value::is_array))
        {
            visit(object);
        }
    });
}

fn every_object(node: &mut Value, visit: &mut impl FnMut(&mut Map<String, Value>)) {
    step();
    match node {
        Value::Object(object) => {
            visit(object);
            object.values_mut().for_each(|value| every_object(value, visit));
        }
        Value::Array(items) => items.iter_mut().for_each(|item| every_object(item, visit)),
        _ => {}
    }
}
