//! What a service gets beside the request itself.

use std::collections::HashSet;

use percent_encoding::percent_decode_str;

use super::rate_limit::Quota;
use crate::clock::Time;
use crate::http::{Request, basic};
use crate::recording::Message;

/// The circumstances of one request.
#[derive(Debug)]
pub(crate) struct Context<'a> {
    pub(crate) now: Time,
    pub(crate) quota: Quota,
    /// Scheme and authority of this server.
    pub(crate) origin: &'a str,
    pub(crate) rejected: &'a HashSet<String>,
    /// Messages that the service sends because of this request.
    pub(crate) outbox: Vec<Message>,
}

impl Context<'_> {
    pub(crate) fn accepts(&self, credential: &str) -> bool {
        !credential.is_empty() && !self.rejected.contains(credential)
    }

    /// Accepts the name and password of an API that takes HTTP Basic. Each of them, or `name:password`, may be rejected.
    pub(crate) fn accepts_basic(&self, request: &Request) -> bool {
        basic(request).is_some_and(|(name, password)| {
            self.accepts(&name) && self.accepts(&password) && self.accepts(&format!("{name}:{password}"))
        })
    }

    /// Accepts a client's id or secret at a token endpoint.
    pub(crate) fn accepts_client(&self, credential: &str) -> bool {
        // RFC 6749, section 2.3.1, wants it form-encoded. Many clients send it unencoded.
        let spaced = credential.replace('+', " ");
        self.accepts(credential) && self.accepts(&percent_decode_str(&spaced).decode_utf8_lossy())
    }
}

/// How a challenge ends without a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Approved,
    Declined,
    Undelivered,
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use data_encoding::BASE64;
    use hyper::{HeaderMap, Method, Uri};

    use super::*;
    use crate::services::RateLimit;

    #[test]
    fn name_password_or_both_can_be_rejected() {
        let (now, rejected) = (Time(0), ["a", "b:c"].map(str::to_owned).into());
        let (quota, outbox) = (RateLimit::new(None).count(now), Vec::new());
        let context = Context { now, quota, origin: "", rejected: &rejected, outbox };
        for (credential, is_accepted) in [
            ("x:y", true),
            ("a:y", false),
            ("x:a", false),
            ("b:c", false),
            ("b:d", true),
            (":y", false),
            ("x:", false),
        ] {
            let value = format!("Basic {}", BASE64.encode(credential.as_bytes()));
            let headers = HeaderMap::from_iter([("authorization".parse().unwrap(), value.parse().unwrap())]);
            let request = Request::new(&Method::GET, &Uri::from_static("/"), headers, Bytes::new());
            assert_eq!(context.accepts_basic(&request), is_accepted, "{credential}");
        }
    }
}
