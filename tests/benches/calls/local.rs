//! Provider that does nothing, with and without a guard. The difference is the cost of the guard.

use std::hint::black_box;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use otp_facade::stores::{MemoryStore, RedisStore};
use otp_facade::{
    Capabilities, Challenge, ChallengeId, Channel, CreateRequest, Guard, GuardSettings, Operation,
    OtpProvider, Recipient, RecipientKind, Result, Status, Verified, VerifyRequest, async_trait,
};
use tokio::runtime::{Builder, Runtime};

use crate::limits;
use crate::subject::{PIN, Subject};

/// How many challenges there are in a store, of as many recipients.
const CHALLENGES: u64 = 2_000;

/// Where a guard has its records, if there is a guard.
pub(crate) enum Records {
    None,
    InMemory(GuardSettings),
    Redis(String),
}

pub(crate) struct Local {
    runtime: Runtime,
    records: Records,
}

impl Local {
    pub(crate) fn new(records: Records) -> Self {
        Self { runtime: Builder::new_current_thread().enable_all().build().unwrap(), records }
    }

    /// A guard that knows nobody, around a provider that does nothing.
    async fn provider(&self) -> Box<dyn OtpProvider> {
        let nothing = Nothing::default();
        match &self.records {
            Records::None => Box::new(nothing),
            Records::InMemory(settings) => {
                Box::new(Guard::new(nothing, MemoryStore::new(), settings.clone()).unwrap())
            }
            Records::Redis(url) => {
                let settings = limits::settings(limits::ALL).unwrap();
                let store = RedisStore::new(url.as_str()).unwrap().with_connections(1);
                let prefix = format!("{:08x}", rand::random::<u32>());
                let guard = Guard::new(nothing, store.with_prefix(&prefix).unwrap(), settings).unwrap();
                // The connection is made by the first call.
                guard.create(&CreateRequest::new(Recipient::phone("+493012345678"))).await.unwrap();
                Box::new(guard)
            }
        }
    }
}

impl Subject for Local {
    fn run(&self, operation: Operation, calls: u64) -> Duration {
        let mut duration = Duration::ZERO;
        for begin in (0..calls).step_by(CHALLENGES as usize) {
            let calls = CHALLENGES.min(calls - begin) as usize;
            // In memory, what comes before costs the same however many calls there are: that is taken off the count.
            let challenges =
                if matches!(self.records, Records::Redis(_)) { calls } else { CHALLENGES as usize };
            duration += self.runtime.block_on(async {
                let provider = self.provider().await;
                call(&*provider, operation, calls, challenges).await
            });
        }
        duration
    }
}

/// Makes so many calls, where there are so many challenges already.
async fn call(provider: &dyn OtpProvider, operation: Operation, calls: usize, challenges: usize) -> Duration {
    let recipients = (0..challenges).map(|number| Recipient::phone(format!("+49151{number:08}")));
    // With a subject, every limit that is on by default counts.
    let subject = |number: usize| format!("account-{number}");
    let requests = recipients.map(CreateRequest::new).enumerate();
    let requests: Vec<_> = requests.map(|(number, request)| request.with_subject(subject(number))).collect();
    let mut ids = Vec::new();
    if operation != Operation::Create {
        for request in &requests {
            ids.push(provider.create(request).await.unwrap().id);
        }
    }
    let verifications = ids.iter().map(|id| VerifyRequest::new(id.clone(), PIN)).enumerate();
    let verifications: Vec<_> =
        verifications.map(|(number, request)| request.with_subject(subject(number))).collect();
    let began = Instant::now();
    for call in 0..calls {
        match operation {
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

    fn capabilities(&self) -> &Capabilities {
        static CAPABILITIES: LazyLock<Capabilities> = LazyLock::new(|| {
            let mut capabilities = Capabilities::new(RecipientKind::Phone, [Channel::Sms]);
            (capabilities.cancel, capabilities.status) = (true, true);
            capabilities
        });
        &CAPABILITIES
    }

    fn issuers(&self) -> Vec<&str> {
        vec![self.name()]
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
