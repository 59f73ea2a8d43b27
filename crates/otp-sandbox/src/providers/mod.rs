//! The four services. Each takes a request and gives an answer; none knows about sockets, faults or the
//! journal.

mod agilicus;
mod countries;
mod deutsche_bank;
mod equinix_metal;
mod smscx;
mod tokens;

use std::collections::HashSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use percent_encoding::percent_decode_str;

use crate::Provider;
use crate::clock::Time;
use crate::http::{Answer, Request, Route, Target};
use crate::inbox::Message;
use crate::limits::Quota;

/// What surrounds one request.
#[derive(Debug)]
pub(crate) struct Context<'a> {
    pub(crate) now: Time,
    pub(crate) quota: Quota,
    /// Scheme and authority of this server.
    pub(crate) origin: &'a str,
    /// Credentials that a test has declared invalid.
    pub(crate) rejected: &'a HashSet<String>,
    /// What goes out because of this request.
    pub(crate) outbox: Vec<Message>,
}

/// How a challenge ends without a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Approved,
    Declined,
    Undelivered,
}

impl Context<'_> {
    pub(crate) fn accepts(&self, credential: &str) -> bool {
        !credential.is_empty() && !self.rejected.contains(credential)
    }

    /// A client's id or secret at a token endpoint: form-encoded, as RFC 6749 2.3.1 wants it, or as it is, as many
    /// clients send it.
    pub(crate) fn accepts_client(&self, credential: &str) -> bool {
        let spaced = credential.replace('+', " ");
        self.accepts(credential) && self.accepts(&percent_decode_str(&spaced).decode_utf8_lossy())
    }
}

/// The state of all four.
#[derive(Debug)]
pub(crate) struct Services {
    agilicus: Mutex<agilicus::Agilicus>,
    deutsche_bank: Mutex<deutsche_bank::DeutscheBank>,
    equinix_metal: Mutex<equinix_metal::EquinixMetal>,
    smscx: Mutex<smscx::Smscx>,
}

impl Services {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            agilicus: Mutex::new(agilicus::Agilicus::new(seed)),
            deutsche_bank: Mutex::new(deutsche_bank::DeutscheBank::new(seed)),
            equinix_metal: Mutex::new(equinix_metal::EquinixMetal::new(seed)),
            smscx: Mutex::new(smscx::Smscx::new(seed)),
        }
    }

    pub(crate) const fn routes(provider: Provider) -> &'static [Route] {
        match provider {
            Provider::Agilicus => agilicus::ROUTES,
            Provider::DeutscheBank => deutsche_bank::ROUTES,
            Provider::EquinixMetal => equinix_metal::ROUTES,
            Provider::Smscx => smscx::ROUTES,
        }
    }

    pub(crate) fn answer(
        &self,
        provider: Provider,
        target: &Target,
        request: &Request,
        context: &mut Context<'_>,
    ) -> Answer {
        match provider {
            Provider::Agilicus => lock(&self.agilicus).answer(target, request, context),
            Provider::DeutscheBank => lock(&self.deutsche_bank).answer(target, request, context),
            Provider::EquinixMetal => lock(&self.equinix_metal).answer(target, request, context),
            Provider::Smscx => lock(&self.smscx).answer(target, request, context),
        }
    }

    pub(crate) fn reseed(&self, seed: u64) {
        lock(&self.agilicus).reseed(seed);
        lock(&self.deutsche_bank).reseed(seed);
        lock(&self.equinix_metal).reseed(seed);
        lock(&self.smscx).reseed(seed);
    }

    pub(crate) fn settle(&self, challenge: &str, outcome: Outcome, now: Time) -> bool {
        lock(&self.agilicus).settle(challenge, outcome, now)
    }

    pub(crate) fn set_credit(&self, credit: Option<f64>) {
        lock(&self.smscx).set_credit(credit);
    }

    pub(crate) fn set_uncovered(&self, prefix: &str) {
        lock(&self.smscx).set_uncovered(prefix);
    }

    pub(crate) fn set_method_status(&self, method: &str, status: &str) -> bool {
        lock(&self.deutsche_bank).set_method_status(method, status)
    }
}

/// A panic while a lock was held would be a bug of the sandbox; the state is still the best there is.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
