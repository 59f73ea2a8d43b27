//! How a store is built: one server, sentinels, or a cluster.

use std::sync::atomic::AtomicI64;
use std::time::Duration;

use otp_transport::{ConfigError, Secret};

use super::RedisStore;
use super::engine::Engine;

impl RedisStore {
    /// Creates a store on the server at this URL, such as `redis://:password@host:6379/0`, or `unix:///run/redis.sock`. It
    /// connects at the first transition.
    ///
    /// # Errors
    ///
    /// If the URL is not a Redis URL, or needs the feature `redis-tls` and does not have it.
    pub fn new(url: impl Into<Secret>) -> Result<Self, ConfigError> {
        Engine::single(&url.into()).map(Self::with_engine)
    }

    /// Creates a store on a cluster. The URLs are those of one or several nodes. The others are learnt from them. All nodes
    /// have the user name, the password and the TLS settings of the first URL.
    ///
    /// # Errors
    ///
    /// If there is no URL, or one is not the URL of a cluster's node, or needs the feature `redis-tls` and does not have it.
    pub fn cluster(urls: impl IntoIterator<Item = impl Into<Secret>>) -> Result<Self, ConfigError> {
        Engine::cluster(&secrets(urls)).map(Self::with_engine)
    }

    /// Creates a store on the master that sentinels watch.
    ///
    /// `master` is a URL with the master's name in place of a host, such as `redis://:password@mymaster/0`: its user name,
    /// password, database and TLS are those of the master. `sentinels` are the URLs of the sentinels, such as
    /// `redis://sentinel-1:26379`, with passwords of their own if they have any.
    ///
    /// # Errors
    ///
    /// If there is no sentinel, or one of the URLs is not a Redis URL, or needs the feature `redis-tls` and does not have it.
    pub fn sentinel(
        master: impl Into<Secret>,
        sentinels: impl IntoIterator<Item = impl Into<Secret>>,
    ) -> Result<Self, ConfigError> {
        Engine::sentinel(&master.into(), &secrets(sentinels)).map(Self::with_engine)
    }

    fn with_engine(engine: Engine) -> Self {
        Self { engine, prefix: "otp".to_owned(), ahead: AtomicI64::new(0) }
    }

    /// Sets the prefix of every key, `otp` by default. Stores with the same prefix share records and limits.
    ///
    /// # Errors
    ///
    /// If it is empty or contains braces.
    pub fn with_prefix(mut self, prefix: &str) -> Result<Self, ConfigError> {
        if prefix.is_empty() || prefix.contains(['{', '}']) {
            return Err(ConfigError::new("prefix", "must not be empty and must not have braces in it"));
        }
        self.prefix = prefix.to_owned();
        Ok(self)
    }

    /// Sets the deadline of a transition, including the connection that it may need. A second by default.
    #[must_use]
    pub fn with_deadline(mut self, deadline: Duration) -> Self {
        self.engine.set_deadline(deadline);
        self
    }

    /// Sets the maximum number of connections to each server, 4 by default. Each carries any number of transitions at a time.
    #[must_use]
    pub fn with_connections(mut self, connections: usize) -> Self {
        self.engine.set_connections(connections);
        self
    }

    /// Trusts these root certificates, in PEM, instead of the system's: those of a private CA.
    ///
    /// # Errors
    ///
    /// If they are not certificates in PEM, or the URL does not begin with `rediss://`.
    #[cfg(feature = "redis-tls")]
    pub fn with_root_certificates(mut self, pem: impl AsRef<[u8]>) -> Result<Self, ConfigError> {
        self.engine.set_root_certificates(pem.as_ref())?;
        Ok(self)
    }
}

fn secrets(urls: impl IntoIterator<Item = impl Into<Secret>>) -> Vec<Secret> {
    urls.into_iter().map(Into::into).collect()
}
