//! Faults of security schemes: a client sends one credential in one header.

use serde_json::Value;

use super::Faults;
use crate::spec::{entries, operations, resolve};

pub(super) fn check(faults: &mut Faults, document: &Value) {
    check_requirements(faults, document, "security", &document["security"]);
    for operation in operations(document) {
        if let Some(requirements) = operation.node.get("security") {
            check_requirements(faults, document, &operation.label(), requirements);
        }
    }
}

fn check_requirements(faults: &mut Faults, document: &Value, place: &str, requirements: &Value) {
    for requirement in requirements.as_array().into_iter().flatten() {
        let names: Vec<_> = entries(requirement).map(|(name, _)| name.as_str()).collect();
        if names.len() > 1 {
            let names = names.join("` and `");
            faults.add(place, format!("needs `{names}` together; a client sends one credential"));
        }
        for name in names {
            match document["components"]["securitySchemes"].get(name) {
                None => faults.add(place, format!("security names `{name}`, which is no security scheme")),
                Some(scheme) => check_scheme(faults, document, name, scheme),
            }
        }
    }
}

fn check_scheme(faults: &mut Faults, document: &Value, name: &str, scheme: &Value) {
    let Ok(scheme) = resolve(document, scheme) else { return };
    let text = |key: &str| scheme[key].as_str().unwrap_or_default();
    let scheme_name = text("scheme").to_ascii_lowercase();
    let reason = match text("type") {
        "oauth2" | "openIdConnect" => return,
        "http" if ["basic", "bearer"].contains(&scheme_name.as_str()) => return,
        "apiKey" if text("in") == "header" => return,
        "http" => format!("the HTTP scheme `{scheme_name}` is not supported; basic and bearer are"),
        "apiKey" => format!("an API key in `{}` is not supported; one in a header is", text("in")),
        other => format!("type `{other}` is none of apiKey, http, oauth2, openIdConnect"),
    };
    faults.add(&format!("/components/securitySchemes/{name}"), reason);
}
