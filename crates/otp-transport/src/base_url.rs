//! Where a service is.

use std::net::IpAddr;

use reqwest::Url;

use crate::config::ConfigError;

/// A base URL to which credentials may be sent: https, or http to this machine, or http where it was explicitly
/// allowed. Without a slash at the end.
#[derive(Clone, Debug)]
pub(crate) struct BaseUrl {
    pub(crate) text: String,
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
        Ok(Self { text: url.as_str().trim_end_matches('/').to_owned(), is_loopback })
    }
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
                Ok(expected) => assert_eq!(parsed.unwrap().text, expected),
                Err(rule) => {
                    let error = parsed.unwrap_err().to_string();
                    assert!(error.starts_with("base_url ") && error.contains(rule), "{text}: {error}");
                }
            }
        }
        assert!(BaseUrl::parse("base_url", "http://api.sms.cx", true).is_ok());
    }
}
