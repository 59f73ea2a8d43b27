//! Specs that cannot be used are refused with spec, place and reason, and all faults are listed in one run.

use std::fs;

use super::{all, copy, provider};
use crate::codegen::write;

const SPEC: &str = include_str!("form.yaml");

/// The lines of the error.
fn faults(spec: &str) -> Vec<String> {
    let root = copy();
    fs::write(root.path().join(provider("equinix-metal").spec()), spec).unwrap();
    let error = write(root.path(), &[provider("equinix-metal")]).unwrap_err();
    format!("{error:#}").lines().map(str::to_owned).collect()
}

type Edit = (&'static str, &'static str);

#[test]
fn a_fault_is_blamed_on_the_place_that_has_it() {
    let cases: &[(Edit, &[&str])] = &[
        // The document.
        ((SPEC, ""), &["the file is empty"]),
        ((SPEC, "# only a comment"), &["the file is empty"]),
        ((SPEC, "- a list"), &["the top level must be a mapping"]),
        (("openapi: 3.0.3", "swagger: '2.0'"), &["is Swagger 2.0"]),
        (("openapi: 3.0.3", "openapi: 3.1.0"), &["openapi is `3.1.0`"]),
        (("openapi: 3.0.3", "x: y"), &["openapi is missing"]),
        (("'https://api.example.com/v2'", "/v2"), &["servers", "`/v2` is relative"]),
        (("'https://api.example.com/v2'", "'https://{region}.example.com'"), &["servers", "has variables"]),
        (("'https://api.example.com/v2'", "'http://example.com'"), &["servers", "must begin with https://"]),
        (("          description: Sent.\n", ""), &["response 201", "description is missing"]),
        (("      description: An error.\n", ""), &["description is missing"]),
        // Names.
        (
            ("operationId: FetchVerification", "operationId: create_verification"),
            &["`CreateVerification` and `create_verification` are both `create_verification`"],
        ),
        (
            ("operationId: FetchVerification", "operationId: New"),
            &["GET /services/{ServiceSid}/verifications/{Sid} (New)", "collides"],
        ),
        (("operationId: FetchVerification", "operationId: exec"), &["(exec)", "collides"]),
        (
            ("{name: verbose, in: query, schema", "{name: service_sid, in: query, schema"),
            &["(FetchVerification)", "parameters `service_sid` and `ServiceSid` are both `service_sid`"],
        ),
        (
            ("name: verbose, in: query, schema", "name: Body, in: query, schema"),
            &["(FetchVerification)", "`Body` collides"],
        ),
        (
            ("        detail:", "        Detail: {type: string}\n        detail:"),
            &["/components/schemas/Problem", "properties `Detail` and `detail` are both `detail`"],
        ),
        (
            (
                "    Problem:\n      type: object",
                "    problem: {type: object}\n    Problem:\n      type: object",
            ),
            &["/components/schemas", "`Problem` and `problem` are both `Problem`"],
        ),
        (
            (
                "    Problem:\n      type: object",
                "    RoundTripOwner: {type: object}\n    Problem:\n      type: object",
            ),
            &["/components/schemas/RoundTrip/properties/owner", "`RoundTripOwner`"],
        ),
        // Enums.
        (
            ("[pending, approved]", "[pending, unlisted]"),
            &[
                "/components/schemas/verify.v2.verification/properties/status",
                "`unlisted` collides with `Unlisted`",
            ],
        ),
        (
            ("[pending, approved]", "[pending, Pending]"),
            &["properties/status", "`pending` and `Pending` are both `Pending`"],
        ),
        (
            ("[pending, approved]", "[pending, null]"),
            &["properties/status", "a nullable enum is not supported"],
        ),
        (
            ("enum: [pending, approved]", "nullable: true\n          enum: [pending, approved]"),
            &["properties/status", "a nullable enum"],
        ),
        (("[pending, approved]", "[1, 2]"), &["properties/status", "values that are no strings"]),
        (
            (
                "type: string\n          description: How far it is.\n          enum: [pending, approved]",
                "type: integer\n          enum: [1, 2]",
            ),
            &["properties/status", "an enum of integer is not supported"],
        ),
        // Schemas.
        (
            (
                "    ServiceSid: {",
                "    Loop: {allOf: [{$ref: '#/components/schemas/Loop'}]}\n    ServiceSid: {",
            ),
            &["/components/schemas/Loop", "Loop → Loop"],
        ),
        (
            (
                "    ServiceSid: {",
                "    A: {allOf: [{$ref: '#/components/schemas/B'}]}\n    B: {oneOf: [{$ref: '#/components/schemas/A'}]}\n    ServiceSid: {",
            ),
            &["/components/schemas/A", "A → B → A"],
        ),
        (
            ("    ServiceSid: {", "    Odd: {not: {type: string}}\n    ServiceSid: {"),
            &["/components/schemas/Odd", "`not` is not supported"],
        ),
        (
            ("detail: {type: string}", "detail: {type: text}"),
            &["/components/schemas/Problem/properties/detail", "`text` is none of"],
        ),
        (
            ("detail: {type: string}", "detail: {type: [string]}"),
            &["/components/schemas/Problem/properties/detail", "OpenAPI 3.1"],
        ),
        (
            ("detail: {type: string}", "detail: {$ref: '#/components/schemas/Nothing'}"),
            &["/components/schemas/Problem/properties/detail", "points to nothing"],
        ),
        // Bodies, parameters and security.
        (
            ("        To: {type: string}", "        To: {type: object}"),
            &["/components/schemas/create_verification/properties/To", "a form holds strings"],
        ),
        (
            ("application/problem+json", "text/html"),
            &["/components/responses/Problem", "`text/html` is not supported"],
        ),
        (
            ("application/x-www-form-urlencoded; charset=utf-8", "multipart/form-data"),
            &["(CreateVerification): requestBody", "`multipart/form-data` is not supported"],
        ),
        (
            ("name: verbose, in: query, schema", "name: verbose, in: cookie, schema"),
            &["(FetchVerification)", "`cookie`"],
        ),
        (
            (
                "name: verbose, in: query, schema: {type: boolean}",
                "name: verbose, in: query, style: deepObject, schema: {type: string}",
            ),
            &["(FetchVerification)", "deepObject"],
        ),
        (
            (
                "name: verbose, in: query, schema: {type: boolean}",
                "name: verbose, in: query, schema: {type: array, items: {type: string}}",
            ),
            &["(FetchVerification)", "is a list or an object"],
        ),
        (
            ("scheme: basic", "scheme: digest"),
            &["/components/securitySchemes/basic", "`digest` is not supported"],
        ),
        (("[{basic: []}]", "[{other: []}]"), &["security", "`other`, which is no security scheme"]),
        (
            ("pattern: '^VA[0-9a-f]{32}$'", "pattern: '^(VA'"),
            &["/components/schemas/ServiceSid", "no regular expression"],
        ),
        (
            ("    ServiceSid: {", "    default: {type: object}\n    ServiceSid: {"),
            &["/components/schemas/default", "collides"],
        ),
        // What only the generator sees.
        (
            ("required: [To, Channel]", "required: To"),
            &["/components/schemas/create_verification: ", "not an OpenAPI"],
        ),
        (
            ("description: Whether to say more.", "description: [1]"),
            &["(ReplaceVerification)", "not an OpenAPI"],
        ),
    ];
    for ((from, to), words) in cases {
        assert!(SPEC.contains(from), "the spec does not hold {from:?}");
        let found = faults(&SPEC.replacen(from, to, 1));
        assert_eq!(found.len(), 1, "{to}: {found:#?}");
        assert!(found[0].starts_with("specs/equinix-metal.yaml: "), "{}", found[0]);
        for word in *words {
            assert!(found[0].contains(word), "{to}: {word:?} is not in {}", found[0]);
        }
    }
}

#[test]
fn all_faults_of_all_specs_are_listed_in_one_run_and_nothing_is_written() {
    let root = copy();
    let edits = [
        ("detail: {type: string}", "detail: {type: text}"),
        ("operationId: FetchVerification", "operationId: new"),
        ("[pending, approved]", "[pending, Unlisted]"),
        ("scheme: basic", "scheme: digest"),
    ];
    let spec = edits.iter().fold(SPEC.to_owned(), |text, (from, to)| text.replacen(from, to, 1));
    fs::write(root.path().join("specs/equinix-metal.yaml"), spec).unwrap();
    fs::write(root.path().join("specs/smscx.yaml"), "").unwrap();
    let agilicus = root.path().join(provider("agilicus").generated());
    fs::write(&agilicus, "old").unwrap();
    let error = write(root.path(), &all()).unwrap_err().to_string();
    assert_eq!(error.lines().count(), edits.len() + 1, "{error}");
    assert!(error.contains("specs/smscx.yaml: the file is empty"), "{error}");
    assert_eq!(fs::read_to_string(agilicus).unwrap(), "old");
}

#[test]
fn two_schemas_that_the_generator_fails_on_are_both_named() {
    let spec = SPEC.replace(
        "    ServiceSid: {",
        "    Odd1: {type: object, properties: 1}\n    odd.2: {type: object, properties: 1}\n    ServiceSid: {",
    );
    let found = faults(&spec);
    assert_eq!(found.len(), 2, "{found:#?}");
    assert!(found[0].contains("schemas/Odd1") && found[1].contains("schemas/odd.2"), "{found:#?}");
}
