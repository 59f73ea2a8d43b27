//! The world of an attacker: a guarded provider, a clock, and what got through.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use otp_facade::stores::ChallengeStore;
use otp_facade::{
    Capabilities, Challenge, ChallengeId, Code, CreateRequest, Error, Guard, GuardSettings, OtpProvider,
    Purpose, PurposeSupport, Recipient, RecipientKind, Result, Status, Verified, VerifyRequest,
};

/// A guarded provider, and the time that has passed.
pub struct World {
    guard: Guard<Counting, Box<dyn ChallengeStore>>,
    counts: Arc<Counts>,
    clock: Box<dyn Fn(Duration) + Send + Sync>,
    last_code: Box<dyn Fn() -> Option<Code> + Send + Sync>,
    milliseconds: AtomicUsize,
}

/// What reached the provider.
#[derive(Debug, Default)]
struct Counts {
    messages: AtomicUsize,
    guesses: AtomicUsize,
}

impl World {
    /// A world around this provider. `clock` moves the clocks of the store and of the service; `last_code` reads the code of the
    /// newest message.
    ///
    /// # Panics
    ///
    /// If the settings are not valid.
    pub fn new(
        provider: Box<dyn OtpProvider>,
        store: Box<dyn ChallengeStore>,
        settings: GuardSettings,
        clock: impl Fn(Duration) + Send + Sync + 'static,
        last_code: impl Fn() -> Option<Code> + Send + Sync + 'static,
    ) -> Self {
        let counts = Arc::new(Counts::default());
        let counting = Counting { inner: provider, counts: counts.clone() };
        let guard = Guard::new(counting, store, settings).expect("the settings are valid");
        let (clock, last_code) = (Box::new(clock), Box::new(last_code));
        Self { guard, counts, clock, last_code, milliseconds: AtomicUsize::new(0) }
    }

    /// The guarded provider.
    pub fn guard(&self) -> &dyn OtpProvider {
        &self.guard
    }

    /// Moves the clock.
    pub fn advance(&self, by: Duration) {
        (self.clock)(by);
        let by = usize::try_from(by.as_millis()).expect("a few years");
        self.milliseconds.fetch_add(by, Ordering::Relaxed);
    }

    /// How much time has passed.
    pub fn elapsed(&self) -> Duration {
        Duration::from_millis(self.milliseconds.load(Ordering::Relaxed) as u64)
    }

    /// How many messages reached the provider.
    pub fn messages(&self) -> usize {
        self.counts.messages.load(Ordering::Relaxed)
    }

    /// How many codes reached the provider.
    pub fn guesses(&self) -> usize {
        self.counts.guesses.load(Ordering::Relaxed)
    }

    /// Whom the provider sends to.
    pub fn sends_to(&self) -> RecipientKind {
        self.guard.capabilities().recipient
    }

    /// The code of the newest message.
    pub fn last_code(&self) -> Option<Code> {
        (self.last_code)()
    }

    /// A request for the person with this number, in one of three spellings.
    pub fn request(&self, person: usize, spelling: usize, subject: Option<&str>) -> CreateRequest {
        let number = format!("+33{}612{person:06}", ["", "0", "00"][spelling % 3]);
        let request = CreateRequest::new(Recipient::phone(number).with_user_id(format!("user-{person}")));
        let request = match self.guard.capabilities().purposes {
            PurposeSupport::Required(_) => request.with_purpose(Purpose::LegitimationData),
            _ => request,
        };
        match subject {
            Some(subject) => request.with_subject(subject),
            None => request,
        }
    }

    /// A code that no challenge has: it is longer than the codes, if the provider takes such ones.
    pub fn wrong_code(&self, id: &ChallengeId) -> VerifyRequest {
        let codes = ["9999999999", "99999999", "9999999", "999999", "ZZZZZZ"];
        let requests = codes.map(|code| VerifyRequest::new(id.clone(), code));
        let valid = |request: &VerifyRequest| self.guard.capabilities().validate_verify(request).is_ok();
        requests.into_iter().find(valid).expect("a code of a form that the provider takes")
    }
}

/// Counts what reaches a provider.
#[derive(Debug)]
struct Counting {
    inner: Box<dyn OtpProvider>,
    counts: Arc<Counts>,
}

#[async_trait]
impl OtpProvider for Counting {
    fn name(&self) -> &str {
        self.inner.name()
    }

    fn capabilities(&self) -> &Capabilities {
        self.inner.capabilities()
    }

    fn issuers(&self) -> Vec<&str> {
        self.inner.issuers()
    }

    async fn create(&self, request: &CreateRequest) -> Result<Challenge> {
        let created = self.inner.create(request).await;
        // What the vendor certainly did not do is no message: Vonage refuses a second challenge while one is pending.
        let may_be_sent = created.as_ref().map_or_else(Error::may_have_acted, |_| true);
        self.counts.messages.fetch_add(usize::from(may_be_sent), Ordering::Relaxed);
        created
    }

    async fn verify(&self, request: &VerifyRequest) -> Result<Verified> {
        self.counts.guesses.fetch_add(1, Ordering::Relaxed);
        self.inner.verify(request).await
    }

    async fn cancel(&self, id: &ChallengeId) -> Result<()> {
        self.inner.cancel(id).await
    }

    async fn status(&self, id: &ChallengeId) -> Result<Status> {
        self.inner.status(id).await
    }
}
