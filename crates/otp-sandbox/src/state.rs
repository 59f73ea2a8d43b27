//! State that the services, the controls and the handle share.

use std::collections::HashSet;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard};

use crate::Provider;
use crate::builder::Builder;
use crate::clock::Clock;
use crate::fault::{Fault, FaultQueue};
use crate::network::{AllowedHosts, Listener};
use crate::recording::{Inbox, Journal};
use crate::services::{RateLimit, Services};

pub(crate) struct SharedState {
    pub(crate) clock: Clock,
    pub(crate) services: Services,
    pub(crate) allowed_hosts: AllowedHosts,
    seed: Mutex<u64>,
    inbox: Mutex<Inbox>,
    journal: Mutex<Journal>,
    rejected_credentials: RwLock<HashSet<String>>,
    /// By [`Provider::index`].
    ports: Vec<Port>,
}

/// What belongs to one provider's port, whatever its service does.
pub(crate) struct Port {
    pub(crate) listener: Arc<Listener>,
    /// Scheme and authority.
    pub(crate) origin: String,
    pub(crate) rate_limit: RateLimit,
    faults: Mutex<FaultQueue>,
}

impl SharedState {
    /// Takes a port for each service. Nothing is served yet.
    pub(crate) fn new(builder: &Builder) -> io::Result<Self> {
        let port = |provider| {
            let listener = Listener::bind(builder.host, builder.port(provider))?;
            let origin = format!("http://{}", listener.address());
            let rate_limit = RateLimit::new(builder.rate_limit);
            Ok::<_, io::Error>(Port { listener, origin, rate_limit, faults: Mutex::default() })
        };
        let seed = builder.seed.unwrap_or_else(rand::random);
        Ok(Self {
            clock: Clock::default(),
            services: Services::new(seed, &builder.settings),
            allowed_hosts: AllowedHosts::new(builder.host, &builder.allowed_hosts),
            seed: Mutex::new(seed),
            inbox: Mutex::new(Inbox::new(builder.inbox_capacity)),
            journal: Mutex::new(Journal::new(builder.journal_capacity)),
            rejected_credentials: RwLock::default(),
            ports: Provider::ALL.into_iter().map(port).collect::<io::Result<_>>()?,
        })
    }

    pub(crate) fn port(&self, provider: Provider) -> &Port {
        &self.ports[provider.index()]
    }

    pub(crate) fn inject(&self, provider: Provider, fault: Fault, times: usize) {
        let port = self.port(provider);
        // A refused connection carries no request that could take the fault from a queue.
        if fault == Fault::Refuse {
            port.listener.close();
        } else {
            lock(&port.faults).push(fault, times);
        }
    }

    pub(crate) fn next_fault(&self, provider: Provider) -> Option<Fault> {
        lock(&self.port(provider).faults).pop()
    }

    pub(crate) fn clear_faults(&self) {
        for port in &self.ports {
            lock(&port.faults).clear();
            port.listener.open();
        }
    }

    /// Closes the ports and their connections.
    pub(crate) fn close(&self) {
        for port in &self.ports {
            port.listener.close();
        }
    }

    pub(crate) fn seed(&self) -> u64 {
        *lock(&self.seed)
    }

    pub(crate) fn reseed(&self, seed: u64) {
        *lock(&self.seed) = seed;
        self.services.reseed(seed);
    }

    pub(crate) fn rejected_credentials(&self) -> RwLockReadGuard<'_, HashSet<String>> {
        self.rejected_credentials.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn reject_credential(&self, credential: &str) {
        let mut rejected = self.rejected_credentials.write().unwrap_or_else(PoisonError::into_inner);
        rejected.insert(credential.to_owned());
    }

    pub(crate) fn accept_credential(&self, credential: &str) {
        let mut rejected = self.rejected_credentials.write().unwrap_or_else(PoisonError::into_inner);
        rejected.remove(credential);
    }

    pub(crate) fn inbox(&self) -> MutexGuard<'_, Inbox> {
        lock(&self.inbox)
    }

    pub(crate) fn journal(&self) -> MutexGuard<'_, Journal> {
        lock(&self.journal)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
