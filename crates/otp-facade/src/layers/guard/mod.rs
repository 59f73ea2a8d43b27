//! The whole life cycle for any provider.

mod create;
mod fingerprint;
mod pending_acceptances;
mod settings;
mod spellings;
mod verify;

use std::fmt;

use async_trait::async_trait;
use otp_transport::ConfigError;

use self::fingerprint::Fingerprints;
use self::pending_acceptances::PendingAcceptances;
pub use self::settings::GuardSettings;
use crate::capabilities::{Capabilities, PurposeSupport, admit_id};
use crate::challenge::{Challenge, ChallengeId, Status, Verified};
use crate::error::{Error, ErrorKind, Operation, Result};
use crate::layers::call_context::record_provider;
use crate::name::check_name;
use crate::provider::OtpProvider;
use crate::request::{CreateRequest, VerifyRequest};
use crate::stores::{ChallengeStore, MemoryStore, StoreError};

/// Gives any provider the whole life cycle, with rules that it may lack, from a record in a store.
///
/// - **create** is limited: an interval, so many an hour and a day for each recipient, so many an hour in all, and to
///   some calling codes. A phone number counts for the person, however it is spelled. What is over a limit is `RateLimited`, with the time to wait; nothing was sent. After the
///   interval, a create is a resend: it cancels the challenge that the recipient has open for the same purpose.
/// - **verify** refuses what is expired, cancelled, used or out of tries before the provider is asked. A try is counted
///   before, and given back only if it certainly was not made. However many ask at once, on however many machines, a
///   challenge is accepted once. A challenge that was created with a subject or a purpose takes a code only together
///   with the same.
/// - **cancel** and **status** work for every provider: by the record, and by the provider where it has them.
/// - While the store cannot be reached, all is `StoreUnavailable`: nothing is sent, nothing is accepted.
///
/// The ids are the guard's own, random, with its name; the provider's stay in the record. The store sees no code, no
/// proof and no number.
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// use otp_facade::stores::MemoryStore;
/// use otp_facade::{CreateRequest, Guard, GuardSettings, InMemory, OtpProvider, Recipient, VerifyRequest};
///
/// let provider = InMemory::new();
/// let settings = GuardSettings::new("a key of at least 32 characters, kept like a password");
/// let guard = Guard::new(provider.clone(), MemoryStore::new(), settings)?;
///
/// let request = CreateRequest::new(Recipient::phone("+4915112345678")).with_subject("account-7");
/// let challenge = guard.create(&request).await?;
/// let again = guard.create(&request).await.unwrap_err();
/// assert!(again.retry_after().is_some());
///
/// let code = provider.last_message().expect("a message").code;
/// guard.verify(&VerifyRequest::new(challenge.id, code).with_subject("account-7")).await?;
/// # Ok(())
/// # })
/// # }
/// ```
///
/// # What it does not do
///
/// - It does not make one challenge out of two: where a provider knows only the newest code of its owner (Equinix
///   Metal), that code is good for all challenges that the guard has open there.
/// - It does not read the provider's challenges: one that was started without the guard is unknown to it.
/// - It does not write down what it only read: a push that the user answered is `Verified` as long as the record is
///   open and the provider says so, as often as it is asked. Later it is `Expired`, after a cancel or a resend
///   `Cancelled`. Note the first `Verified` yourself.
/// - A create whose answer was lost stays counted. Its message may be out; its code is good for nothing.
pub struct Guard<P, S = MemoryStore> {
    inner: P,
    store: S,
    name: Option<String>,
    settings: GuardSettings,
    fingerprints: Fingerprints,
    pending: PendingAcceptances,
}

impl<P: OtpProvider, S: ChallengeStore> Guard<P, S> {
    /// Guards `inner` with records in `store`.
    ///
    /// Machines that share a store must have the same settings, with the same key, and the same [name](Self::with_name).
    ///
    /// # Errors
    ///
    /// If a setting is out of its range.
    pub fn new(inner: P, store: S, settings: GuardSettings) -> std::result::Result<Self, ConfigError> {
        settings.check()?;
        let fingerprints = Fingerprints::new(&settings.key);
        Ok(Self { inner, store, name: None, settings, fingerprints, pending: PendingAcceptances::default() })
    }

    /// Sets the name of this instance, that of the provider by default. Records and limits belong to the name.
    ///
    /// # Errors
    ///
    /// If it is not 1 to 64 lower-case letters, digits, or `-_.`.
    pub fn with_name(mut self, name: impl Into<String>) -> std::result::Result<Self, ConfigError> {
        let name = name.into();
        check_name(&name)?;
        self.name = Some(name);
        Ok(self)
    }

    /// The provider underneath.
    pub fn inner(&self) -> &P {
        &self.inner
    }

    /// What the guard can do with a provider that can do this.
    fn extend(&self, inner: Capabilities) -> Capabilities {
        let longest = self.settings.lifetime;
        let most = self.settings.max_attempts;
        Capabilities {
            cancel: true,
            status: true,
            binding: true,
            purposes: match inner.purposes {
                required @ PurposeSupport::Required(_) => required,
                _ => PurposeSupport::Any,
            },
            ttl: inner.ttl.filter(|range| *range.start() <= longest).map(|range| {
                let (least, end) = range.into_inner();
                least..=end.min(longest)
            }),
            max_attempts: inner.max_attempts.filter(|range| *range.start() <= most).map(|range| {
                let (least, end) = range.into_inner();
                least..=end.min(most)
            }),
            ..inner
        }
    }

    async fn cancel_challenge(&self, id: &ChallengeId) -> Result<()> {
        admit_id(self.name(), id)?;
        let record = self.store.cancel(id.as_str()).await.map_err(unavailable)?;
        let record = record.ok_or_else(|| Error::new(ErrorKind::NotFound))?;
        if record.status != Status::Cancelled {
            return Err(
                Error::new(ErrorKind::ProviderDeclined).with_message("the challenge is no longer open")
            );
        }
        self.cancel_at_provider(&record.provider_id).await;
        Ok(())
    }

    /// Tells the provider, where it can be told. The record decides, whatever comes of it.
    async fn cancel_at_provider(&self, id: &ChallengeId) {
        if self.inner.capabilities().cancel && self.inner.cancel(id).await.is_ok() {
            record_provider(&id.issuer());
        }
    }

    async fn read_status(&self, id: &ChallengeId) -> Result<Status> {
        admit_id(self.name(), id)?;
        let record = self.store.read(id.as_str()).await.map_err(unavailable)?;
        let record = record.ok_or_else(|| Error::new(ErrorKind::NotFound))?;
        if record.status == Status::Pending && self.inner.capabilities().status {
            let status = self.inner.status(&record.provider_id).await?;
            record_provider(&record.provider_id.issuer());
            return Ok(status);
        }
        Ok(record.status)
    }
}

#[async_trait]
impl<P: OtpProvider, S: ChallengeStore> OtpProvider for Guard<P, S> {
    fn name(&self) -> &str {
        self.name.as_deref().unwrap_or_else(|| self.inner.name())
    }

    fn capabilities(&self) -> Capabilities {
        self.extend(self.inner.capabilities())
    }

    fn issued(&self, id: &ChallengeId) -> bool {
        id.issuer() == self.name()
    }

    async fn create(&self, request: &CreateRequest) -> Result<Challenge> {
        self.create_challenge(request)
            .await
            .map_err(|error| error.with_origin(self.name(), Operation::Create))
    }

    async fn verify(&self, request: &VerifyRequest) -> Result<Verified> {
        self.verify_code(request).await.map_err(|error| error.with_origin(self.name(), Operation::Verify))
    }

    async fn cancel(&self, id: &ChallengeId) -> Result<()> {
        self.cancel_challenge(id).await.map_err(|error| error.with_origin(self.name(), Operation::Cancel))
    }

    async fn status(&self, id: &ChallengeId) -> Result<Status> {
        self.read_status(id).await.map_err(|error| error.with_origin(self.name(), Operation::Status))
    }
}

fn unavailable(error: StoreError) -> Error {
    Error::new(ErrorKind::StoreUnavailable).with_message(error.to_string()).with_source(error)
}

impl<P: fmt::Debug, S: fmt::Debug> fmt::Debug for Guard<P, S> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("Guard").field(&self.store).field(&self.inner).finish()
    }
}
