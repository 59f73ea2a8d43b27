//! What a provider's configuration says, for programs that show or check it.

#[cfg(feature = "_client")]
use otp_transport::ApiClient;

use super::provider::ProviderConfig;
use super::secret::SecretSource;
#[cfg(feature = "_client")]
use crate::providers::ClientProvider;
use crate::providers::*;

/// The parts that every provider's configuration has, and its secrets.
struct Parts<'a> {
    slug: &'static str,
    name: Option<&'a str>,
    base_url: Option<&'a str>,
    secrets: Vec<(&'static str, &'a SecretSource)>,
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
}

macro_rules! parts {
    ($($(#[$documentation:meta])* $slug:literal: $module:ident::$provider:ident, $config:ident;)+) => {
        impl ProviderConfig {
            fn parts(&self) -> Parts<'_> {
                match self {
                    $(
                        #[cfg(feature = $slug)]
                        Self::$provider(config) => Parts {
                            slug: $slug,
                            name: config.name.as_deref(),
                            base_url: config.base_url.as_deref().or(Some(base_url_of::<$provider>())),
                            secrets: config.secrets(),
                        },
                    )+
                    Self::Memory(config) => Parts {
                        slug: "memory",
                        name: config.name.as_deref(),
                        base_url: None,
                        secrets: Vec::new(),
                    },
                }
            }
        }
    };
}

client_providers!(parts);

/// The vendor's.
#[cfg(feature = "_client")]
fn base_url_of<P: ClientProvider>() -> &'static str {
    <P::Client as ApiClient>::BASE_URL
}
