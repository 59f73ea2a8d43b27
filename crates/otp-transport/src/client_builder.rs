//! Builder of generated clients.

use std::marker::PhantomData;

use reqwest::Url;

use crate::base_url::BaseUrl;
use crate::config_error::ConfigError;
use crate::credential::Credential;
use crate::session::Session;
use crate::transport::Transport;

/// A generated client: its base URL and its type of credential. Generated code implements it.
pub trait ApiClient: Sized {
    /// The default base URL.
    const BASE_URL: &'static str;
    /// Name and version of the crate.
    const USER_AGENT: &'static str;
    /// The credential that the service accepts.
    type Credential: IntoCredential;

    #[doc(hidden)]
    fn from_session(base_url: BaseUrl, client: reqwest::Client, session: Session) -> Self;
}

/// A provider's own credential type. Some request tokens from the client's host and need its [`Destination`].
pub trait IntoCredential {
    /// The credential as the transport uses it.
    ///
    /// # Errors
    ///
    /// If it cannot be used.
    fn into_credential(self, destination: &Destination) -> Result<Credential, ConfigError>;
}

/// Base URL and transport of a client.
#[derive(Clone, Debug)]
pub struct Destination {
    transport: Transport,
    base_url: BaseUrl,
}

impl Destination {
    /// The base URL, without a slash at the end.
    pub fn base_url(&self) -> &str {
        self.base_url.as_str()
    }

    /// A URL on the same host, with the path replaced.
    pub(crate) fn same_host(&self, path: &str) -> Url {
        self.base_url.same_host(path)
    }

    pub(crate) fn transport(&self) -> &Transport {
        &self.transport
    }

    pub(crate) fn client(&self) -> Result<reqwest::Client, ConfigError> {
        self.transport.client(self.base_url.is_loopback)
    }

    fn verify_client(&self) -> Result<Option<reqwest::Client>, ConfigError> {
        self.transport.verify_client(self.base_url.is_loopback)
    }
}

/// Sets up a client: credential, base URL, transport.
#[derive(Debug)]
#[must_use = "nothing is built before `build`"]
pub struct ClientBuilder<C: ApiClient> {
    credential: Option<C::Credential>,
    base_url: Option<String>,
    transport: Option<Transport>,
    allow_http: bool,
    service: PhantomData<C>,
}

impl<C: ApiClient> Default for ClientBuilder<C> {
    fn default() -> Self {
        Self { credential: None, base_url: None, transport: None, allow_http: false, service: PhantomData }
    }
}

impl<C: ApiClient> ClientBuilder<C> {
    #[doc(hidden)]
    pub fn new() -> Self {
        Self::default()
    }

    /// The credential. Required.
    pub fn credential(mut self, credential: impl Into<C::Credential>) -> Self {
        self.credential = Some(credential.into());
        self
    }

    /// Another base URL than the vendor's, such as a sandbox or a gateway. It must be https, or http to this machine.
    pub fn base_url(mut self, base_url: impl Into<String>) -> Self {
        self.base_url = Some(base_url.into());
        self
    }

    /// A transport that is shared with other clients. By default each client has its own.
    pub fn transport(mut self, transport: Transport) -> Self {
        self.transport = Some(transport);
        self
    }

    /// Allows a base URL with http to another machine. The network can then read credential and codes.
    pub fn allow_http(mut self) -> Self {
        self.allow_http = true;
        self
    }

    /// Builds the client. Nothing is sent.
    ///
    /// # Errors
    ///
    /// If the credential is missing or cannot be sent, if the base URL breaks a rule, or if TLS cannot
    /// be set up.
    pub fn build(self) -> Result<C, ConfigError> {
        let base_url = self.base_url.as_deref().unwrap_or(C::BASE_URL);
        let base_url = BaseUrl::parse("base_url", base_url, self.allow_http)?;
        let transport = self.transport.map_or_else(Transport::new, Ok)?;
        let destination = Destination { transport, base_url };
        let credential = self.credential.ok_or_else(|| ConfigError::new("credential", "is missing"))?;
        let credential = credential.into_credential(&destination)?;
        credential.check()?;
        let (client, verify_client) = (destination.client()?, destination.verify_client()?);
        let session = Session::new(destination.transport, credential, C::USER_AGENT, verify_client);
        Ok(C::from_session(destination.base_url, client, session))
    }
}
