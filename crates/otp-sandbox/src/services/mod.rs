//! The four simulated services. Each takes a request and returns a response. None knows about sockets, faults or the
//! journal.

mod agilicus;
mod code_state;
mod context;
mod deutsche_bank;
mod equinix_metal;
mod issued_tokens;
mod rate_limit;
mod retention_map;
mod seeded_rng;
mod smscx;

use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::{Value, json};

use crate::Provider;
use crate::clock::Time;
use crate::http::{Request, Response, Route, Target};
use crate::recording::Message;

pub(crate) use code_state::{CodeState, CodeStatus};
pub(crate) use context::{Context, Outcome};
pub(crate) use rate_limit::RateLimit;

/// The state of the four services.
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

    pub(crate) fn respond(
        &self,
        provider: Provider,
        target: &Target,
        request: &Request,
        context: &mut Context<'_>,
    ) -> Response {
        match provider {
            Provider::Agilicus => lock(&self.agilicus).respond(target, request, context),
            Provider::DeutscheBank => lock(&self.deutsche_bank).respond(target, request, context),
            Provider::EquinixMetal => lock(&self.equinix_metal).respond(target, request, context),
            Provider::Smscx => lock(&self.smscx).respond(target, request, context),
        }
    }

    pub(crate) fn reseed(&self, seed: u64) {
        lock(&self.agilicus).reseed(seed);
        lock(&self.deutsche_bank).reseed(seed);
        lock(&self.equinix_metal).reseed(seed);
        lock(&self.smscx).reseed(seed);
    }

    /// Forgets everything and begins again with this seed.
    pub(crate) fn reset(&self, seed: u64) {
        *lock(&self.agilicus) = agilicus::Agilicus::new(seed);
        *lock(&self.deutsche_bank) = deutsche_bank::DeutscheBank::new(seed);
        *lock(&self.equinix_metal) = equinix_metal::EquinixMetal::new(seed);
        *lock(&self.smscx) = smscx::Smscx::new(seed);
    }

    /// What became of the code in this message. `None` if no challenge belongs to it.
    pub(crate) fn code_state(&self, message: &Message, now: Time) -> Option<CodeState> {
        match message.provider {
            Provider::Agilicus => lock(&self.agilicus).code_state(message, now),
            Provider::DeutscheBank => lock(&self.deutsche_bank).code_state(message, now),
            Provider::EquinixMetal => lock(&self.equinix_metal).code_state(message, now),
            Provider::Smscx => lock(&self.smscx).code_state(message, now),
        }
    }

    /// What is set of the accounts, for the controls.
    pub(crate) fn account(&self) -> Value {
        let bank = lock(&self.deutsche_bank);
        let methods: serde_json::Map<String, Value> = bank
            .methods_with_status()
            .iter()
            .map(|(method, status)| ((*method).to_owned(), status.as_str().into()))
            .collect();
        let smscx = lock(&self.smscx);
        json!({
            "credit": smscx.credit(),
            "excluded_coverage": smscx.excluded_coverage(),
            "methods": methods,
        })
    }

    pub(crate) fn settle(&self, challenge: &str, outcome: Outcome, now: Time) -> bool {
        lock(&self.agilicus).settle(challenge, outcome, now)
    }

    pub(crate) fn set_credit(&self, credit: Option<f64>) {
        lock(&self.smscx).set_credit(credit);
    }

    pub(crate) fn exclude_coverage(&self, prefix: &str) {
        lock(&self.smscx).exclude_coverage(prefix);
    }

    pub(crate) fn include_coverage(&self, prefix: &str) {
        lock(&self.smscx).include_coverage(prefix);
    }

    pub(crate) fn set_method_status(&self, method: &str, status: &str) -> bool {
        lock(&self.deutsche_bank).set_method_status(method, status)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Only a bug of the sandbox poisons a lock. Serving on helps more than a panic in each later request.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
