//! Connection pools and their limits.

use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use reqwest::redirect::Policy;

use crate::config_error::ConfigError;
use crate::http2;

/// The HTTP client under every client of this family: timeouts, TLS, proxies, limits, and a connection pool.
///
/// Cheap to clone; clones share the pool. Build one per application and give it to every client, especially if each
/// user has a client with their own token.
///
/// However it is built, it follows no redirect, repeats nothing by itself, logs no bytes, and uses no proxy for
/// this machine.
#[derive(Clone)]
pub struct Transport {
    shared: Arc<Shared>,
}

struct Shared {
    settings: TransportBuilder,
    remote: Pools,
    loopback: Pools,
}

/// Connections to the hosts of the network, or to this machine. Each pool is built on first use, because setting up TLS
/// takes longer than a call.
#[derive(Default)]
struct Pools {
    all: OnceLock<reqwest::Client>,
    /// Only for verify operations, with [`TransportBuilder::http1_connection_per_verify`].
    verify: OnceLock<reqwest::Client>,
}

impl Transport {
    /// A transport with the default settings.
    ///
    /// # Errors
    ///
    /// None today; see [`TransportBuilder::build`].
    pub fn new() -> Result<Self, ConfigError> {
        Self::builder().build()
    }

    /// Sets up a transport.
    pub fn builder() -> TransportBuilder {
        TransportBuilder::default()
    }

    pub(crate) fn max_response_bytes(&self) -> usize {
        self.shared.settings.max_response_bytes
    }

    pub(crate) fn client(&self, is_loopback: bool) -> Result<reqwest::Client, ConfigError> {
        self.of_pool(&self.pools(is_loopback).all, is_loopback)
    }

    /// None if verify operations share the connections of all.
    pub(crate) fn verify_client(&self, is_loopback: bool) -> Result<Option<reqwest::Client>, ConfigError> {
        let is_separate = self.shared.settings.http1_connection_per_verify;
        is_separate.then(|| self.of_pool(&self.pools(is_loopback).verify, is_loopback)).transpose()
    }

    fn pools(&self, is_loopback: bool) -> &Pools {
        if is_loopback { &self.shared.loopback } else { &self.shared.remote }
    }

    fn of_pool(
        &self,
        pool: &OnceLock<reqwest::Client>,
        is_loopback: bool,
    ) -> Result<reqwest::Client, ConfigError> {
        if let Some(client) = pool.get() {
            return Ok(client.clone());
        }
        let client = self.shared.settings.client(is_loopback)?;
        Ok(pool.get_or_init(|| client).clone())
    }
}

impl fmt::Debug for Transport {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let settings = &self.shared.settings;
        let mut fields = formatter.debug_struct("Transport");
        fields.field("connect_timeout", &settings.connect_timeout).field("timeout", &settings.timeout);
        fields.field("max_response_bytes", &settings.max_response_bytes);
        fields.field("http1_only", &settings.http1_only);
        fields.field("http1_connection_per_verify", &settings.http1_connection_per_verify);
        fields.finish_non_exhaustive()
    }
}

/// Settings of a [`Transport`].
#[derive(Clone)]
#[must_use = "nothing is built before `build`"]
pub struct TransportBuilder {
    connect_timeout: Duration,
    timeout: Duration,
    idle_timeout: Duration,
    max_response_bytes: usize,
    http1_only: bool,
    http1_connection_per_verify: bool,
    start: Arc<dyn Fn() -> reqwest::ClientBuilder + Send + Sync>,
}

impl Default for TransportBuilder {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(3),
            timeout: Duration::from_secs(15),
            idle_timeout: Duration::from_secs(20),
            max_response_bytes: 1024 * 1024,
            http1_only: false,
            http1_connection_per_verify: false,
            start: Arc::new(reqwest::ClientBuilder::new),
        }
    }
}

impl TransportBuilder {
    /// Limit for connecting, name resolution and TLS included. 3 seconds by default. Must be
    /// shorter than [`timeout`](Self::timeout), so that a dead host is not taken for a slow response.
    pub fn connect_timeout(self, connect_timeout: Duration) -> Self {
        Self { connect_timeout, ..self }
    }

    /// Limit for the whole call, from connecting to the last byte. 15 seconds by default.
    pub fn timeout(self, timeout: Duration) -> Self {
        Self { timeout, ..self }
    }

    /// After how long an unused connection is closed. 20 seconds by default: before the servers close it, because a
    /// request that meets a closing connection may or may not have been acted upon.
    pub fn idle_timeout(self, idle_timeout: Duration) -> Self {
        Self { idle_timeout, ..self }
    }

    /// Maximum size of a response. 1 MiB by default; a larger one is an error.
    pub fn max_response_bytes(self, max_response_bytes: usize) -> Self {
        Self { max_response_bytes, ..self }
    }

    /// Whether servers that offer HTTP/2 are called over HTTP/1.1 all the same. Off by default. Without the feature
    /// `http2` it is always so.
    pub fn http1_only(self, http1_only: bool) -> Self {
        Self { http1_only, ..self }
    }

    /// Whether each verify over HTTP/1.1 opens a connection of its own and closes it after the response. Off by default.
    ///
    /// HTTP/1.1 has no field that ties a response to its request. Bytes that a faulty or hostile server or proxy sends on
    /// an idle connection can be taken for the response to the next request on it. With this setting, no verify meets an
    /// idle connection. It costs a TLS handshake for each verify. Over HTTP/2, each response belongs to its request by
    /// its stream; verify operations then share one connection.
    pub fn http1_connection_per_verify(self, http1_connection_per_verify: bool) -> Self {
        Self { http1_connection_per_verify, ..self }
    }

    /// Starts from your own `reqwest::ClientBuilder`: proxies, certificates, name resolution.
    ///
    /// It is called for the first client of a remote host, and again for the first client of this machine. The transport's own
    /// settings are applied afterwards and win: redirects, timeouts, retries, verbosity.
    ///
    /// ```
    /// use otp_transport::{Transport, reqwest};
    ///
    /// let transport = Transport::builder()
    ///     .client_builder(|| reqwest::ClientBuilder::new().https_only(true))
    ///     .build()?;
    /// # Ok::<(), otp_transport::ConfigError>(())
    /// ```
    pub fn client_builder(self, start: impl Fn() -> reqwest::ClientBuilder + Send + Sync + 'static) -> Self {
        Self { start: Arc::new(start), ..self }
    }

    /// Builds the transport. TLS is set up with the first client that needs it.
    ///
    /// # Errors
    ///
    /// If a timeout is zero, the connect timeout is not the shorter one, or no response fits the limit.
    pub fn build(self) -> Result<Transport, ConfigError> {
        if self.connect_timeout.is_zero() {
            return Err(ConfigError::new("connect_timeout", "must be longer than zero"));
        }
        if self.timeout <= self.connect_timeout {
            return Err(ConfigError::new("timeout", "must be longer than connect_timeout"));
        }
        if self.max_response_bytes == 0 {
            return Err(ConfigError::new("max_response_bytes", "must be at least one byte"));
        }
        install_crypto_provider();
        let (remote, loopback) = (Pools::default(), Pools::default());
        Ok(Transport { shared: Arc::new(Shared { settings: self, remote, loopback }) })
    }

    fn client(&self, is_loopback: bool) -> Result<reqwest::Client, ConfigError> {
        let builder = (self.start)()
            .redirect(Policy::none())
            .retry(reqwest::retry::never().max_retries_per_request(0))
            .referer(false)
            .connection_verbose(false)
            .connect_timeout(self.connect_timeout)
            .timeout(self.timeout)
            .pool_idle_timeout(self.idle_timeout);
        let builder = if is_loopback { builder.no_proxy() } else { builder };
        let builder = http2::configure(builder, self.http1_only);
        builder.build().map_err(|_| {
            ConfigError::new("client_builder", "cannot build an HTTP client: TLS cannot be set up")
        })
    }
}

impl fmt::Debug for TransportBuilder {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("TransportBuilder").finish_non_exhaustive()
    }
}

/// rustls needs one provider of cryptography per process; where the application chose none, it is ring.
fn install_crypto_provider() {
    #[cfg(feature = "rustls")]
    if rustls::crypto::CryptoProvider::get_default().is_none() {
        // Another thread may have installed one meanwhile; then that is used.
        let _ = rustls::crypto::ring::default_provider().install_default();
    }
}
