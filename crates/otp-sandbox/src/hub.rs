//! What all four services share, and the one way that a request takes through it.

use std::collections::HashSet;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use crate::allowed_hosts::AllowedHosts;
use crate::builder::Builder;
use crate::clock::Clock;
use crate::door::Door;
use crate::fault::{Fault, Faults};
use crate::http::{Answer, Request, Target};
use crate::inbox::Inbox;
use crate::journal::{Exchange, Journal};
use crate::limits::Limit;
use crate::providers::{Context, Services};
use crate::wire::{Outgoing, instead_of_acting};
use crate::{Provider, server};

pub(crate) struct Hub {
    pub(crate) clock: Clock,
    pub(crate) services: Services,
    pub(crate) keep_alive: bool,
    pub(crate) allowed_hosts: AllowedHosts,
    seed: Mutex<u64>,
    inbox: Mutex<Inbox>,
    journal: Mutex<Journal>,
    rejected: RwLock<HashSet<String>>,
    ports: [Port; 4],
}

/// What belongs to one provider and is no business of its service.
struct Port {
    door: Door,
    origin: String,
    faults: Mutex<Faults>,
    limit: Limit,
}

impl Hub {
    pub(crate) fn new(builder: &Builder) -> io::Result<Self> {
        let port = |provider: Provider| {
            let door = Door::bind(builder.host, builder.port(provider))?;
            let origin = format!("http://{}", door.address());
            Ok::<_, io::Error>(Port {
                door,
                origin,
                faults: Mutex::default(),
                limit: Limit::new(builder.rate_limit),
            })
        };
        let [first, second, third, fourth] = Provider::ALL;
        let seed = builder.seed.unwrap_or_else(rand::random);
        Ok(Self {
            clock: Clock::default(),
            services: Services::new(seed),
            keep_alive: builder.keep_alive,
            allowed_hosts: AllowedHosts::new(builder.host, &builder.allowed_hosts),
            seed: Mutex::new(seed),
            inbox: Mutex::new(Inbox::new(builder.inbox_capacity)),
            journal: Mutex::new(Journal::new(builder.journal_capacity)),
            rejected: RwLock::default(),
            ports: [port(first)?, port(second)?, port(third)?, port(fourth)?],
        })
    }

    /// From arrival to what is sent back.
    pub(crate) async fn handle(&self, provider: Provider, request: &Request) -> Outgoing {
        let target = Target::find(Services::routes(provider), &request.method, &request.path);
        let exchange = Exchange::new(provider, request, target.operation());
        let number = self.journal().arrived(exchange);
        let fault = lock(&self.port(provider).faults).next();
        let outgoing = match &fault {
            Some(fault) if !fault.acts() => match instead_of_acting(fault) {
                Some(answer) => Outgoing::Whole(answer),
                None => Outgoing::Raw(None, Vec::new()),
            },
            fault => Outgoing::spoiled(self.act(provider, &target, request), fault.as_ref()),
        };
        if let Some(Fault::Delay(duration)) = fault {
            tokio::time::sleep(duration).await;
        }
        if let Some(status) = outgoing.status() {
            self.journal().answered(number, status);
        }
        outgoing
    }

    fn act(&self, provider: Provider, target: &Target, request: &Request) -> Answer {
        let port = self.port(provider);
        let now = self.clock.now();
        let rejected = self.rejected.read().unwrap_or_else(PoisonError::into_inner);
        let mut context = Context {
            now,
            quota: port.limit.count(now),
            origin: &port.origin,
            rejected: &rejected,
            outbox: Vec::new(),
        };
        let answer = self.services.answer(provider, target, request, &mut context);
        self.inbox().receive(context.outbox);
        answer
    }

    pub(crate) fn inject(self: &Arc<Self>, provider: Provider, fault: Fault, times: usize) {
        if fault == Fault::Refuse {
            self.door(provider).close();
        } else {
            lock(&self.port(provider).faults).add(fault, times);
        }
    }

    pub(crate) fn clear_faults(self: &Arc<Self>) {
        for provider in Provider::ALL {
            lock(&self.port(provider).faults).clear();
            self.open(provider);
        }
    }

    pub(crate) fn open(self: &Arc<Self>, provider: Provider) {
        if self.door(provider).open() {
            self.door(provider).serve(server::accept(Arc::clone(self), provider));
        }
    }

    pub(crate) fn close(&self) {
        for provider in Provider::ALL {
            self.door(provider).close();
        }
    }

    pub(crate) fn reseed(&self, seed: u64) {
        *lock(&self.seed) = seed;
        self.services.reseed(seed);
    }

    pub(crate) fn seed(&self) -> u64 {
        *lock(&self.seed)
    }

    pub(crate) fn reject(&self, credential: &str) {
        self.rejected.write().unwrap_or_else(PoisonError::into_inner).insert(credential.to_owned());
    }

    pub(crate) fn accept_again(&self, credential: &str) {
        self.rejected.write().unwrap_or_else(PoisonError::into_inner).remove(credential);
    }

    pub(crate) fn door(&self, provider: Provider) -> &Door {
        &self.port(provider).door
    }

    pub(crate) fn origin(&self, provider: Provider) -> &str {
        &self.port(provider).origin
    }

    pub(crate) fn inbox(&self) -> MutexGuard<'_, Inbox> {
        lock(&self.inbox)
    }

    pub(crate) fn journal(&self) -> MutexGuard<'_, Journal> {
        lock(&self.journal)
    }

    fn port(&self, provider: Provider) -> &Port {
        &self.ports[provider.index()]
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
