//! A provider without a network, for tests.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use otp_transport::Secret;
use rand::RngExt as _;

use super::vendor::{Vendor, otp_provider};
use crate::capabilities::{Capabilities, PurposeSupport, RecipientKind};
use crate::challenge::{Challenge, ChallengeId, Status, Verified};
use crate::channel::Channel;
use crate::code_format::CodeFormat;
use crate::error::{DeclineReason, Error, ErrorKind, Rejection, Result};
use crate::mask::mask;
use crate::purpose::Purpose;
use crate::request::{Alphabet, CreateRequest, Recipient, VerifyRequest};
use crate::secret::Code;

/// A provider that keeps everything in this process: challenges, codes, and an inbox instead of a phone network.
///
/// It has all four operations, with the same meaning as everywhere. An application's tests need no network and no
/// waiting: [`advance`](Self::advance) moves its clock. Clones share the state. It can do more than any vendor, such as
/// binding a subject: what stands around the provider, a guard for one, belongs around this too.
///
/// ```
/// # tokio_test(async {
/// use otp_facade::{CreateRequest, InMemory, OtpProvider, Recipient, VerifyRequest};
///
/// let provider = InMemory::new();
/// let challenge = provider.create(&CreateRequest::new(Recipient::phone("+4915112345678"))).await?;
/// let code = provider.last_message().expect("a message").code;
/// provider.verify(&VerifyRequest::new(challenge.id, code)).await?;
/// # Ok::<(), otp_facade::Error>(())
/// # }).unwrap();
/// # fn tokio_test<T>(test: impl Future<Output = T>) -> T {
/// #     tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(test)
/// # }
/// ```
#[derive(Clone)]
pub struct InMemory {
    name: String,
    capabilities: Arc<Capabilities>,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    ahead: Duration,
    challenges: HashMap<String, Entry>,
    inbox: Vec<SentMessage>,
}

struct Entry {
    recipient: Recipient,
    code: Code,
    expires_at: SystemTime,
    /// `None` is no limit.
    attempts_left: Option<u32>,
    status: Status,
    subject: Option<String>,
    purpose: Option<Purpose>,
}

/// A message that would have been sent.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SentMessage {
    /// To whom.
    pub recipient: Recipient,
    /// Of which challenge.
    pub id: ChallengeId,
    /// The code in it.
    pub code: Code,
}

const TTL: Duration = Duration::from_secs(300);
const ATTEMPTS: u32 = 3;
const LENGTH: u32 = 6;

impl Default for InMemory {
    fn default() -> Self {
        Self {
            name: "memory".to_owned(),
            capabilities: Arc::new(CAPABILITIES.clone()),
            state: Arc::default(),
        }
    }
}

impl InMemory {
    /// A provider with an empty inbox. Codes are six digits, good for five minutes and three attempts, unless a request
    /// asks for something else.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the name of this instance, `memory` by default. The state is not shared with the other name's clones.
    #[must_use]
    pub fn with_name(self, name: impl Into<String>) -> Self {
        Self { name: name.into(), capabilities: self.capabilities, state: Arc::default() }
    }

    /// Requires and supports the same as a real provider, so that tests meet its refusals and, under a guard, its limits. The
    /// state is not shared with clones of before.
    ///
    /// A code is always in the inbox, whatever its channel; options that only change a message are accepted and ignored.
    ///
    /// ```
    /// # #[cfg(feature = "smscx")] {
    /// use otp_facade::{InMemory, OtpProvider, RecipientKind, Smscx};
    ///
    /// let real = Smscx::builder().api_key("key").build()?;
    /// let provider = InMemory::new().with_capabilities(real.capabilities());
    /// assert_eq!(provider.capabilities().recipient, RecipientKind::Phone);
    /// # }
    /// # Ok::<(), otp_facade::ConfigError>(())
    /// ```
    #[must_use]
    pub fn with_capabilities(self, capabilities: &Capabilities) -> Self {
        Self { name: self.name, capabilities: Arc::new(capabilities.clone()), state: Arc::default() }
    }

    /// The messages that would have been sent, oldest first.
    pub fn inbox(&self) -> Vec<SentMessage> {
        self.lock().inbox.clone()
    }

    /// The newest message.
    pub fn last_message(&self) -> Option<SentMessage> {
        self.lock().inbox.last().cloned()
    }

    /// Moves the clock, so that challenges expire without waiting.
    pub fn advance(&self, by: Duration) {
        self.lock().ahead += by;
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn now(&self) -> SystemTime {
        SystemTime::now() + self.ahead
    }

    /// The challenge that is pending for a recipient.
    fn pending(&self, recipient: &Recipient) -> Option<ChallengeId> {
        let now = self.now();
        let mut pending = self.challenges.iter().filter(|(_, entry)| {
            entry.recipient == *recipient && entry.status == Status::Pending && now < entry.expires_at
        });
        pending.next().and_then(|(id, _)| id.parse().ok())
    }

    /// The entry of a challenge, expired if its time is over.
    fn entry(&mut self, id: &ChallengeId) -> Result<&mut Entry> {
        let now = self.now();
        let entry = self.challenges.get_mut(id.as_str()).ok_or_else(|| Error::new(ErrorKind::NotFound))?;
        if entry.status == Status::Pending && now >= entry.expires_at {
            entry.status = Status::Expired;
        }
        Ok(entry)
    }
}

impl Entry {
    /// Why the challenge takes no code, if it does not.
    fn refusal(&self, request: &VerifyRequest) -> Option<Rejection> {
        match self.status {
            Status::Verified => Some(Rejection::AlreadyUsed),
            Status::Cancelled => Some(Rejection::Cancelled),
            Status::Expired => Some(Rejection::Expired),
            Status::TooManyAttempts => Some(Rejection::TooManyAttempts),
            _ if self.subject != request.subject => Some(Rejection::Mismatch),
            _ if request.purpose.is_some() && self.purpose != request.purpose => Some(Rejection::Mismatch),
            _ => None,
        }
    }
}

static CAPABILITIES: LazyLock<Capabilities> = LazyLock::new(|| Capabilities {
    cancel: true,
    status: true,
    ttl: Some(Duration::from_secs(1)..=Duration::from_secs(86_400)),
    max_attempts: Some(1..=100),
    code_length: Some(4..=32),
    alphabets: vec![Alphabet::Digits, Alphabet::Letters, Alphabet::Alphanumeric],
    code_format: Some(CodeFormat::new(Alphabet::Alphanumeric, 4..=32)),
    purposes: PurposeSupport::Any,
    binding: true,
    ..Capabilities::new(RecipientKind::Any, [Channel::Sms, Channel::ReturnedToCaller])
});

otp_provider!(InMemory);

impl Vendor for InMemory {
    type Parts = ChallengeId;
    /// A create sends nothing.
    type Body = ();

    fn name(&self) -> &str {
        &self.name
    }

    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    fn parts(&self, id: &ChallengeId) -> Result<ChallengeId> {
        Ok(id.clone())
    }

    fn body(&self, _: &CreateRequest) -> Result<()> {
        Ok(())
    }

    async fn create(&self, request: &CreateRequest, (): ()) -> Result<Challenge> {
        let channel = self.capabilities.channel(request);
        let code = draw(request.alphabet.unwrap_or(Alphabet::Digits), request.code_length.unwrap_or(LENGTH));
        // Where nobody can set a number of attempts, the provider counts none that is known.
        let range = self.capabilities.max_attempts.as_ref();
        let default = range.map(|range| ATTEMPTS.clamp(*range.start(), *range.end()));
        let (ttl, attempts) = (request.ttl.unwrap_or(TTL), request.max_attempts.or(default));
        let mut state = self.lock();
        let entry = Entry {
            recipient: request.recipient.clone(),
            code: code.clone(),
            expires_at: state.now() + ttl,
            attempts_left: attempts,
            status: Status::Pending,
            subject: request.subject.clone(),
            purpose: request.purpose.clone(),
        };
        let keeps_one = self.capabilities.one_at_a_time || self.capabilities.resends;
        let pending = keeps_one.then(|| state.pending(&request.recipient)).flatten();
        if self.capabilities.one_at_a_time && pending.is_some() {
            return Err(Error::new(ErrorKind::RateLimited)
                .with_recipient_limit()
                .with_message("another challenge of the recipient is pending"));
        }
        let id = pending.unwrap_or_else(|| {
            ChallengeId::new(&self.name, &[&format!("{:032x}", rand::rng().random::<u128>())])
        });
        let mut challenge = Challenge::new(id.clone(), channel).with_expires_in(ttl);
        challenge.hint = request.recipient.phone.as_ref().map(|phone: &Secret| mask(phone.expose()));
        if channel == Channel::Email {
            let address = request.recipient.email.as_ref();
            challenge.hint = address.map(|address| crate::email::mask(address.expose()));
        }
        challenge.max_attempts = attempts;
        if self.capabilities.one_at_a_time {
            challenge = challenge.with_resend_after(ttl);
        }
        state.challenges.insert(id.to_string(), entry);
        if channel == Channel::ReturnedToCaller {
            return Ok(challenge.with_code(code.expose()));
        }
        state.inbox.push(SentMessage { recipient: request.recipient.clone(), id, code });
        Ok(challenge)
    }

    async fn verify(&self, id: ChallengeId, request: &VerifyRequest) -> Result<Verified> {
        let mut state = self.lock();
        let entry = state.entry(&id)?;
        if let Some(rejection) = entry.refusal(request) {
            return Err(Error::new(ErrorKind::Rejected(rejection)));
        }
        if entry.code.expose() == request.code.expose() {
            entry.status = Status::Verified;
            return Ok(Verified::new(request.id.clone()));
        }
        entry.attempts_left = entry.attempts_left.map(|left| left - 1);
        let error = Error::new(ErrorKind::Rejected(Rejection::WrongCode));
        let Some(left) = entry.attempts_left else { return Err(error) };
        if left == 0 {
            entry.status = Status::TooManyAttempts;
        }
        Err(error.with_attempts_left(left))
    }

    async fn cancel(&self, id: ChallengeId) -> Result<()> {
        let mut state = self.lock();
        let entry = state.entry(&id)?;
        match entry.status {
            Status::Pending | Status::Cancelled => {
                entry.status = Status::Cancelled;
                Ok(())
            }
            _ => Err(Error::new(ErrorKind::ProviderDeclined)
                .with_decline_reason(DeclineReason::NotOpen)
                .with_message("the challenge is no longer open")),
        }
    }

    async fn status(&self, id: ChallengeId) -> Result<Status> {
        self.lock().entry(&id).map(|entry| entry.status.clone())
    }
}

fn draw(alphabet: Alphabet, length: u32) -> Code {
    const DIGITS: &[u8] = b"0123456789";
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    const BOTH: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    let characters = match alphabet {
        Alphabet::Digits => DIGITS,
        Alphabet::Letters => LETTERS,
        Alphabet::Alphanumeric => BOTH,
    };
    let mut random = rand::rng();
    let mut one = || char::from(characters[random.random_range(0..characters.len())]);
    Code::from((0..length).map(|_| one()).collect::<String>())
}

impl std::fmt::Debug for InMemory {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("InMemory").field("name", &self.name).finish_non_exhaustive()
    }
}
