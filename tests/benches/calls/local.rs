//! A provider that does nothing, with and without a guard around it: the difference is the guard's own.

use std::hint::black_box;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use otp_facade::stores::MemoryStore;
use otp_facade::{
    Capabilities, Challenge, ChallengeId, Channel, CreateRequest, Guard, GuardSettings, Operation,
    OtpProvider, Recipient, RecipientNeed, Result, Status, Verified, VerifyRequest, async_trait,
};
use tokio::runtime::{Builder, Runtime};

use crate::subject::{PIN, Subject};

/// How many challenges there are in a store, of as many recipients.
const CHALLENGES: u64 = 2_000;

pub(crate) struct Local {
    runtime: Runtime,
    guarded: bool,
}

impl Local {
    pub(crate) fn new(guarded: bool) -> Self {
        Self { runtime: Builder::new_current_thread().build().unwrap(), guarded }
    }
}

impl Subject for Local {
    fn run(&self, verb: Operation, calls: u64) -> Duration {
        let mut duration = Duration::ZERO;
        for begin in (0..calls).step_by(CHALLENGES as usize) {
            let provider: Box<dyn OtpProvider> = if self.guarded {
                let settings = GuardSettings::new("a key of at least 32 characters, kept like a password");
                Box::new(Guard::new(Nothing::default(), MemoryStore::new(), settings).unwrap())
            } else {
                Box::new(Nothing::default())
            };
            let calls = CHALLENGES.min(calls - begin) as usize;
            duration += self.runtime.block_on(call(&*provider, verb, calls));
        }
        duration
    }
}

/// Makes so many calls, after as many creates as ever, so that what comes before costs the same.
async fn call(provider: &dyn OtpProvider, verb: Operation, calls: usize) -> Duration {
    let recipients = (0..CHALLENGES).map(|number| Recipient::phone(format!("+49151{number:08}")));
    let requests: Vec<_> = recipients.map(CreateRequest::new).collect();
    let mut ids = Vec::new();
    if verb != Operation::Create {
        for request in &requests {
            ids.push(provider.create(request).await.unwrap().id);
        }
    }
    let verifications: Vec<_> = ids.iter().map(|id| VerifyRequest::new(id.clone(), PIN)).collect();
    let began = Instant::now();
    for call in 0..calls {
        match verb {
            Operation::Create => drop(black_box(provider.create(&requests[call]).await.unwrap())),
            Operation::Verify => drop(black_box(provider.verify(&verifications[call]).await.unwrap())),
            Operation::Cancel => provider.cancel(&ids[call]).await.unwrap(),
            _ => drop(black_box(provider.status(&ids[call]).await.unwrap())),
        }
    }
    began.elapsed()
}

#[derive(Debug, Default)]
struct Nothing {
    challenges: AtomicU64,
}

#[async_trait]
impl OtpProvider for Nothing {
    fn name(&self) -> &str {
        "nothing"
    }

    fn capabilities(&self) -> Capabilities {
        let mut capabilities = Capabilities::new(RecipientNeed::Phone, [Channel::Sms]);
        (capabilities.cancel, capabilities.status) = (true, true);
        capabilities
    }

    fn issued(&self, id: &ChallengeId) -> bool {
        id.issuer() == self.name()
    }

    async fn create(&self, _: &CreateRequest) -> Result<Challenge> {
        let number = self.challenges.fetch_add(1, Ordering::Relaxed).to_string();
        Ok(Challenge::new(ChallengeId::new(self.name(), &[&number]), Channel::Sms))
    }

    async fn verify(&self, request: &VerifyRequest) -> Result<Verified> {
        Ok(Verified::new(request.id.clone()))
    }

    async fn cancel(&self, _: &ChallengeId) -> Result<()> {
        Ok(())
    }

    async fn status(&self, _: &ChallengeId) -> Result<Status> {
        Ok(Status::Pending)
    }
}
