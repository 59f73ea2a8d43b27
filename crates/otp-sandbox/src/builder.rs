//! How a sandbox is set up.

use std::io;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use crate::hub::Hub;
use crate::{Provider, Sandbox};

/// Settings of a sandbox that is not started yet. Made by [`Sandbox::builder`].
#[derive(Clone, Debug)]
pub struct Builder {
    pub(crate) seed: Option<u64>,
    pub(crate) host: IpAddr,
    pub(crate) keep_alive: bool,
    pub(crate) rate_limit: Option<u32>,
    pub(crate) inbox_capacity: usize,
    pub(crate) journal_capacity: usize,
    pub(crate) allowed_hosts: Vec<String>,
    allow_remote: bool,
    ports: [u16; 4],
}

impl Builder {
    pub(crate) const fn new() -> Self {
        Self {
            seed: None,
            host: IpAddr::V4(Ipv4Addr::LOCALHOST),
            keep_alive: true,
            rate_limit: None,
            inbox_capacity: 10_000,
            journal_capacity: 10_000,
            allowed_hosts: Vec::new(),
            allow_remote: false,
            ports: [0; 4],
        }
    }

    /// Codes, ids and tokens are drawn from this seed: the same requests in the same order get the same ones.
    /// Codes of authenticator apps depend on the time, too. Without a seed each sandbox draws its own.
    #[must_use]
    pub const fn seed(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }

    /// The address to listen on: 127.0.0.1 unless told otherwise. One that other machines can reach is
    /// refused unless it is [allowed](Self::allow_remote).
    #[must_use]
    pub const fn host(mut self, host: IpAddr) -> Self {
        self.host = host;
        self
    }

    /// Allows an address that other machines can reach. Everybody who does can read the inbox.
    #[must_use]
    pub const fn allow_remote(mut self, allow: bool) -> Self {
        self.allow_remote = allow;
        self
    }

    /// Hosts beside loopback names to which the control API answers, for example the name of a container:
    /// `sandbox`, `.example.com` for that name and all below it, `*` for any. Every other `Host` and `Origin` is
    /// refused with 403, so that no web page can read the inbox by pointing a name of its own at this machine.
    ///
    /// Loopback names are `localhost`, names below it, 127.0.0.0/8 and `[::1]`. The address that was chosen by
    /// [`host`](Self::host) is allowed, too. The services themselves answer to any name.
    #[must_use]
    pub fn allowed_hosts<H: Into<String>>(mut self, hosts: impl IntoIterator<Item = H>) -> Self {
        self.allowed_hosts = hosts.into_iter().map(Into::into).collect();
        self
    }

    /// The port of one provider; 0, the default, lets the system choose.
    #[must_use]
    pub const fn port_of(mut self, provider: Provider, port: u16) -> Self {
        self.ports[provider.index()] = port;
        self
    }

    /// How many calls each provider allows in a minute; `None`, the default, allows any number. A call too
    /// many is answered with 429: SMSCX's carries the documented headers, the others', who document none,
    /// `Retry-After`.
    ///
    /// The minute begins with the first call and ends 60 seconds later, wherever the clock stands; the next
    /// call begins another. [`Sandbox::advance`] by 60 seconds, or by as long as a 429 says, opens a new one.
    #[must_use]
    pub const fn rate_limit(mut self, calls_per_minute: Option<u32>) -> Self {
        self.rate_limit = calls_per_minute;
        self
    }

    /// Whether a connection serves more than one request, as it does by default. Without, no client can hold
    /// a connection that a fault is about to cut.
    #[must_use]
    pub const fn keep_alive(mut self, keep_alive: bool) -> Self {
        self.keep_alive = keep_alive;
        self
    }

    /// How many messages the inbox holds: the newest 10,000 unless told otherwise.
    #[must_use]
    pub const fn inbox_capacity(mut self, messages: usize) -> Self {
        self.inbox_capacity = messages;
        self
    }

    /// How many exchanges the journal holds: the newest 10,000 unless told otherwise.
    #[must_use]
    pub const fn journal_capacity(mut self, exchanges: usize) -> Self {
        self.journal_capacity = exchanges;
        self
    }

    /// Starts the four services.
    ///
    /// # Errors
    ///
    /// `PermissionDenied` if the address can be reached by other machines and that was not allowed, or the
    /// error of taking a port.
    ///
    /// # Panics
    ///
    /// Outside a tokio runtime.
    pub async fn start(self) -> io::Result<Sandbox> {
        if !self.host.is_loopback() && !self.allow_remote {
            let message = "the sandbox listens on loopback only, unless remote access is allowed explicitly";
            return Err(io::Error::new(io::ErrorKind::PermissionDenied, message));
        }
        let hub = Arc::new(Hub::new(&self)?);
        for provider in Provider::ALL {
            hub.open(provider);
        }
        Ok(Sandbox::new(hub))
    }

    pub(crate) const fn port(&self, provider: Provider) -> u16 {
        self.ports[provider.index()]
    }
}
