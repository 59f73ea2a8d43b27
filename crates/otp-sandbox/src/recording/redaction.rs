//! Redaction: the journal holds fingerprints instead of credentials.

use std::fmt::Write as _;

use percent_encoding::percent_decode_str;
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
        "cookie" => fingerprint(value),
        _ => redacted_value(name, value),
    }
}

/// The value of a header or of a query's field for the journal, with a fingerprint in place of a secret.
pub(super) fn redacted_value(name: &str, value: &str) -> String {
    if is_secret(name) { fingerprint(value) } else { value.to_owned() }
}

/// JSON or the fields of a form for the journal, with fingerprints in place of secrets.
pub(super) fn redacted(mut json: Value) -> Value {
    redact(&mut json);
    json
}

/// A body of another kind for the journal. Where a secret in it begins and ends is not known, so that all of it
/// becomes a fingerprint if it names one.
pub(super) fn redacted_text(body: &str) -> String {
    let plain = plain(&percent_decode_str(body).decode_utf8_lossy());
    if SECRETS.iter().any(|secret| plain.contains(secret)) { fingerprint(body) } else { body.to_owned() }
}

/// The body of a response for the journal: JSON with fingerprints in place of tokens, or a string of bounded length.
pub(crate) fn response_body(body: &str) -> Option<Value> {
    if body.is_empty() {
        return None;
    }
    if let Ok(json) = serde_json::from_str(body) {
        return Some(redacted(json));
    }
    Some(body.chars().take(MAX_BODY_CHARS).collect::<String>().into())
}

fn redact(json: &mut Value) {
    match json {
        Value::Array(items) => items.iter_mut().for_each(redact),
        Value::Object(fields) => {
            for (name, value) in fields {
                if is_secret(name) { redact_all(value) } else { redact(value) }
            }
        }
        _ => {}
    }
}

/// Replaces each string and number, however deep it is.
fn redact_all(json: &mut Value) {
    match json {
        Value::Array(items) => items.iter_mut().for_each(redact_all),
        Value::Object(fields) => fields.values_mut().for_each(redact_all),
        Value::String(secret) => *secret = fingerprint(secret),
        Value::Number(number) => *json = fingerprint(&number.to_string()).into(),
        Value::Null | Value::Bool(_) => {}
    }
}

/// How the names of secrets end, in the form that [`plain`] returns.
const SECRETS: [&str; 5] = ["apikey", "assertion", "password", "secret", "token"];

fn is_secret(name: &str) -> bool {
    let plain = plain(name);
    SECRETS.iter().any(|secret| plain.ends_with(secret))
}

/// Letters and digits in lower case: `client_secret`, `Client-Secret` and `clientSecret` are one name.
fn plain(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
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
            ("api-key", "abc", fingerprint("abc")),
            ("accept", "abc", "abc".to_owned()),
        ] {
            assert_eq!(redacted_header(name, value), shown);
        }
        assert_eq!(fingerprint("abc"), "sha256:ba7816bf");
    }

    #[test]
    fn the_journal_shows_no_secret_of_a_form() {
        let shown = json!([fingerprint("abc"), fingerprint("def")]);
        assert_eq!(redacted(json!({ "client_secret": "abc" }))["client_secret"], fingerprint("abc"));
        assert_eq!(redacted(json!({ "client_secret": ["abc", "def"] }))["client_secret"], shown);
        assert_eq!(redacted(json!({ "scope": "abc" }))["scope"], "abc");
    }
}
