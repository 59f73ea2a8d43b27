//! Requests that a user reads from JSON: what a builder refuses is refused here too, and what is there is sent.

use std::collections::BTreeSet;

use otp_tests::spec::{slugs, spec};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// A request body: provider, schema, how it is read and written again, and one with everything in it.
struct Body {
    slug: &'static str,
    schema: &'static str,
    pass: fn(Value) -> Result<Value, serde_json::Error>,
    full: Value,
}

fn body<T: DeserializeOwned + Serialize>(slug: &'static str, schema: &'static str, full: Value) -> Body {
    let pass = |value| serde_json::from_value::<T>(value).and_then(|read| serde_json::to_value(&read));
    Body { slug, schema, pass, full }
}

fn bodies() -> Vec<Body> {
    use agilicus_otp::types as agilicus;
    let metadata = json!({ "id": "i", "created": "2026-02-03T04:05:06Z", "updated": "2026-02-03T04:05:06Z" });
    let action = json!({
        "challenge_action_type": "http_action", "method": "POST", "uri": "https://hooks.example.net/x",
        "body": "b", "content_type": "text/plain", "scopes": ["doors:open"],
    });
    let mut bodies = vec![
        body::<agilicus::Challenge>(
            "agilicus",
            "Challenge",
            json!({
                "spec": {
                    "user_id": "u", "challenge_type": "sms", "challenge_types": ["sms"], "send_now": true,
                    "timeout_seconds": 60, "response_uri": "https://r", "origin": "https://o",
                    "challenge_endpoints": [{ "endpoint": "e", "type": "webauthn" }],
                    "answer_data": { "a": null },
                },
                "metadata": metadata,
                "status": { "state": "issued", "public_challenge": "p", "code": "c" },
            }),
        ),
        body::<agilicus::OneTimeUseActionChallenge>(
            "agilicus",
            "OneTimeUseActionChallenge",
            json!({ "spec": {
                "approved_actions": [action], "declined_actions": [action],
                "actors": [{ "user_id": "u", "org_id": "o" }],
                "timeout_seconds": 60, "user_id": "u", "org_id": "o",
            } }),
        ),
        body::<agilicus::TotpEnrollment>(
            "agilicus",
            "TotpEnrollment",
            json!({ "spec": { "user_id": "u" }, "metadata": metadata, "status": { "state": "pending", "key": "k" } }),
        ),
        body::<agilicus::TotpEnrollmentAnswer>(
            "agilicus",
            "TotpEnrollmentAnswer",
            json!({ "user_id": "u", "answer": "004217" }),
        ),
        body::<agilicus::WebauthnEnrollment>(
            "agilicus",
            "WebauthnEnrollment",
            json!({
                "spec": {
                    "user_id": "u", "relying_party_id": "r", "attestation_format": "packed",
                    "attestation_conveyance": "direct", "user_verification": "required", "http_endpoint": "https://h",
                },
                "metadata": metadata,
                "status": { "challenge": "c", "credential_id": "i", "transports": ["usb"] },
            }),
        ),
        body::<agilicus::WebauthnEnrollmentAnswer>(
            "agilicus",
            "WebauthnEnrollmentAnswer",
            json!({
                "user_id": "u", "credential_id": "c", "client_data": "{}", "authenticator_data": "a",
                "signature": "s", "user_handle": "h", "transports": ["usb"],
            }),
        ),
        body::<smscx_otp::types::NewOtpRequest>(
            "smscx",
            "NewOtpRequest",
            json!({
                "phoneNumber": "+33612246400", "countryIso": "FR", "from": "InfoText", "template": "{{pin}}",
                "trackId": "bf325375-e030-fccb-a009-17317c574773", "ttl": 180, "maxAttempts": 4,
                "pinType": "numbers", "pinLength": 4, "otpCallbackUrl": "https://webhook.example",
            }),
        ),
        body::<smscx_otp::types::VerifyPinRequest>("smscx", "VerifyPinRequest", json!({ "pin": "0042" })),
        body::<deutsche_bank_otp::types::ChallengeResponse>(
            "deutsche-bank",
            "ChallengeResponse",
            json!({ "response": "0042" }),
        ),
        body::<deutsche_bank_otp::types::ChallengeRequestSwitchMethod>(
            "deutsche-bank",
            "ChallengeRequestSwitchMethod",
            json!({ "method": "MTAN" }),
        ),
        body::<vonage_otp::types::NewRequest>(
            "vonage",
            "NewRequest",
            json!({
                "brand": "ACME", "locale": "es-es", "channel_timeout": 300, "client_ref": "myPersonalRef",
                "code_length": 6, "code": "e4dR1Q", "template_id": "t", "fraud_check": false,
                "workflow": [
                    { "channel": "silent_auth", "to": "447700900000", "redirect_url": "https://r", "coverage_check": false,
                        "mode": "advanced" },
                    { "channel": "whatsapp", "to": "447700900000", "from": "14155550100", "mode": "otp_code" },
                    { "channel": "email", "to": "ann@example.com", "from": "acme@example.com", "reuse_code": true },
                ],
            }),
        ),
        body::<vonage_otp::types::CheckCodeRequest>("vonage", "CheckCodeRequest", json!({ "code": "0042" })),
    ];
    bodies.extend(purposes().map(|(kind, data)| {
        let full = json!({ "method": "MTAN", "requestType": kind, "requestData": data, "language": "en" });
        body::<deutsche_bank_otp::types::ChallengeStart>("deutsche-bank", "ChallengeStart", full)
    }));
    bodies
}

/// What the bank can be asked to have approved.
fn purposes() -> [(&'static str, Value); 5] {
    let limit = json!({ "limitPrice": 88.5, "stopPrice": 90.5 });
    let add_ons = json!({ "expiryDate": "2027-03-31", "restriction": "GOOD_TILL_DATE" });
    [
        ("TRANSFER_PARTNER_LEGI_DATA", json!({ "type": "challengeRequestDataTransferPartnerLegiData" })),
        (
            "SECURITIES_ORDER_ENTRY",
            json!({
                "type": "challengeRequestDataSecuritiesOrderEntry", "securityAccountId": "100200300400",
                "securityId": "A1B2C3", "quantity": 2.5, "activityType": "BUY", "orderLimit": limit, "addOns": add_ons,
            }),
        ),
        (
            "SECURITIES_ORDER_MODIFY",
            json!({
                "type": "challengeRequestDataSecuritiesOrderModify", "orderId": "o",
                "securityAccountId": "100200300400", "orderLimit": limit, "addOns": add_ons,
            }),
        ),
        (
            "SECURITIES_ORDER_DELETE",
            json!({
                "type": "challengeRequestDataSecuritiesOrderDelete", "orderId": "o",
                "securityAccountId": "100200300400",
            }),
        ),
        (
            "INSTANT_SEPA_CREDIT_TRANSFERS",
            json!({
                "type": "challengeRequestDataInstantSepaCreditTransfers", "targetIban": "DE02120300000000202051",
                "amountCurrency": "EUR", "amountValue": 25.5,
            }),
        ),
    ]
}

/// Pointers to the properties of a value that the schema has: those that it requires, and lists that may be left out.
#[derive(Default)]
struct Found {
    required: Vec<String>,
    optional_lists: Vec<String>,
}

fn walk(document: &Value, schema: &Value, value: &Value, at: &str, found: &mut Found) {
    if let Some(reference) = schema["$ref"].as_str() {
        return walk(document, document.pointer(&reference[1..]).unwrap(), value, at, found);
    }
    for part in schema["allOf"].as_array().into_iter().flatten() {
        walk(document, part, value, at, found);
    }
    if let Some(name) = schema["discriminator"]["propertyName"].as_str() {
        let kind = value[name].as_str().unwrap();
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

fn walked(body: &Body) -> Found {
    let document = spec(body.slug);
    let schema = &document["components"]["schemas"][body.schema];
    let mut found = Found::default();
    walk(document, schema, &body.full, "", &mut found);
    found
}

fn without(value: &Value, pointer: &str) -> Value {
    let mut value = value.clone();
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    value.pointer_mut(parent).unwrap().as_object_mut().unwrap().remove(name).unwrap();
    value
}

fn with(value: &Value, pointer: &str, new: Value) -> Value {
    let mut value = value.clone();
    *value.pointer_mut(pointer).unwrap() = new;
    value
}

#[test]
fn every_request_body_of_every_spec_is_in_the_table() {
    for slug in slugs() {
        let document = spec(&slug);
        let mut described = BTreeSet::new();
        for item in document["paths"].as_object().unwrap().values() {
            for operation in item.as_object().unwrap().values() {
                let reference = &operation["requestBody"]["content"]["application/json"]["schema"]["$ref"];
                let name = reference.as_str().and_then(|text| text.rsplit('/').next());
                described.extend(name.map(str::to_owned));
            }
        }
        let listed: BTreeSet<String> =
            bodies().iter().filter(|body| body.slug == slug).map(|body| body.schema.to_owned()).collect();
        assert_eq!(described, listed, "{slug}: `bodies` needs a row for each schema");
    }
}

#[test]
fn a_request_read_from_json_without_something_required_is_refused() {
    let (mut passed, mut count) = (Vec::new(), 0);
    for body in bodies() {
        for pointer in walked(&body).required {
            for lacking in [without(&body.full, &pointer), with(&body.full, &pointer, Value::Null)] {
                count += 1;
                if let Ok(sent) = (body.pass)(lacking) {
                    passed.push(format!("{} {} without {pointer}: {sent}", body.slug, body.schema));
                }
            }
        }
    }
    assert!(passed.is_empty(), "goes out:\n{}", passed.join("\n"));
    assert!(count > 90, "only {count} requests were tried");
}

#[test]
fn a_request_read_from_json_goes_out_as_it_was_read() {
    for body in bodies() {
        assert_eq!((body.pass)(body.full.clone()).unwrap(), body.full, "{}", body.schema);
    }
}

#[test]
fn an_explicit_empty_list_is_sent() {
    let mut count = 0;
    for body in bodies() {
        for pointer in walked(&body).optional_lists {
            let emptied = with(&body.full, &pointer, json!([]));
            assert_eq!((body.pass)(emptied.clone()).unwrap(), emptied, "{} {pointer}", body.schema);
            count += 1;
        }
    }
    assert!(count >= 6, "only {count} lists were tried");
}

#[test]
fn a_request_read_from_json_with_a_value_that_its_builder_refuses_is_refused() {
    let broken = [
        ("NewOtpRequest", "/countryIso", json!("FRA")),
        ("NewOtpRequest", "/from", json!("ab")),
        ("NewOtpRequest", "/from", json!("")),
        ("NewOtpRequest", "/trackId", json!("order-7")),
        ("NewOtpRequest", "/pinType", json!("emoji")),
        ("NewOtpRequest", "/ttl", json!("180")),
        ("VerifyPinRequest", "/pin", json!(42)),
        ("ChallengeStart", "/language", json!("fr")),
        ("ChallengeStart", "/requestType", json!("SPOT_RATE")),
        ("ChallengeStart", "/requestData", json!({})),
        ("ChallengeStart", "/requestData/type", json!("")),
        ("ChallengeStart", "/requestData/securityAccountId", json!("1")),
        ("ChallengeStart", "/requestData/targetIban", json!("de02 1203")),
        ("ChallengeStart", "/requestData/amountCurrency", json!("euro")),
        ("Challenge", "/spec", json!("u")),
        ("Challenge", "/spec/user_id", json!(7)),
        ("OneTimeUseActionChallenge", "/spec/approved_actions/0", json!({})),
        ("OneTimeUseActionChallenge", "/spec/timeout_seconds", json!("60")),
        ("NewRequest", "/brand", json!("a/b")),
        ("NewRequest", "/code", json!("e4-R1Q")),
        ("NewRequest", "/workflow/1/channel", json!("pigeon")),
        ("NewRequest", "/workflow/1/to", json!("")),
        ("CheckCodeRequest", "/code", json!("123")),
    ];
    for (schema, pointer, value) in broken {
        let bodies: Vec<_> = bodies()
            .into_iter()
            .filter(|body| body.schema == schema && body.full.pointer(pointer).is_some())
            .collect();
        assert!(!bodies.is_empty(), "{schema} {pointer}");
        for body in bodies {
            let outcome = (body.pass)(with(&body.full, pointer, value.clone()));
            assert!(outcome.is_err(), "{schema} {pointer} {value}");
        }
    }
}
