//! What a provider's configuration says, for programs that show or check it.

#[cfg(feature = "_client")]
use otp_transport::ApiClient;

use super::provider::ProviderConfig;
use super::secret::SecretSource;
#[cfg(feature = "agilicus")]
use crate::providers::Agilicus;
#[cfg(feature = "_client")]
use crate::providers::ClientProvider;
#[cfg(feature = "deutsche-bank")]
use crate::providers::DeutscheBank;
#[cfg(feature = "equinix-metal")]
use crate::providers::EquinixMetal;
#[cfg(feature = "smscx")]
use crate::providers::Smscx;

/// The parts that every provider's configuration has, and its secrets.
struct Parts<'a> {
    slug: &'static str,
    name: Option<&'a str>,
    base_url: Option<&'a str>,
    secrets: Vec<(&'static str, &'a SecretSource)>,
}

#[cfg(feature = "_client")]
fn parts<'a, P: ClientProvider>(
    name: Option<&'a String>,
    base_url: Option<&'a String>,
    secrets: impl IntoIterator<Item = (&'static str, Option<&'a SecretSource>)>,
) -> Parts<'a> {
    let default = <P::Client as ApiClient>::BASE_URL;
    Parts {
        slug: P::SLUG,
        name: name.map(String::as_str),
        base_url: Some(base_url.map_or(default, String::as_str)),
        secrets: secrets.into_iter().filter_map(|(key, source)| Some((key, source?))).collect(),
    }
}

impl ProviderConfig {
    /// The slug that the key `provider` has.
    pub fn slug(&self) -> &'static str {
        self.parts().slug
    }

    /// The name of the instance, which is the slug unless it is set.
    pub fn instance_name(&self) -> &str {
        let parts = self.parts();
        parts.name.unwrap_or(parts.slug)
    }

    /// The base URL: that which is set, or the vendor's. `None` if nothing is sent anywhere.
    pub fn base_url(&self) -> Option<&str> {
        self.parts().base_url
    }

    /// The keys that hold secrets, with the sources of those that are set.
    pub fn secrets(&self) -> Vec<(&'static str, &SecretSource)> {
        self.parts().secrets
    }

    fn parts(&self) -> Parts<'_> {
        match self {
            #[cfg(feature = "agilicus")]
            Self::Agilicus(it) => {
                let secrets = [("bearer", Some(&it.bearer))];
                parts::<Agilicus>(it.name.as_ref(), it.base_url.as_ref(), secrets)
            }
            #[cfg(feature = "deutsche-bank")]
            Self::DeutscheBank(it) => {
                let secrets = [("bearer", Some(&it.bearer))];
                parts::<DeutscheBank>(it.name.as_ref(), it.base_url.as_ref(), secrets)
            }
            #[cfg(feature = "equinix-metal")]
            Self::EquinixMetal(it) => {
                let secrets = [("auth_token", Some(&it.auth_token))];
                parts::<EquinixMetal>(it.name.as_ref(), it.base_url.as_ref(), secrets)
            }
            #[cfg(feature = "smscx")]
            Self::Smscx(it) => {
                let secrets = [
                    ("api_key", it.api_key.as_ref()),
                    ("bearer", it.bearer.as_ref()),
                    ("client_secret", it.client_secret.as_ref()),
                ];
                parts::<Smscx>(it.name.as_ref(), it.base_url.as_ref(), secrets)
            }
            Self::Memory(it) => {
                Parts { slug: "memory", name: it.name.as_deref(), base_url: None, secrets: Vec::new() }
            }
        }
    }
}
