//! Credentials that the services accept.

use crate::Provider;

/// A credential that a service accepts. It works in the sandbox only, so `Debug` shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Credential {
    /// The header that carries it, in lower case.
    pub header: &'static str,
    /// The authentication scheme before it in that header, `Bearer` for example.
    pub scheme: Option<&'static str>,
    /// The credential itself. Any other non-empty one works, too, unless it was rejected.
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
