//! Credentials that the services accept.

use data_encoding::BASE64;

use crate::Provider;
use crate::services::Authentication;

/// A credential that a service accepts. It works in the sandbox only, so `Debug` shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Credential {
    /// The header that carries it, in lower case.
    pub header: &'static str,
    /// The authentication scheme before it in that header, `Bearer` for example.
    pub scheme: Option<&'static str>,
    /// The credential itself, `name:password` for the scheme `Basic`. Any other non-empty one works, too, unless it was
    /// rejected.
    pub value: String,
}

impl Credential {
    pub(crate) fn accepted_by(provider: Provider) -> Vec<Self> {
        provider.authentication().iter().map(|way| Self::new(*way, secret_for(provider))).collect()
    }

    fn new(way: Authentication, secret: String) -> Self {
        let (header, scheme, value) = match way {
            Authentication::ApiKey(header) => (header, None, secret),
            Authentication::Bearer => ("authorization", Some("Bearer"), secret),
            Authentication::Basic(name) => ("authorization", Some("Basic"), format!("{name}:{secret}")),
        };
        Self { header, scheme, value }
    }

    /// The value of the header: the scheme, if there is one, and the credential, in Base64 for the scheme `Basic`.
    #[must_use]
    pub fn header_value(&self) -> String {
        match self.scheme {
            None => self.value.clone(),
            Some("Basic") => format!("Basic {}", BASE64.encode(self.value.as_bytes())),
            Some(scheme) => format!("{scheme} {}", self.value),
        }
    }
}

/// A made-up secret, which the service accepts.
pub(crate) fn secret_for(provider: Provider) -> String {
    format!("sandbox-credential-for-{provider}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_value_of_the_header_has_the_scheme() {
        for (way, value) in [
            (Authentication::ApiKey("x-api-key"), "key"),
            (Authentication::Bearer, "Bearer key"),
            (Authentication::Basic("name"), "Basic bmFtZTprZXk="),
        ] {
            assert_eq!(Credential::new(way, "key".to_owned()).header_value(), value);
        }
    }
}
