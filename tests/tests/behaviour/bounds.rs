//! The bounds of the capabilities are those that the descriptions of the APIs have: at a bound the request is as described,
//! and one beyond it is not.

use std::ops::RangeInclusive;
use std::time::Duration;

use jsonschema::Draft;
use otp_facade::{
    Capabilities, ChallengeId, CreateRequest, Operation, OtpProvider, Purpose, PurposeSupport, Recipient,
    VerifyRequest,
};
use otp_sandbox::Provider;
use otp_tests::providers::{build, operation, subject};
use otp_tests::spec::{SpecOperation, resolve, spec};
use otp_tests::{MockServer, Received, Response};
use serde_json::{Value, json};

/// An option of a create that has a least and a greatest value.
struct Bound {
    name: &'static str,
    range: fn(&Capabilities) -> Option<RangeInclusive<u64>>,
    set: fn(CreateRequest, u64) -> CreateRequest,
}

fn bounds() -> [Bound; 4] {
    [
        Bound {
            name: "ttl",
            range: |able| able.ttl.as_ref().map(|it| it.start().as_secs()..=it.end().as_secs()),
            set: |request, value| request.with_ttl(Duration::from_secs(value)),
        },
        Bound {
            name: "max_attempts",
            range: |able| able.max_attempts.clone().map(widened),
            set: |request, value| request.with_max_attempts(narrowed(value)),
        },
        Bound {
            name: "code_length",
            range: |able| able.code_length.clone().map(widened),
            set: |request, value| request.with_code_length(narrowed(value)),
        },
        Bound {
            name: "sender",
            range: |able| able.sender_length.clone().map(widened),
            set: |request, value| request.with_sender("x".repeat(narrowed(value) as usize)),
        },
    ]
}

fn widened(range: RangeInclusive<u32>) -> RangeInclusive<u64> {
    u64::from(*range.start())..=u64::from(*range.end())
}

fn narrowed(value: u64) -> u32 {
    u32::try_from(value).expect("a small number")
}

/// A request that any provider takes.
fn request(provider: &dyn OtpProvider) -> CreateRequest {
    let recipient = Recipient::phone("+4915112345678").with_email("ann@example.com").with_user_id("user-1");
    let request = CreateRequest::new(recipient);
    match provider.capabilities().purposes {
        PurposeSupport::Required(_) => request.with_purpose(Purpose::LegitimationData),
        _ => request,
    }
}

/// A service that answers every call of an operation with success.
async fn service(provider: Provider, called: Operation) -> (MockServer, Box<dyn OtpProvider>) {
    let status = operation(provider, called).expect("the operation").successes[0];
    let response = match (subject(provider).success)(called) {
        Some(body) => Response::json(status, &body),
        None => Response::empty(status),
    };
    let server = MockServer::start(&response).await;
    let provider = build(provider, &server.base_url(), "credential");
    (server, provider)
}

/// The request of a create.
async fn created(vendor: Provider, set: impl Fn(CreateRequest) -> CreateRequest) -> Received {
    let (server, provider) = service(vendor, Operation::Create).await;
    let outcome = provider.create(&set(request(&*provider))).await;
    outcome.unwrap_or_else(|error| panic!("{vendor}: {error}"));
    server.received().remove(0)
}

/// The description of one operation, against which requests are validated.
struct Described {
    document: &'static Value,
    operation: &'static SpecOperation,
    node: &'static Value,
    item: &'static Value,
}

impl Described {
    fn of(provider: Provider, called: Operation) -> Self {
        let document = spec(provider.slug());
        let operation = operation(provider, called).expect("the operation");
        let item = &document["paths"][&operation.path];
        Self { document, operation, node: &item[operation.method.to_lowercase()], item }
    }

    /// Media type and schema of the body.
    fn body(&self) -> Option<(&str, &Value)> {
        let body = resolve(self.document, self.node.get("requestBody")?);
        let (media_type, media) = body["content"].as_object()?.iter().next()?;
        Some((media_type, &media["schema"]))
    }

    /// The body with the types of its schema. A form has strings only.
    fn read(&self, request: &Received) -> Value {
        match self.body() {
            Some((media_type, schema)) if media_type.contains("form") => {
                let properties = &resolve(self.document, schema)["properties"];
                let fields = form_urlencoded::parse(&request.body).into_owned();
                fields.map(|(name, text)| (name.clone(), self.typed(&properties[&name], &text))).collect()
            }
            Some(_) => serde_json::from_slice(&request.body).expect("JSON"),
            None => Value::Null,
        }
    }

    fn typed(&self, schema: &Value, text: &str) -> Value {
        match resolve(self.document, schema)["type"].as_str() {
            Some("boolean" | "integer" | "number") => {
                serde_json::from_str(text).unwrap_or_else(|_| text.into())
            }
            _ => text.into(),
        }
    }

    /// How a body violates its schema.
    fn violations_of_body(&self, body: &Value) -> Vec<String> {
        self.body().map(|(_, schema)| self.violations(schema, body)).unwrap_or_default()
    }

    /// How parameters of the path and the query, and the body, violate the description.
    fn violations_of_request(&self, request: &Received) -> Vec<String> {
        let mut violations = self.violations_of_body(&self.read(request));
        let (template, path): (Vec<_>, Vec<_>) =
            (self.operation.path.split('/').collect(), request.path().split('/').collect());
        let segments = template.iter().rev().zip(path.iter().rev());
        let mut given: Vec<(String, String)> = segments
            .filter(|(name, _)| name.starts_with('{'))
            .map(|(name, value)| (name.trim_matches(['{', '}']).to_owned(), (*value).to_owned()))
            .collect();
        given.extend(request.query());
        for parameters in [&self.item["parameters"], &self.node["parameters"]] {
            for parameter in parameters.as_array().into_iter().flatten() {
                let parameter = resolve(self.document, parameter);
                if let Some((_, text)) = given.iter().find(|(name, _)| parameter["name"] == **name) {
                    let value = self.typed(&parameter["schema"], text);
                    violations.extend(self.violations(&parameter["schema"], &value));
                }
            }
        }
        violations
    }

    fn violations(&self, schema: &Value, value: &Value) -> Vec<String> {
        let schemas = json_schema(&self.document["components"]["schemas"]);
        let schema = json!({ "components": { "schemas": schemas }, "allOf": [json_schema(schema)] });
        let validator = jsonschema::options().with_draft(Draft::Draft4).build(&schema).expect("a schema");
        validator.iter_errors(value).map(|error| format!("{error} at {}", error.instance_path())).collect()
    }
}

/// A schema of OpenAPI 3.0 in JSON Schema, which has no `nullable`.
fn json_schema(schema: &Value) -> Value {
    match schema {
        Value::Object(object) => {
            let inner =
                object.iter().filter(|(key, _)| !["nullable", "discriminator"].contains(&key.as_str()));
            let inner = inner.map(|(key, value)| (key.clone(), json_schema(value))).collect();
            match object.get("nullable") {
                Some(Value::Bool(true)) => json!({ "anyOf": [Value::Object(inner), { "type": "null" }] }),
                _ => Value::Object(inner),
            }
        }
        Value::Array(items) => items.iter().map(json_schema).collect(),
        other => other.clone(),
    }
}

/// The property in which two bodies differ.
fn difference(one: &Value, other: &Value, at: &str, found: &mut Vec<String>) {
    match (one, other) {
        (Value::Object(one), Value::Object(other)) => {
            for (name, value) in one {
                difference(value, other.get(name).unwrap_or(&Value::Null), &format!("{at}/{name}"), found);
            }
        }
        (one, other) if one != other => found.push(at.to_owned()),
        _ => {}
    }
}

/// A number or a length that is one less, or one more.
fn beyond(value: &Value, is_greater: bool) -> Value {
    match value {
        Value::String(text) if is_greater => format!("{text}x").into(),
        Value::String(text) => text[1..].into(),
        number => (number.as_i64().expect("an integer") + if is_greater { 1 } else { -1 }).into(),
    }
}

#[tokio::test]
async fn every_bound_of_a_create_is_that_of_the_description() {
    let mut wrong = Vec::new();
    for provider in Provider::ALL {
        let described = Described::of(provider, Operation::Create);
        let capabilities = build(provider, "http://127.0.0.1:1", "credential").capabilities().clone();
        for bound in bounds() {
            let Some(range) = (bound.range)(&capabilities) else { continue };
            let body = async |value| described.read(&created(provider, |it| (bound.set)(it, value)).await);
            let (least, greatest) = (body(*range.start()).await, body(*range.end()).await);
            let mut found = Vec::new();
            difference(&least, &greatest, "", &mut found);
            let [property] = found.as_slice() else { panic!("{provider}: {} is in {found:?}", bound.name) };
            for (sent, is_greater) in [(least, false), (greatest, true)] {
                let at = format!("{provider}: {} is {range:?}, and {property}", bound.name);
                wrong.extend(
                    described.violations_of_body(&sent).iter().map(|violation| format!("{at}: {violation}")),
                );
                let mut more = sent.clone();
                let value = more.pointer_mut(property).expect("a property");
                *value = beyond(value, is_greater);
                if described.violations_of_body(&more).is_empty() {
                    wrong.push(format!("{at} may also be {}", more.pointer(property).expect("a property")));
                }
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "set the range in `CAPABILITIES` of crates/otp-facade/src/providers/<slug>.rs to that of the spec:\n{}",
        wrong.join("\n")
    );
}

#[tokio::test]
async fn every_choice_of_a_create_is_in_the_description() {
    let mut wrong = Vec::new();
    for provider in Provider::ALL {
        let described = Described::of(provider, Operation::Create);
        let able = build(provider, "http://127.0.0.1:1", "credential").capabilities().clone();
        let mut judge = |what: String, sent: Received| {
            let violations = described.violations_of_request(&sent);
            wrong.extend(violations.iter().map(|violation| format!("{provider}: {what}: {violation}")));
        };
        for alphabet in &able.alphabets {
            let sent = created(provider, |request| request.with_alphabet(*alphabet)).await;
            judge(format!("{alphabet:?}"), sent);
        }
        for channel in &able.channels {
            let sent = created(provider, |request| request.with_channel(*channel)).await;
            judge(channel.to_string(), sent);
        }
        for language in &able.languages {
            let sent = created(provider, |request| request.with_language(*language)).await;
            judge((*language).to_owned(), sent);
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The shortest and the longest code that the facade sends.
#[tokio::test]
async fn every_code_that_is_sent_is_in_the_description() {
    let mut wrong = Vec::new();
    for vendor in Provider::ALL {
        let described = Described::of(vendor, Operation::Verify);
        let (server, provider) = service(vendor, Operation::Verify).await;
        let format = provider.capabilities().code_format.clone();
        let lengths = format.map_or(1..=64, |format| format.length);
        for length in [*lengths.start(), *lengths.end()] {
            let id = ChallengeId::new(provider.name(), subject(vendor).challenge);
            let code = "7".repeat(length as usize);
            let _ = provider.verify(&VerifyRequest::new(id, code)).await;
            let sent = server.received().pop().expect("a request");
            let violations = described.violations_of_request(&sent);
            wrong.extend(violations.iter().map(|it| format!("{vendor}: {length} characters: {it}")));
        }
    }
    assert!(
        wrong.is_empty(),
        "set `code_format` of crates/otp-facade/src/providers/<slug>.rs to what the spec allows:\n{}",
        wrong.join("\n")
    );
}
