//! A spec with forms, HTTP Basic, problem details, parameters of a path, and inline schemas in responses.

use std::fs;

use super::{copy, provider};
use crate::codegen::write;

const SPEC: &str = include_str!("form.yaml");

/// The code that is generated from a spec, without its line breaks and indentation.
fn generated(spec: &str) -> String {
    let root = copy();
    fs::write(root.path().join(provider("equinix-metal").spec()), spec).unwrap();
    write(root.path(), &[provider("equinix-metal")]).unwrap();
    let text = fs::read_to_string(root.path().join(provider("equinix-metal").generated())).unwrap();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn every_construct_becomes_the_code_that_handles_it() {
    let text = generated(SPEC);
    let cases = [
        ("a form body", ".form_urlencoded(&body)?"),
        ("its trait", "RequestBuilderExt"),
        ("a problem as the typed error", "Error<types::Problem>"),
        ("a named schema of a path's parameter keeps its rule", "must match ^VA[0-9a-f]{32}$"),
        ("and its check", "\"^VA[0-9a-f]{32}$\""),
        ("a parameter that an operation overrides", "sid must be a UUID such as"),
        ("and the one that it does not", "pub sid: ::std::option::Option<::std::string::String>"),
        ("an inline enum", "pub enum VerifyV2VerificationStatus {"),
        ("an inline object", "pub struct VerifyV2VerificationLookup {"),
        ("what it requires may be absent", "pub carrier: ::std::option::Option<::std::string::String>"),
        ("a nested inline enum", "pub enum VerifyV2VerificationLookupKind {"),
        ("an inline enum in a list", "pub enum VerifyV2VerificationAttemptsItemChannel {"),
        ("an inline object that is sent and received", "TryFrom<RoundTripOwnerOutput> for RoundTripOwner {"),
        ("an optional argument with a description", "- `verbose` (optional): Whether to say more."),
        ("an enum of integers in a request", "pub digits: ::std::option::Option<i64>"),
        ("and its values", "How long. One of 4, 6."),
        ("a secret with a length", "f.write_str(\"Pin(…)\")"),
        ("a title is no name", "pub struct VerifyV2Verification {"),
    ];
    for (what, code) in cases {
        assert!(text.contains(code), "{what}: {code:?} is not in the generated code");
    }
    // Those of responses, and the one that is sent and received.
    assert_eq!(
        text.matches("Unlisted( ::std::string::String, )").count()
            + text.matches("Unlisted(::std::string::String)").count(),
        4
    );
}

#[test]
fn without_forms_the_import_for_them_is_left_out() {
    let text =
        generated(&SPEC.replace("application/x-www-form-urlencoded; charset=utf-8", "application/json"));
    assert!(!text.contains("RequestBuilderExt") && !text.contains("form_urlencoded"));
}
