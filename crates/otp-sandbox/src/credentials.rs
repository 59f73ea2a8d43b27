//! Credentials as they arrive, and as they may be written down.

use std::fmt::Write as _;

use data_encoding::BASE64;
use sha2::{Digest, Sha256};

use crate::Provider;
use crate::http::Request;

/// What a service accepts as a credential. It is made up and opens nothing else, so `Debug` shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Credential {
    /// The header that carries it, in lower case.
    pub header: &'static str,
    /// What stands before it in that header, `Bearer` for example.
    pub scheme: Option<&'static str>,
    /// One that works. Any other that is not empty works, too, unless it was rejected.
    pub value: String,
}

impl Credential {
    pub(crate) fn accepted_by(provider: Provider) -> Vec<Self> {
        let value = format!("sandbox-credential-for-{provider}");
        let one = |header, scheme| Self { header, scheme, value: value.clone() };
        match provider {
            Provider::Agilicus | Provider::DeutscheBank => vec![one("authorization", Some("Bearer"))],
            Provider::EquinixMetal => vec![one("x-auth-token", None)],
            Provider::Smscx => vec![one("x-api-key", None), one("authorization", Some("Bearer"))],
        }
    }
}

/// The token of `Authorization: Bearer`, if it is not empty.
pub(crate) fn bearer(request: &Request) -> Option<&str> {
    scheme(request.header("authorization")?, "bearer")
}

/// Id and secret of an OAuth client in `Authorization: Basic`, as they were sent: see `Context::accepts_client`.
pub(crate) fn basic(request: &Request) -> Option<(String, String)> {
    let text = decoded_basic(scheme(request.header("authorization")?, "basic")?)?;
    let (id, secret) = text.split_once(':')?;
    Some((id.to_owned(), secret.to_owned()))
}

/// In UTF-8, or else in Latin-1, which Python's HTTP clients use.
fn decoded_basic(encoded: &str) -> Option<String> {
    let bytes = BASE64.decode(encoded.as_bytes()).ok()?;
    Some(
        String::from_utf8(bytes)
            .unwrap_or_else(|error| error.as_bytes().iter().copied().map(char::from).collect()),
    )
}

fn scheme<'a>(header: &'a str, wanted: &str) -> Option<&'a str> {
    let (scheme, rest) = header.split_once(' ')?;
    let rest = rest.trim();
    (scheme.eq_ignore_ascii_case(wanted) && !rest.is_empty()).then_some(rest)
}

/// Short, the same for the same text, and of no use to anybody else.
pub(crate) fn fingerprint(secret: &str) -> String {
    let mut text = "sha256:".to_owned();
    for byte in &Sha256::digest(secret.as_bytes())[..4] {
        // Writing to a String does not fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// A header's value for the journal: what is secret in it becomes a fingerprint. Of a Basic credential that
/// is the decoded `name:password`.
pub(crate) fn redacted_header(name: &str, value: &str) -> String {
    match name {
        "authorization" | "proxy-authorization" => match value.split_once(' ') {
            Some((scheme, rest)) => {
                let secret = if scheme.eq_ignore_ascii_case("basic") { decoded_basic(rest) } else { None };
                format!("{scheme} {}", fingerprint(secret.as_deref().unwrap_or(rest)))
            }
            None => fingerprint(value),
        },
        "x-api-key" | "x-auth-token" | "cookie" => fingerprint(value),
        _ => value.to_owned(),
    }
}

/// A form field for the journal.
pub(crate) fn redacted_field(name: &str, value: &str) -> String {
    match name {
        "client_secret" | "refresh_token" | "assertion" | "password" => fingerprint(value),
        _ => value.to_owned(),
    }
}

#[cfg(test)]
mod tests {
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
}
