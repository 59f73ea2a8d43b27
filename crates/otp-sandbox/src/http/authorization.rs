//! Reads the `Authorization` header: Bearer tokens and Basic credentials.

use data_encoding::BASE64;

use super::Request;

/// The token of `Authorization: Bearer`, if it is not empty.
pub(crate) fn bearer(request: &Request) -> Option<&str> {
    credential(request.header("authorization")?, "bearer")
}

/// Id and secret of an OAuth client in `Authorization: Basic`, without the form decoding of RFC 6749.
pub(crate) fn basic(request: &Request) -> Option<(String, String)> {
    let pair = decode_basic(credential(request.header("authorization")?, "basic")?)?;
    let (id, secret) = pair.split_once(':')?;
    Some((id.to_owned(), secret.to_owned()))
}

/// Decodes the `name:password` of a Basic credential.
pub(crate) fn decode_basic(encoded: &str) -> Option<String> {
    let bytes = BASE64.decode(encoded.as_bytes()).ok()?;
    // What is not UTF-8 is read as Latin-1, which Python's HTTP clients send.
    Some(
        String::from_utf8(bytes)
            .unwrap_or_else(|error| error.as_bytes().iter().copied().map(char::from).collect()),
    )
}

fn credential<'a>(header: &'a str, expected_scheme: &str) -> Option<&'a str> {
    let (scheme, credential) = header.split_once(' ')?;
    let credential = credential.trim();
    (scheme.eq_ignore_ascii_case(expected_scheme) && !credential.is_empty()).then_some(credential)
}
