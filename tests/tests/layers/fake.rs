//! A provider that does as it is told, and keeps what it was asked.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use async_trait::async_trait;
use otp_facade::{
    Capabilities, Challenge, ChallengeId, Channel, CreateRequest, Error, ErrorKind, Operation, OtpProvider,
    Recipient, RecipientKind, Result, Status, Verified, VerifyRequest,
};

/// How a call ends.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Step {
    Succeed,
    Be(&'static str),
    Fail(Failure),
    Hang(Duration),
}

/// An error to be.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Failure {
    pub(crate) kind: ErrorKind,
    pub(crate) may_have_acted: bool,
    pub(crate) retry_after: Option<Duration>,
    /// The verb that the error names, where it is not the one that was called.
    pub(crate) operation: Option<Operation>,
}

impl Failure {
    pub(crate) const fn new(kind: ErrorKind, may_have_acted: bool) -> Self {
        Self { kind, may_have_acted, retry_after: None, operation: None }
    }

    pub(crate) const fn after(self, seconds: u64) -> Self {
        Self { retry_after: Some(Duration::from_secs(seconds)), ..self }
    }
}

/// Down, and certainly not acted.
pub(crate) const DOWN: Step = Step::Fail(Failure::new(ErrorKind::Unavailable, false));
/// A time-out after sending.
pub(crate) const LOST: Step = Step::Fail(Failure::new(ErrorKind::TimedOut, true));

/// Does one step for each call, and succeeds when there are none left. Clones share all.
#[derive(Clone)]
pub(crate) struct Fake {
    name: &'static str,
    alias: Option<&'static str>,
    capabilities: Capabilities,
    shared: Arc<Mutex<Shared>>,
}

#[derive(Default)]
struct Shared {
    steps: VecDeque<Step>,
    calls: Vec<Operation>,
    requests: Vec<CreateRequest>,
}

impl Fake {
    pub(crate) fn new(name: &'static str) -> Self {
        let capabilities = Capabilities::new(RecipientKind::Owner, [Channel::Sms]);
        let capabilities = with(capabilities, |capabilities| {
            (capabilities.cancel, capabilities.status) = (true, true);
        });
        Self { name, alias: None, capabilities, shared: Arc::default() }
    }

    /// One that takes the challenges of another name for its own, too.
    pub(crate) fn also(mut self, alias: &'static str) -> Self {
        self.alias = Some(alias);
        self
    }

    pub(crate) fn able(mut self, change: impl FnOnce(&mut Capabilities)) -> Self {
        self.capabilities = with(self.capabilities, change);
        self
    }

    pub(crate) fn then(self, steps: impl IntoIterator<Item = Step>) -> Self {
        self.lock().steps.extend(steps);
        self
    }

    pub(crate) fn calls(&self) -> Vec<Operation> {
        self.lock().calls.clone()
    }

    pub(crate) fn count(&self) -> usize {
        self.calls().len()
    }

    pub(crate) fn requests(&self) -> Vec<CreateRequest> {
        self.lock().requests.clone()
    }

    pub(crate) fn id(&self) -> ChallengeId {
        ChallengeId::new(self.name, &["1"])
    }

    fn lock(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().expect("no test panics with the lock held")
    }

    async fn step(&self, operation: Operation) -> Result<Step> {
        let step = {
            let mut shared = self.lock();
            shared.calls.push(operation);
            shared.steps.pop_front().unwrap_or(Step::Succeed)
        };
        match step {
            Step::Hang(duration) => tokio::time::sleep(duration).await,
            Step::Fail(failure) => {
                let mut error = Error::new(failure.kind).with_may_have_acted(failure.may_have_acted);
                if let Some(retry_after) = failure.retry_after {
                    error = error.with_retry_after(retry_after);
                }
                return Err(error.with_origin(self.name, failure.operation.unwrap_or(operation)));
            }
            Step::Succeed | Step::Be(_) => {}
        }
        Ok(step)
    }
}

fn with(mut capabilities: Capabilities, change: impl FnOnce(&mut Capabilities)) -> Capabilities {
    change(&mut capabilities);
    capabilities
}

impl std::fmt::Debug for Fake {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(self.name)
    }
}

#[async_trait]
impl OtpProvider for Fake {
    fn name(&self) -> &str {
        self.name
    }

    fn capabilities(&self) -> Capabilities {
        self.capabilities.clone()
    }

    fn issued(&self, id: &ChallengeId) -> bool {
        *id == self.id() || self.alias.is_some_and(|alias| id.issuer() == alias)
    }

    async fn create(&self, request: &CreateRequest) -> Result<Challenge> {
        self.lock().requests.push(request.clone());
        self.step(Operation::Create).await?;
        Ok(Challenge::new(self.id(), self.capabilities.channel(request)))
    }

    async fn verify(&self, request: &VerifyRequest) -> Result<Verified> {
        self.step(Operation::Verify).await?;
        Ok(Verified::new(request.id.clone()))
    }

    async fn cancel(&self, _: &ChallengeId) -> Result<()> {
        self.step(Operation::Cancel).await.map(|_| ())
    }

    async fn status(&self, _: &ChallengeId) -> Result<Status> {
        match self.step(Operation::Status).await? {
            Step::Be(status) => Ok(status.into()),
            _ => Ok(Status::Verified),
        }
    }
}

pub(crate) fn request() -> CreateRequest {
    CreateRequest::new(Recipient::phone("+4915112345678").with_user_id("user-1"))
}

/// Calls a verb; what it returns besides errors does not matter here.
pub(crate) async fn call(provider: &dyn OtpProvider, operation: Operation, id: &ChallengeId) -> Result<()> {
    match operation {
        Operation::Create => provider.create(&request()).await.map(|_| ()),
        Operation::Verify => provider.verify(&VerifyRequest::new(id.clone(), "123456")).await.map(|_| ()),
        Operation::Cancel => provider.cancel(id).await,
        Operation::Status => provider.status(id).await.map(|_| ()),
    }
}
