//! State that the services, the controls and the handle share.

use std::collections::HashSet;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard};
use std::time::Duration;

use crate::Provider;
use crate::builder::Builder;
use crate::clock::Clock;
use crate::fault::{Fault, FaultQueue};
use crate::http::Validated;
use crate::network::{AllowedHosts, Listener};
use crate::page::Page;
use crate::recording::{Inbox, Journal, Revisions, fingerprint};
use crate::services::{Outcome, RateLimit, Services, Settings};

pub(crate) struct SharedState {
    pub(crate) clock: Clock,
    pub(crate) services: Services,
    pub(crate) allowed_hosts: AllowedHosts,
    pub(crate) revisions: Revisions,
    /// Tells this sandbox from one that ran at the same address before.
    pub(crate) epoch: u64,
    pub(crate) page: Option<Page>,
    initial_seed: u64,
    settings: Settings,
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
        let ports = Provider::ALL.into_iter().map(port).collect::<io::Result<_>>()?;
        // After the services, whose ports are fixed: the page may be able to take another one.
        let page = builder.page.map(|port| Page::bind(builder.host, port)).transpose()?;
        // The page reads it as a number of JavaScript, which is exact below 2^53.
        let seed = builder.seed.unwrap_or_else(|| rand::random::<u64>() >> 11);
        let revisions = Revisions::new();
        Ok(Self {
            clock: Clock::default(),
            services: Services::new(seed, &builder.settings),
            allowed_hosts: AllowedHosts::new(builder.host, &builder.allowed_hosts),
            epoch: rand::random(),
            page,
            initial_seed: seed,
            settings: builder.settings.clone(),
            seed: Mutex::new(seed),
            inbox: Mutex::new(Inbox::new(builder.inbox_capacity, revisions.clone())),
            journal: Mutex::new(Journal::new(builder.journal_capacity, revisions.clone())),
            revisions,
            rejected_credentials: RwLock::default(),
            ports,
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
        self.revisions.next();
    }

    pub(crate) fn next_fault(&self, provider: Provider) -> Option<Fault> {
        lock(&self.port(provider).faults).pop()
    }

    /// The faults that wait for requests of that provider, each with how many.
    pub(crate) fn faults(&self, provider: Provider) -> Vec<(Fault, usize)> {
        let port = self.port(provider);
        let refuses = (!port.listener.is_open()).then_some((Fault::Refuse, 0));
        refuses.into_iter().chain(lock(&port.faults).all()).collect()
    }

    /// Removes all faults. The error names the first provider whose port stays closed.
    pub(crate) fn clear_faults(&self) -> Validated<()> {
        let cleared = Provider::ALL.map(|provider| self.clear_faults_of(provider));
        cleared.into_iter().collect()
    }

    /// Removes the faults of that provider. It is an error if its port stays closed.
    pub(crate) fn clear_faults_of(&self, provider: Provider) -> Validated<()> {
        let port = self.port(provider);
        lock(&port.faults).clear();
        let opened = port.listener.open();
        self.revisions.next();
        opened.map_err(|error| {
            let address = port.listener.address();
            format!("the port of {provider} stays closed, because {address} cannot be taken again: {error}")
        })
    }

    /// Forgets what happened and what was set. Seed and rate limit are again those of the start. The error is that of
    /// [`clear_faults`](Self::clear_faults), after everything else is done.
    pub(crate) fn reset(&self) -> Validated<()> {
        let cleared = self.clear_faults();
        for port in &self.ports {
            port.rate_limit.reset();
        }
        let mut rejected = self.rejected_credentials.write().unwrap_or_else(PoisonError::into_inner);
        rejected.clear();
        drop(rejected);
        self.clock.reset();
        *lock(&self.seed) = self.initial_seed;
        self.services.reset(self.initial_seed, &self.settings);
        self.inbox().clear();
        self.journal().clear();
        cleared
    }

    /// Closes all ports and their connections.
    pub(crate) fn close(&self) {
        for port in &self.ports {
            port.listener.close();
        }
        if let Some(page) = &self.page {
            page.listener.close();
        }
    }

    pub(crate) fn seed(&self) -> u64 {
        *lock(&self.seed)
    }

    pub(crate) fn reseed(&self, seed: u64) {
        *lock(&self.seed) = seed;
        self.services.reseed(seed);
        self.revisions.next();
    }

    pub(crate) fn advance(&self, by: Duration) {
        self.clock.advance(by);
        self.revisions.next();
    }

    /// Ends an open challenge as the user would on another device. Returns false if no open challenge has this id.
    pub(crate) fn settle(&self, challenge: &str, outcome: Outcome) -> bool {
        let settled = self.services.settle(challenge, outcome, self.clock.now());
        self.revisions.next();
        settled
    }

    pub(crate) fn rejected_credentials(&self) -> RwLockReadGuard<'_, HashSet<String>> {
        self.rejected_credentials.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn reject_credential(&self, credential: &str) {
        let mut rejected = self.rejected_credentials.write().unwrap_or_else(PoisonError::into_inner);
        rejected.insert(credential.to_owned());
        self.revisions.next();
    }

    pub(crate) fn accept_credential(&self, credential: &str) {
        let mut rejected = self.rejected_credentials.write().unwrap_or_else(PoisonError::into_inner);
        // Its fingerprint will do: that is what the controls show.
        rejected.retain(|other| other != credential && fingerprint(other) != credential);
        self.revisions.next();
    }

    pub(crate) fn inbox(&self) -> MutexGuard<'_, Inbox> {
        lock(&self.inbox)
    }

    /// The inbox with what became of the codes until now.
    pub(crate) fn refreshed_inbox(&self) -> MutexGuard<'_, Inbox> {
        let now = self.clock.now();
        let mut inbox = self.inbox();
        inbox.refresh(|message| self.services.code_state(message, now));
        inbox
    }

    pub(crate) fn journal(&self) -> MutexGuard<'_, Journal> {
        lock(&self.journal)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
