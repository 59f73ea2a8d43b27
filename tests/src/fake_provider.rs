//! The one fake provider: it follows a script and records what it was asked.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use async_trait::async_trait;
use otp_facade::{
    Capabilities, Challenge, ChallengeId, Channel, CreateRequest, Error, ErrorKind, Operation, OtpProvider,
    RecipientKind, Rejection, Result, Status, Verified, VerifyRequest,
};

/// The code that a provider [accepts only](FakeProvider::accepting_only_the_right_code).
pub const RIGHT: &str = "right";
/// A code that is not [`RIGHT`].
pub const WRONG: &str = "wrong";

/// How a call ends.
#[derive(Clone, Copy, Debug)]
pub enum Step {
    /// It succeeds.
    Succeed,
    /// It succeeds. If it is a status, it is this one.
    Be(&'static str),
    /// It fails.
    Fail(Failure),
    /// It takes this long, then succeeds.
    Hang(Duration),
}

/// An error to be.
#[derive(Clone, Copy, Debug)]
pub struct Failure {
    /// Its kind.
    pub kind: ErrorKind,
    /// Whether the provider may have acted.
    pub may_have_acted: bool,
    /// How long to wait before the next attempt.
    pub retry_after: Option<Duration>,
    /// The operation that the error names, where it is not the one that was called.
    pub operation: Option<Operation>,
}

impl Failure {
    /// A failure of a kind.
    pub const fn new(kind: ErrorKind, may_have_acted: bool) -> Self {
        Self { kind, may_have_acted, retry_after: None, operation: None }
    }

    /// Sets how long to wait before the next attempt.
    #[must_use]
    pub const fn after(self, seconds: u64) -> Self {
        Self { retry_after: Some(Duration::from_secs(seconds)), ..self }
    }

    fn error(self, provider: &str, operation: Operation) -> Error {
        let mut error = Error::new(self.kind).with_may_have_acted(self.may_have_acted);
        if let Some(retry_after) = self.retry_after {
            error = error.with_retry_after(retry_after);
        }
        error.with_origin(provider, self.operation.unwrap_or(operation))
    }
}

/// Down, and certainly not acted.
pub const DOWN: Step = Step::Fail(Failure::new(ErrorKind::Unavailable, false));
/// A time-out after sending.
pub const LOST: Step = Step::Fail(Failure::new(ErrorKind::TimedOut, true));

/// Takes one step of its script for each call, and succeeds when there are none left. Clones share script and record.
///
/// By default it can cancel and read the status, accepts any code as often as it is asked, and has neither
/// limits nor expiry.
#[derive(Clone)]
pub struct FakeProvider {
    name: &'static str,
    alias: Option<&'static str>,
    capabilities: Capabilities,
    validates: bool,
    accepts_only_right: bool,
    status: Status,
    shared: Arc<Mutex<Shared>>,
}

#[derive(Default)]
struct Shared {
    script: VecDeque<Result<Step>>,
    calls: Vec<Operation>,
    requests: Vec<CreateRequest>,
    challenges: usize,
}

impl FakeProvider {
    /// A provider of this name. It needs nothing of a recipient and sends messages by SMS.
    pub fn new(name: &'static str) -> Self {
        let mut capabilities = Capabilities::new(RecipientKind::Owner, [Channel::Sms]);
        (capabilities.cancel, capabilities.status) = (true, true);
        Self {
            name,
            alias: None,
            capabilities,
            validates: false,
            accepts_only_right: false,
            status: Status::Verified,
            shared: Arc::default(),
        }
    }

    /// Takes the challenges of another name for its own, too.
    #[must_use]
    pub fn also(self, alias: &'static str) -> Self {
        Self { alias: Some(alias), ..self }
    }

    /// Changes what it can do.
    #[must_use]
    pub fn able(mut self, change: impl FnOnce(&mut Capabilities)) -> Self {
        change(&mut self.capabilities);
        self
    }

    /// Refuses what its capabilities do not allow, before the call counts.
    #[must_use]
    pub fn validating(self) -> Self {
        Self { validates: true, ..self }
    }

    /// Accepts [`RIGHT`], with a proof, and rejects any other code.
    #[must_use]
    pub fn accepting_only_the_right_code(self) -> Self {
        Self { accepts_only_right: true, ..self }
    }

    /// The status of every challenge, unless the script has another.
    #[must_use]
    pub fn with_status(self, status: Status) -> Self {
        Self { status, ..self }
    }

    /// Adds steps to the script.
    #[must_use]
    pub fn then(self, steps: impl IntoIterator<Item = Step>) -> Self {
        self.lock().script.extend(steps.into_iter().map(Ok));
        self
    }

    /// Adds an error to the script. It names no provider and no operation unless it already does.
    pub fn fail(&self, error: Error) {
        self.lock().script.push_back(Err(error));
    }

    /// Every call until now.
    pub fn calls(&self) -> Vec<Operation> {
        self.lock().calls.clone()
    }

    /// How many calls there were.
    pub fn count(&self) -> usize {
        self.calls().len()
    }

    /// How many calls of an operation there were.
    pub fn count_of(&self, operation: Operation) -> usize {
        self.calls().into_iter().filter(|call| *call == operation).count()
    }

    /// What each create asked for.
    pub fn requests(&self) -> Vec<CreateRequest> {
        self.lock().requests.clone()
    }

    /// What the last create asked for.
    ///
    /// # Panics
    ///
    /// If there was none.
    pub fn last_request(&self) -> CreateRequest {
        self.requests().pop().expect("a create")
    }

    /// The id of its first challenge.
    pub fn id(&self) -> ChallengeId {
        ChallengeId::new(self.name, &["1"])
    }

    fn lock(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().expect("no test panics with the lock held")
    }

    async fn step(&self, operation: Operation) -> Result<Step> {
        let step = {
            let mut shared = self.lock();
            shared.calls.push(operation);
            shared.script.pop_front().unwrap_or(Ok(Step::Succeed))
        };
        // Other tasks get their turn while this one waits for the provider.
        tokio::task::yield_now().await;
        match step? {
            Step::Fail(failure) => return Err(failure.error(self.name, operation)),
            Step::Hang(duration) => tokio::time::sleep(duration).await,
            step @ Step::Be(_) => return Ok(step),
            Step::Succeed => {}
        }
        Ok(Step::Succeed)
    }
}

impl std::fmt::Debug for FakeProvider {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(self.name)
    }
}

#[async_trait]
impl OtpProvider for FakeProvider {
    fn name(&self) -> &str {
        self.name
    }

    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    fn issuers(&self) -> Vec<&str> {
        [self.name].into_iter().chain(self.alias).collect()
    }

    async fn create(&self, request: &CreateRequest) -> Result<Challenge> {
        if self.validates {
            self.capabilities.validate_create(request)?;
        }
        self.lock().requests.push(request.clone());
        self.step(Operation::Create).await?;
        let number = {
            let mut shared = self.lock();
            shared.challenges += 1;
            shared.challenges
        };
        let id = ChallengeId::new(self.name, &[&number.to_string()]);
        Ok(Challenge::new(id, self.capabilities.channel(request)))
    }

    async fn verify(&self, request: &VerifyRequest) -> Result<Verified> {
        if self.validates {
            self.capabilities.validate_verify(request)?;
        }
        self.step(Operation::Verify).await?;
        let verified = Verified::new(request.id.clone());
        match self.accepts_only_right {
            false => Ok(verified),
            true if request.code.expose() == RIGHT => Ok(verified.with_proof("proof")),
            true => Err(Error::new(ErrorKind::Rejected(Rejection::WrongCode))),
        }
    }

    async fn cancel(&self, _: &ChallengeId) -> Result<()> {
        self.step(Operation::Cancel).await?;
        self.capabilities.cancel.then_some(()).ok_or_else(|| Error::unsupported("cancel"))
    }

    async fn status(&self, _: &ChallengeId) -> Result<Status> {
        match self.step(Operation::Status).await? {
            Step::Be(status) => Ok(status.into()),
            _ if self.capabilities.status => Ok(self.status.clone()),
            _ => Err(Error::unsupported("status")),
        }
    }
}
