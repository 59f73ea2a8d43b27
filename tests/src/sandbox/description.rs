//! Validates requests and responses against the OpenAPI descriptions. The sandbox shares no code with them, so neither
//! can hide a mistake of the other.

use std::collections::HashMap;
use std::sync::LazyLock;

use jsonschema::{Draft, Validator};
use otp_sandbox::Provider;
use serde_json::{Map, Value, json};

use crate::spec::{resolve, spec};

pub(super) const FORM: &str = "application/x-www-form-urlencoded";

static DESCRIPTIONS: LazyLock<HashMap<Provider, Description>> = LazyLock::new(|| {
    Provider::ALL.into_iter().map(|provider| (provider, Description::new(provider))).collect()
});

/// One description. Its schemas exist twice: as they apply to requests and as they apply to responses.
pub struct Description {
    provider: Provider,
    document: &'static Value,
    sent: Value,
    received: Value,
}

/// One operation of a description.
pub(crate) struct Operation<'a> {
    description: &'a Description,
    value: &'a Value,
    item: &'a Value,
    path: String,
    arguments: Vec<(String, String)>,
    pub(crate) id: &'a str,
}

impl Description {
    /// The description of a provider's API.
    pub fn of(provider: Provider) -> &'static Self {
        &DESCRIPTIONS[&provider]
    }

    fn new(provider: Provider) -> Self {
        let document = spec(provider.slug());
        let schemas = |keyword| json_schema(&document["components"]["schemas"], keyword);
        let (sent, received) = (schemas("readOnlyIsFine"), schemas("writeOnly"));
        Self { provider, document, sent, received }
    }

    /// The operation with this method and this path, which has no base path and may have a query.
    pub(crate) fn operation(&self, method: &str, path: &str) -> Option<Operation<'_>> {
        let path = path.split('?').next()?;
        let paths = self.document["paths"].as_object()?;
        let mut found: Vec<_> = paths
            .iter()
            .filter_map(|(template, item)| {
                let arguments = arguments(template, path)?;
                let value = &item[method.to_lowercase()];
                let id = value["operationId"].as_str()?;
                Some(Operation { description: self, value, item, path: template.clone(), arguments, id })
            })
            .collect();
        found.sort_by_key(|operation| operation.arguments.len());
        (!found.is_empty()).then(|| found.remove(0))
    }

    /// How a value violates this schema.
    pub fn violations(&self, schema: &Value, value: &Value, what: &str) -> Vec<String> {
        self.check(&self.sent, schema, value, what)
    }

    fn check(&self, schemas: &Value, schema: &Value, value: &Value, what: &str) -> Vec<String> {
        let schema = json!({ "components": { "schemas": schemas }, "allOf": [json_schema(schema, "none")] });
        let validator: Validator = jsonschema::options()
            .with_draft(Draft::Draft4)
            .should_validate_formats(true)
            .build(&schema)
            .unwrap_or_else(|error| panic!("{error}"));
        validator
            .iter_errors(value)
            .map(|error| format!("{} {what}: {error} at {}", self.provider, error.instance_path()))
            .collect()
    }
}

impl Operation<'_> {
    /// What a reference points to.
    fn resolve<'a>(&'a self, value: &'a Value) -> &'a Value {
        resolve(self.description.document, value)
    }

    /// How a request that was accepted violates the description.
    pub(crate) fn request_violations(
        &self,
        query: &[(String, String)],
        headers: &[(String, String)],
        body: Option<&Value>,
    ) -> Vec<String> {
        let mut violations = Vec::new();
        for parameter in parameters(self.item).chain(parameters(self.value)) {
            let parameter = self.resolve(parameter);
            let name = parameter["name"].as_str().expect("a name");
            let pairs = match parameter["in"].as_str().expect("a place") {
                "query" => query,
                "path" => &self.arguments,
                _ => headers,
            };
            let value = pairs.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
            match value {
                Some((_, text)) => {
                    let schema = &parameter["schema"];
                    let value = typed(self.resolve(schema), text);
                    violations.extend(self.description.check(&self.description.sent, schema, &value, name));
                }
                None if parameter["required"] == true => {
                    violations.push(format!("{}: {name} is missing", self.id))
                }
                None => {}
            }
        }
        match (self.request_body(), body) {
            (Some((_, schema)), Some(body)) => {
                violations.extend(self.description.check(&self.description.sent, schema, body, "request"));
            }
            (Some(_), None) => violations.push(format!("{}: the body is missing", self.id)),
            (None, Some(_)) => violations.push(format!("{}: a body was not expected", self.id)),
            (None, None) => {}
        }
        let security = self.value.get("security").unwrap_or(&self.description.document["security"]);
        let schemes =
            self.description.document["components"]["securitySchemes"].as_object().into_iter().flatten();
        let names: Vec<_> = schemes
            .map(|(_, scheme)| scheme["name"].as_str().unwrap_or("authorization").to_lowercase())
            .collect();
        let given = headers.iter().any(|(name, _)| names.contains(name));
        if security.as_array().is_some_and(|schemes| !schemes.is_empty()) && !given {
            violations.push(format!("{}: accepted without a credential", self.id));
        }
        violations
    }

    /// Media type and schema of the body; none if it has none.
    fn request_body(&self) -> Option<(&str, &Value)> {
        let body = self.resolve(self.value.get("requestBody")?);
        let (media_type, media) = body["content"].as_object()?.iter().next()?;
        Some((media_type, &media["schema"]))
    }

    /// Whether the body is a form.
    pub(crate) fn takes_form(&self) -> bool {
        self.request_body().is_some_and(|(media_type, _)| media_type == FORM)
    }

    /// A body as it was sent, with the types of its schema: the fields of a form are all written as strings.
    pub(crate) fn read_body(&self, body: &str) -> Value {
        let form = self.request_body().filter(|(media_type, _)| *media_type == FORM);
        let Some((_, schema)) = form else { return serde_json::from_str(body).expect("JSON") };
        let properties = &self.resolve(schema)["properties"];
        let fields = form_urlencoded::parse(body.as_bytes()).into_owned();
        fields.map(|(name, text)| (name.clone(), typed(self.resolve(&properties[&name]), &text))).collect()
    }

    /// The headers of a response, each with a value that is a number and a string.
    pub(crate) fn response_headers(&self, status: u16) -> Vec<(String, String)> {
        let response = self.resolve(&self.value["responses"][status.to_string()]);
        let media_type = response["content"].as_object().and_then(|all| all.keys().next());
        let names = response["headers"].as_object().into_iter().flatten();
        names
            .map(|(name, _)| (name.clone(), "1".to_owned()))
            .chain(media_type.map(|media_type| ("content-type".to_owned(), media_type.clone())))
            .collect()
    }

    /// How a response violates the description.
    pub(crate) fn response_violations(
        &self,
        status: u16,
        headers: &[(String, String)],
        body: &str,
    ) -> Vec<String> {
        let response = &self.value["responses"][status.to_string()];
        if response.is_null() {
            return vec![format!("{} {}: {status} is not documented", self.id, self.path)];
        }
        let response = self.resolve(response);
        let header = |name: &str| headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
        let mut violations = Vec::new();
        for (name, description) in response["headers"].as_object().unwrap_or(&Map::new()) {
            let schema = &self.resolve(description)["schema"];
            match header(name) {
                Some((_, text)) => {
                    let value = typed(schema, text);
                    violations.extend(self.description.check(
                        &self.description.received,
                        schema,
                        &value,
                        name,
                    ));
                }
                None => violations.push(format!("{} {status}: header {name} is missing", self.id)),
            }
        }
        let Some((media_type, media)) = response["content"].as_object().and_then(|all| all.iter().next())
        else {
            if !body.is_empty() {
                violations.push(format!("{} {status}: a body was not expected", self.id));
            }
            return violations;
        };
        if header("content-type").is_none_or(|(_, value)| value != media_type) {
            violations.push(format!("{} {status}: the content type is wrong", self.id));
        }
        match serde_json::from_str(body) {
            Ok(body) => {
                violations.extend(self.description.check(
                    &self.description.received,
                    &media["schema"],
                    &body,
                    self.id,
                ));
            }
            Err(error) => violations.push(format!("{} {status}: {error}", self.id)),
        }
        violations
    }
}

fn parameters(value: &Value) -> impl Iterator<Item = &Value> {
    value["parameters"].as_array().into_iter().flatten()
}

fn arguments(template: &str, path: &str) -> Option<Vec<(String, String)>> {
    let (template, path): (Vec<_>, Vec<_>) = (template.split('/').collect(), path.split('/').collect());
    let mut arguments = Vec::new();
    for (expected, actual) in template.iter().zip(&path) {
        match expected.strip_prefix('{').and_then(|name| name.strip_suffix('}')) {
            Some(name) if !actual.is_empty() => arguments.push((name.to_owned(), (*actual).to_owned())),
            _ if expected == actual => {}
            _ => return None,
        }
    }
    (template.len() == path.len()).then_some(arguments)
}

/// Parses a string from a header, a query or a path as the type of its schema.
fn typed(schema: &Value, text: &str) -> Value {
    match schema["type"].as_str() {
        // The vendors' Python clients write `True`, and the services accept it.
        Some("boolean") => serde_json::from_str(&text.to_lowercase()).unwrap_or_else(|_| text.into()),
        Some("integer" | "number") => serde_json::from_str(text).unwrap_or_else(|_| text.into()),
        _ => text.into(),
    }
}

/// Converts a schema of OpenAPI 3.0 to JSON Schema draft 4, which has no `nullable`. Properties with the keyword
/// `forbidden` must not occur.
fn json_schema(schema: &Value, forbidden: &str) -> Value {
    match schema {
        Value::Object(object) if object.get(forbidden) == Some(&Value::Bool(true)) => json!({ "not": {} }),
        Value::Object(object) => {
            let inner =
                object.iter().filter(|(name, _)| !["nullable", "discriminator"].contains(&name.as_str()));
            let inner = inner.map(|(name, value)| (name.clone(), json_schema(value, forbidden))).collect();
            if object.get("nullable") == Some(&Value::Bool(true)) {
                json!({ "anyOf": [Value::Object(inner), { "type": "null" }] })
            } else {
                Value::Object(inner)
            }
        }
        Value::Array(list) => list.iter().map(|value| json_schema(value, forbidden)).collect(),
        other => other.clone(),
    }
}

#[test]
fn the_check_against_the_description_finds_violations() {
    let operation = Description::of(Provider::Smscx).operation("POST", "/otp").unwrap();
    let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let key = [header("x-api-key", "k")];
    let request = |body: Value| operation.request_violations(&[], &key, Some(&body)).len();
    assert_eq!(request(json!({ "phoneNumber": "+33612246400" })), 0);
    assert_eq!(request(json!({ "phoneNumber": "+33612246400", "ttl": 59 })), 1);
    assert_eq!(request(json!({ "phoneNumber": 7 })), 1);
    assert_eq!(request(json!({})), 1);
    assert_eq!(operation.request_violations(&[], &key, None).len(), 1);
    assert_eq!(
        operation.request_violations(&[], &[], Some(&json!({ "phoneNumber": "+33612246400" }))).len(),
        1
    );

    let error = r#"{"error":{"type":"rate_limit","message":"m","uri":"u","code":1}}"#;
    let limits: Vec<_> = [("content-type", "application/json"), ("x-rate-limit-limit", "1")]
        .into_iter()
        .chain([("x-rate-limit-remaining", "0"), ("x-rate-limit-reset", "1700000000")])
        .map(|(name, value)| header(name, value))
        .collect();
    let soon = [&limits[..3], &[header("x-rate-limit-reset", "soon")]].concat();
    let html = [&limits[1..], &[header("content-type", "text/html")]].concat();
    for (status, headers, body, violations) in [
        (429, &limits, error, 0),
        (429, &limits[..3].to_vec(), error, 1),
        (429, &soon, error, 1),
        (429, &html, error, 1),
        (429, &limits, "{}", 1),
        (429, &limits, "", 1),
        (418, &limits, error, 1),
    ] {
        assert_eq!(operation.response_violations(status, headers, body).len(), violations, "{status} {body}");
    }

    let metal = Description::of(Provider::EquinixMetal).operation("POST", "/user/otp/verify/1").unwrap();
    assert_eq!(
        (metal.response_violations(204, &[], "").len(), metal.response_violations(204, &[], "{}").len()),
        (0, 1)
    );
    let agilicus = Description::of(Provider::Agilicus).operation("GET", "/v1/challenges/1").unwrap();
    let json = [header("content-type", "application/json")];
    let secret = r#"{"spec":{"user_id":"u","answer_data":{}}}"#;
    assert_eq!(agilicus.response_violations(200, &json, secret).len(), 1, "a write-only field was returned");
}
