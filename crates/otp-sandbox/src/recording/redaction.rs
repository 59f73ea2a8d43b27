//! Redaction: the journal holds fingerprints instead of credentials.

use std::fmt::Write as _;

use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::http::decode_basic;

/// Longer strings are cut.
const MAX_BODY_CHARS: usize = 10_000;

/// A short hash: equal secrets have equal fingerprints, and a fingerprint does not reveal the secret.
pub(crate) fn fingerprint(secret: &str) -> String {
    let mut fingerprint = "sha256:".to_owned();
    for byte in &Sha256::digest(secret.as_bytes())[..4] {
        // Writing to a String does not fail.
        let _ = write!(fingerprint, "{byte:02x}");
    }
    fingerprint
}

/// A header's value for the journal, with a fingerprint in place of a credential.
pub(super) fn redacted_header(name: &str, value: &str) -> String {
    match name {
        "authorization" | "proxy-authorization" => match value.split_once(' ') {
            Some((scheme, credential)) => {
                // Fingerprint what a person knows, `name:password`, and not its Base64 form.
                let secret =
                    if scheme.eq_ignore_ascii_case("basic") { decode_basic(credential) } else { None };
                format!("{scheme} {}", fingerprint(secret.as_deref().unwrap_or(credential)))
            }
            None => fingerprint(value),
        },
        "x-api-key" | "x-auth-token" | "cookie" => fingerprint(value),
        _ => value.to_owned(),
    }
}

/// A form field's value for the journal, with a fingerprint in place of a secret.
pub(super) fn redacted_field(name: &str, value: &Value) -> Value {
    match (name, value) {
        (_, Value::Array(values)) => values.iter().map(|value| redacted_field(name, value)).collect(),
        (name, Value::String(secret)) if is_secret(name) => fingerprint(secret).into(),
        _ => value.clone(),
    }
}

/// The body of a response for the journal: JSON with fingerprints in place of tokens, or a string of bounded length.
pub(crate) fn response_body(body: &str) -> Option<Value> {
    if body.is_empty() {
        return None;
    }
    if let Ok(mut json) = serde_json::from_str(body) {
        redact(&mut json);
        return Some(json);
    }
    Some(body.chars().take(MAX_BODY_CHARS).collect::<String>().into())
}

fn redact(json: &mut Value) {
    match json {
        Value::Array(items) => items.iter_mut().for_each(redact),
        Value::Object(fields) => {
            for (name, value) in fields {
                match value {
                    Value::String(secret) if is_secret(name) => *secret = fingerprint(secret),
                    other => redact(other),
                }
            }
        }
        _ => {}
    }
}

fn is_secret(name: &str) -> bool {
    ["access_token", "assertion", "client_secret", "id_token", "password", "refresh_token"].contains(&name)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_journal_shows_no_credential() {
        for (name, value, shown) in [
            ("authorization", "Bearer abc", format!("Bearer {}", fingerprint("abc"))),
            ("authorization", "Basic aWQ6c2VjcmV0", format!("Basic {}", fingerprint("id:secret"))),
            ("authorization", "abc", fingerprint("abc")),
            ("x-api-key", "abc", fingerprint("abc")),
            ("x-auth-token", "abc", fingerprint("abc")),
            ("accept", "abc", "abc".to_owned()),
        ] {
            assert_eq!(redacted_header(name, value), shown);
        }
        assert_eq!(fingerprint("abc"), "sha256:ba7816bf");
    }

    #[test]
    fn the_journal_shows_no_secret_of_a_form() {
        let shown = json!([fingerprint("abc"), fingerprint("def")]);
        assert_eq!(redacted_field("client_secret", &json!("abc")), fingerprint("abc"));
        assert_eq!(redacted_field("client_secret", &json!(["abc", "def"])), shown);
        assert_eq!(redacted_field("scope", &json!("abc")), "abc");
    }
}
