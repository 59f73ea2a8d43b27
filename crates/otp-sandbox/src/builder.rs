//! Settings of a sandbox.

use std::net::{IpAddr, Ipv4Addr};

use crate::Provider;
use crate::page::PagePort;
use crate::services::Settings;

/// Settings of a sandbox that is not started yet. Made by [`Sandbox::builder`](crate::Sandbox::builder).
#[derive(Clone, Debug)]
pub struct Builder {
    pub(crate) seed: Option<u64>,
    pub(crate) host: IpAddr,
    pub(crate) keep_alive: bool,
    pub(crate) rate_limit: Option<u32>,
    pub(crate) inbox_capacity: usize,
    pub(crate) journal_capacity: usize,
    pub(crate) allowed_hosts: Vec<String>,
    pub(crate) allow_remote: bool,
    pub(crate) page: Option<PagePort>,
    pub(crate) settings: Settings,
    ports: [u16; Provider::ALL.len()],
}

impl Builder {
    pub(crate) fn new() -> Self {
        Self {
            seed: None,
            host: IpAddr::V4(Ipv4Addr::LOCALHOST),
            keep_alive: true,
            rate_limit: None,
            inbox_capacity: 10_000,
            journal_capacity: 10_000,
            allowed_hosts: Vec::new(),
            allow_remote: false,
            page: None,
            settings: Settings::default(),
            ports: [0; Provider::ALL.len()],
        }
    }

    /// Seed of the random codes, ids and tokens. With the same seed, the same requests in the same order get the
    /// same ones. Codes of authenticator apps depend on the time, too. By default each sandbox has a random seed.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }

    /// The address to listen on. The default is 127.0.0.1. An address that other machines can reach is an error
    /// unless it is [allowed](Self::allow_remote).
    #[must_use]
    pub fn host(mut self, host: IpAddr) -> Self {
        self.host = host;
        self
    }

    /// Allows an address that other machines can reach. Their users can then read the inbox, if they use an
    /// [allowed host](Self::allowed_hosts).
    #[must_use]
    pub fn allow_remote(mut self, allow: bool) -> Self {
        self.allow_remote = allow;
        self
    }

    /// Hosts that the control API answers to, in addition to loopback names and the address of
    /// [`host`](Self::host). Loopback names are `localhost`, its subdomains, 127.0.0.0/8 and `[::1]`.
    ///
    /// A host is a name (`sandbox`, for example of a container), a domain with its subdomains (`.example.com`), or
    /// `*` for any. A request with another `Host` or `Origin` gets 403. Otherwise a web page could read the inbox:
    /// it would let a name of its own resolve to this machine. The services themselves answer to any name.
    #[must_use]
    pub fn allowed_hosts<H: Into<String>>(mut self, hosts: impl IntoIterator<Item = H>) -> Self {
        self.allowed_hosts = hosts.into_iter().map(Into::into).collect();
        self
    }

    /// The port of one provider. With 0, the default, the system chooses.
    #[must_use]
    pub fn port_of(mut self, provider: Provider, port: u16) -> Self {
        self.ports[provider.index()] = port;
        self
    }

    /// Serves the inbox page on this port: messages, requests and controls in a browser. With 0, the system chooses.
    /// By default there is no page.
    #[must_use]
    pub const fn page_port(mut self, port: u16) -> Self {
        self.page = Some(PagePort::Exactly(port));
        self
    }

    /// Serves the inbox page on this port, or if it is taken on the next one that is free.
    #[must_use]
    pub const fn page_port_from(mut self, first: u16) -> Self {
        self.page = Some(PagePort::From(first));
        self
    }

    /// How many calls each provider allows in a minute. `None`, the default, allows any number. Further calls get
    /// 429. At SMSCX it carries the documented headers. The others document none, so theirs carries `Retry-After`.
    ///
    /// The limit counts in fixed windows. A window begins with a first call, not with a full minute of the clock,
    /// and ends 60 seconds later. The next call begins another. To end a window,
    /// [advance](crate::Sandbox::advance) the clock by 60 seconds, or by as long as a 429 says.
    #[must_use]
    pub fn rate_limit(mut self, calls_per_minute: Option<u32>) -> Self {
        self.rate_limit = calls_per_minute;
        self
    }

    /// Whether a connection serves more than one request. The default is `true`. With `false`, each request has a
    /// connection of its own, so that no client reuses one that a fault is about to cut.
    #[must_use]
    pub fn keep_alive(mut self, keep_alive: bool) -> Self {
        self.keep_alive = keep_alive;
        self
    }

    /// How many messages the inbox holds. The default is 10,000; older ones are removed.
    #[must_use]
    pub fn inbox_capacity(mut self, messages: usize) -> Self {
        self.inbox_capacity = messages;
        self
    }

    /// How many requests the journal holds. The default is 10,000; older ones are removed.
    #[must_use]
    pub fn journal_capacity(mut self, requests: usize) -> Self {
        self.journal_capacity = requests;
        self
    }

    /// Whether Twilio's Verify services have PSD2 enabled: each verification is then for an amount and a payee. The default is
    /// `false`.
    #[must_use]
    pub fn twilio_psd2(mut self, enabled: bool) -> Self {
        self.settings.twilio.psd2 = enabled;
        self
    }

    pub(crate) const fn port(&self, provider: Provider) -> u16 {
        self.ports[provider.index()]
    }
}
