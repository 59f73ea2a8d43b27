//! The simulated services. Each takes a request and returns a response. None knows about sockets, faults or the
//! journal.

mod agilicus;
mod code_state;
mod context;
mod deutsche_bank;
mod equinix_metal;
mod issued_tokens;
mod rate_limit;
mod registry;
mod retention_map;
mod seeded_rng;
mod service;
mod smscx;
mod twilio;
mod vonage;

use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::{Value, json};

use self::registry::services;
use self::service::Service;
use crate::clock::Time;
use crate::http::{Request, Response, Route, Target};
use crate::recording::Message;

pub(crate) use code_state::{CodeState, CodeStatus};
pub(crate) use context::{Context, Outcome};
pub(crate) use rate_limit::RateLimit;
pub(crate) use service::{Authentication, Setting};

// The only list of the services. A new one is the last, so that `--port-base` gives the others the same ports as before.
services! {
    #[doc = include_str!("../../docs/services/agilicus.md")]
    Agilicus: agilicus::Agilicus,
    #[doc = include_str!("../../docs/services/deutsche-bank.md")]
    DeutscheBank: deutsche_bank::DeutscheBank,
    #[doc = include_str!("../../docs/services/equinix-metal.md")]
    EquinixMetal: equinix_metal::EquinixMetal,
    #[doc = include_str!("../../docs/services/smscx.md")]
    Smscx: smscx::Smscx,
    #[doc = include_str!("../../docs/services/twilio.md")]
    Twilio: twilio::Twilio,
    #[doc = include_str!("../../docs/services/vonage.md")]
    Vonage: vonage::Vonage,
}

/// What only one service has.
impl Services {
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
