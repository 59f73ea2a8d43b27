//! Base URLs, and the URLs of paths below them.

use std::fmt::{self, Write as _};
use std::net::IpAddr;

use reqwest::Url;
use secrecy::zeroize::Zeroizing;

use crate::config_error::ConfigError;

/// A base URL to which credentials may be sent: https, or http to this machine, or http where it was explicitly
/// allowed.
#[doc(hidden)]
#[derive(Clone)]
pub struct BaseUrl {
    url: Url,
    /// Length of the string without a slash at the end.
    end: usize,
    pub(crate) is_loopback: bool,
}

impl BaseUrl {
    pub(crate) fn parse(setting: &'static str, text: &str, allow_http: bool) -> Result<Self, ConfigError> {
        let refuse = |rule: &str| ConfigError::new(setting, rule);
        let url = Url::parse(text)
            .map_err(|_| refuse("must be an absolute URL such as https://api.example.com/v1"))?;
        let host = url.host_str().ok_or_else(|| refuse("must have a host"))?;
        let is_loopback = is_loopback(host);
        match url.scheme() {
            "https" => {}
            "http" if is_loopback || allow_http => {}
            "http" => return Err(refuse("must be https, because http shows the credential to the network")),
            _ => return Err(refuse("must be https")),
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(refuse("must not hold a user name or password: give the credential to the client"));
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(refuse("must not have a query or a fragment"));
        }
        let end = url.as_str().trim_end_matches('/').len();
        Ok(Self { url, end, is_loopback })
    }

    /// Without a slash at the end.
    pub fn as_str(&self) -> &str {
        &self.url.as_str()[..self.end]
    }

    /// The URL of a path below it. Scheme and host are not parsed again: that would take longer than the rest of
    /// building the request.
    pub fn join(&self, path: fmt::Arguments<'_>) -> Url {
        let mut url = self.url.clone();
        let mut whole = WipedText::new();
        // Only a `Display` that fails makes this fail; the generated code has none but strings.
        let _ = whole.write_str(url.path().trim_end_matches('/')).and_then(|()| whole.write_fmt(path));
        url.set_path(&whole.0);
        url
    }

    /// A URL on the same host, with the path replaced.
    pub(crate) fn same_host(&self, path: &str) -> Url {
        let mut url = self.url.clone();
        url.set_path(path);
        url
    }
}

/// A path that may hold a code: wiped on drop, and where it outgrows its memory.
struct WipedText(Zeroizing<String>);

impl WipedText {
    /// Longer paths than this are rare.
    const CAPACITY: usize = 128;

    fn new() -> Self {
        Self(String::with_capacity(Self::CAPACITY).into())
    }
}

impl fmt::Write for WipedText {
    fn write_str(&mut self, part: &str) -> fmt::Result {
        let length = self.0.len() + part.len();
        if length > self.0.capacity() {
            // A `String` that grows by itself leaves its old memory as it was.
            let mut larger = Zeroizing::new(String::with_capacity(2 * length));
            larger.push_str(&self.0);
            self.0 = larger;
        }
        self.0.push_str(part);
        Ok(())
    }
}

impl fmt::Debug for BaseUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), formatter)
    }
}

/// Whether this is a URL of this machine.
#[doc(hidden)]
pub fn is_loopback_url(text: &str) -> bool {
    Url::parse(text).is_ok_and(|url| url.host_str().is_some_and(is_loopback))
}

/// `localhost` is loopback by RFC 6761, wherever a resolver may send it; so are names below it.
fn is_loopback(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost"
        || host.ends_with(".localhost")
        || address.parse::<IpAddr>().is_ok_and(|address| address.to_canonical().is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_urls_that_keep_a_credential_secret_are_taken() {
        let cases = [
            ("https://api.sms.cx", Ok("https://api.sms.cx")),
            ("https://api.example.com:443/gw/v2/", Ok("https://api.example.com/gw/v2")),
            ("http://127.0.0.1:8080/", Ok("http://127.0.0.1:8080")),
            ("http://[::1]:8080", Ok("http://[::1]:8080")),
            ("http://localhost/metal/v1", Ok("http://localhost/metal/v1")),
            ("http://api.sms.cx", Err("must be https")),
            ("http://localhost.example.com", Err("must be https")),
            ("http://127.0.0.1.example.com", Err("must be https")),
            ("ftp://127.0.0.1", Err("must be https")),
            ("api.sms.cx", Err("absolute URL")),
            ("", Err("absolute URL")),
            ("https://user:pass@api.sms.cx", Err("user name or password")),
            ("https://api.sms.cx?key=1", Err("query")),
        ];
        for (text, expected) in cases {
            let parsed = BaseUrl::parse("base_url", text, false);
            match expected {
                Ok(expected) => assert_eq!(parsed.unwrap().as_str(), expected),
                Err(rule) => {
                    let error = parsed.unwrap_err().to_string();
                    assert!(error.starts_with("base_url ") && error.contains(rule), "{text}: {error}");
                }
            }
        }
        assert!(BaseUrl::parse("base_url", "http://api.sms.cx", true).is_ok());
    }

    /// Longer than what a path has room for at first.
    const LONG: &str = concat!(
        "/0123456789012345678901234567890123456789012345678901234567890123456789",
        "/0123456789012345678901234567890123456789012345678901234567890123456789"
    );
    const LONG_URL: &str = concat!(
        "https://h/0123456789012345678901234567890123456789012345678901234567890123456789",
        "/0123456789012345678901234567890123456789012345678901234567890123456789"
    );

    #[test]
    fn paths_are_put_below_the_base_and_beside_it() {
        let cases = [
            ("https://api.sms.cx", "/otp", "https://api.sms.cx/otp", "https://api.sms.cx/otp"),
            (
                "https://h:8443/gw/v2/",
                "/otp/a%2Fb",
                "https://h:8443/gw/v2/otp/a%2Fb",
                "https://h:8443/otp/a%2Fb",
            ),
            ("https://h", LONG, LONG_URL, LONG_URL),
            ("http://[::1]:80/gw//", "/otp/%3Fq", "http://[::1]/gw/otp/%3Fq", "http://[::1]/otp/%3Fq"),
        ];
        for (base, path, below, beside) in cases {
            let base = BaseUrl::parse("base_url", base, false).unwrap();
            assert_eq!(base.join(format_args!("{path}")).as_str(), below);
            assert_eq!(base.same_host(path).as_str(), beside);
        }
    }
}
