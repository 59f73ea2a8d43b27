//! Worlds over the providers: in process, with the capabilities of a real one, and over the sandbox.

use std::sync::Arc;
use std::sync::Mutex;
use std::time::{Duration, SystemTime};

use otp_facade::stores::{ChallengeStore, MemoryStore};
use otp_facade::{Capabilities, Channel, GuardSettings, InMemory, OtpProvider, RecipientKind};
use otp_sandbox::{Provider, Sandbox};

use super::World;
use crate::providers;

/// A store, and how to move its clock.
pub type Store = (Box<dyn ChallengeStore>, Box<dyn Fn(Duration) + Send + Sync>);

fn settings() -> GuardSettings {
    GuardSettings::new("a key of at least 32 characters, kept like a password")
}

/// A store in memory with a clock that only moves when it is moved.
pub fn memory_store() -> Store {
    let time = Arc::new(Mutex::new(SystemTime::now()));
    let clock = time.clone();
    let store = MemoryStore::new().with_clock(move || *clock.lock().expect("not poisoned"));
    (Box::new(store), Box::new(move |by| *time.lock().expect("not poisoned") += by))
}

impl World {
    /// A provider of phone numbers that sets no limits of its own, so that only the guard's hold.
    pub fn without_limits_of_the_vendor(store: Store) -> Self {
        let mut capabilities = Capabilities::new(RecipientKind::Phone, [Channel::Sms]);
        (capabilities.cancel, capabilities.status) = (true, true);
        Self::with_capabilities(&capabilities, store)
    }

    /// The in-process provider, with the capabilities of this one, under the default settings.
    pub fn in_memory(like: Provider, store: Store) -> Self {
        let real = providers::build(like, "https://127.0.0.1:1", "credential");
        let mut capabilities = real.capabilities().clone();
        // A wrong code is one that no challenge can have.
        capabilities.code_format = None;
        Self::with_capabilities(&capabilities, store)
    }

    fn with_capabilities(capabilities: &Capabilities, (store, clock): Store) -> Self {
        let memory = InMemory::new().with_capabilities(capabilities);
        let (service, inbox) = (memory.clone(), memory.clone());
        let advance = move |by| {
            clock(by);
            service.advance(by);
        };
        let last_code = move || inbox.last_message().map(|message| message.code);
        Self::new(Box::new(memory), store, settings(), advance, last_code)
    }

    /// A provider over a sandbox of its own, under the default settings.
    ///
    /// # Panics
    ///
    /// If the sandbox does not start.
    pub async fn over_the_sandbox(provider: Provider, (store, clock): Store) -> Self {
        let sandbox = Arc::new(Sandbox::start().await.expect("the sandbox starts"));
        let inner = providers::build(provider, &sandbox.base_url(provider), "credential");
        let inbox = sandbox.clone();
        let advance = move |by| {
            clock(by);
            sandbox.advance(by);
        };
        let last_code = move || inbox.last_message(provider).map(|message| message.code.into());
        Self::new(inner, store, settings(), advance, last_code)
    }
}
