//! A provider that accepts the right code as often as it is asked, and counts.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use otp_facade::stores::RedisStore;
use otp_facade::{
    Capabilities, Challenge, ChallengeId, Channel, CreateRequest, Error, ErrorKind, Guard, GuardSettings,
    OtpProvider, Recipient, RecipientKind, Rejection, Result, Status, Verified, VerifyRequest,
};

pub(crate) const RIGHT: &str = "right";

#[derive(Clone, Debug, Default)]
pub(crate) struct Counting {
    pub(crate) creates: Arc<AtomicUsize>,
    pub(crate) verifies: Arc<AtomicUsize>,
}

#[async_trait]
impl OtpProvider for Counting {
    fn name(&self) -> &str {
        "counting"
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities::new(RecipientKind::Phone, [Channel::Sms])
    }

    fn issued(&self, id: &ChallengeId) -> bool {
        id.issuer() == self.name()
    }

    async fn create(&self, _: &CreateRequest) -> Result<Challenge> {
        let number = self.creates.fetch_add(1, Ordering::SeqCst);
        Ok(Challenge::new(ChallengeId::new(self.name(), &[&number.to_string()]), Channel::Sms))
    }

    async fn verify(&self, request: &VerifyRequest) -> Result<Verified> {
        self.verifies.fetch_add(1, Ordering::SeqCst);
        tokio::task::yield_now().await;
        if request.code.expose() == RIGHT {
            return Ok(Verified::new(request.id.clone()));
        }
        Err(Error::new(ErrorKind::Rejected(Rejection::WrongCode)))
    }

    async fn cancel(&self, _: &ChallengeId) -> Result<()> {
        Err(Error::unsupported("cancel"))
    }

    async fn status(&self, _: &ChallengeId) -> Result<Status> {
        Err(Error::unsupported("status"))
    }
}

pub(crate) type Guarded = Arc<Guard<Counting, RedisStore>>;

/// A guard as one process has it.
pub(crate) fn guard(
    provider: &Counting,
    url: &str,
    prefix: &str,
    deadline: Duration,
    attempts: u32,
) -> Guarded {
    let store = RedisStore::new(url).expect("a URL").with_prefix(prefix).expect("a prefix");
    let settings = GuardSettings::new("a key of at least 32 characters, kept like a password")
        .with_max_attempts(attempts);
    Arc::new(Guard::new(provider.clone(), store.with_deadline(deadline), settings).expect("valid settings"))
}

/// A request for somebody else each time.
pub(crate) fn request(number: usize) -> CreateRequest {
    CreateRequest::new(Recipient::phone(format!("+4915112{number:06}")))
}
