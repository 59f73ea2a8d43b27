//! How a provider over a generated client is set up.

use otp_transport::{ApiClient, ClientBuilder, ConfigError, Transport};

use crate::name::check_name;

/// A provider over a client. Sealed: the facade's own.
pub trait ClientProvider: Sized {
    #[doc(hidden)]
    type Client: ApiClient;
    /// What it needs beside a client.
    #[doc(hidden)]
    type Settings: Default;
    #[doc(hidden)]
    const SLUG: &'static str;
    #[doc(hidden)]
    fn from_client(name: String, client: Self::Client, settings: Self::Settings)
    -> Result<Self, ConfigError>;
}

/// Sets up a provider: a credential, and at will a name, another base URL, a shared transport.
///
/// ```
/// use otp_facade::{OtpProvider, Smscx};
///
/// let provider = Smscx::builder().api_key("key").name("smscx-eu").build()?;
/// assert_eq!(provider.name(), "smscx-eu");
/// # Ok::<(), otp_facade::ConfigError>(())
/// ```
#[must_use = "nothing is built before `build`"]
pub struct ProviderBuilder<P: ClientProvider> {
    pub(super) client: ClientBuilder<P::Client>,
    pub(super) settings: P::Settings,
    name: String,
}

impl<P: ClientProvider> ProviderBuilder<P> {
    pub(super) fn new() -> Self {
        Self { client: ClientBuilder::new(), settings: P::Settings::default(), name: P::SLUG.to_owned() }
    }

    pub(super) fn credential(mut self, credential: <P::Client as ApiClient>::Credential) -> Self {
        self.client = self.client.credential(credential);
        self
    }

    /// A name of this instance, where there are several of one provider. It becomes part of the challenges' ids:
    /// change it, and the open challenges are nobody's.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// Another place than the vendor's: a sandbox, a gateway. It must be https, or http to this machine.
    pub fn base_url(mut self, base_url: impl Into<String>) -> Self {
        self.client = self.client.base_url(base_url);
        self
    }

    /// A transport to share with other providers. By default each has one of its own.
    pub fn transport(mut self, transport: Transport) -> Self {
        self.client = self.client.transport(transport);
        self
    }

    /// Allows a base URL with http to another machine. The network can then read credential and codes.
    pub fn allow_http(mut self) -> Self {
        self.client = self.client.allow_http();
        self
    }

    /// Builds the provider. Nothing is sent.
    ///
    /// # Errors
    ///
    /// If the credential is missing or cannot be sent, the name, the base URL or a setting breaks a rule, or TLS cannot be set up.
    pub fn build(self) -> Result<P, ConfigError> {
        check_name(&self.name)?;
        P::from_client(self.name, self.client.build()?, self.settings)
    }
}

impl<P: ClientProvider> std::fmt::Debug for ProviderBuilder<P> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("ProviderBuilder")
            .field("provider", &P::SLUG)
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}
