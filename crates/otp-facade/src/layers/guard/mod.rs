//! Guard: rate limits, replay and brute force protection, and the whole life cycle for any provider.

mod audit;
mod create;
mod id;
mod idempotency;
mod keyring;
mod limits;
mod metrics;
mod pending_acceptances;
mod people;
mod settings;
mod spellings;
mod timed_store;
mod verify;

use std::fmt;

use async_trait::async_trait;
use otp_transport::ConfigError;

use self::id::GuardId;
use self::keyring::{Keyring, Keys};
use self::limits::LimitSets;
use self::pending_acceptances::PendingAcceptances;
use self::people::{joint_name, recipients_of};
pub use self::settings::GuardSettings;
use self::timed_store::TimedStore;
use crate::capabilities::{Capabilities, PurposeSupport};
use crate::challenge::{Challenge, ChallengeId, Status, Verified};
use crate::error::{DeclineReason, Error, ErrorKind, Operation, Result};
use crate::layers::call_context::record_provider;
use crate::layers::report;
use crate::name::check_name;
use crate::provider::OtpProvider;
use crate::request::{CreateRequest, Recipient, VerifyRequest};
use crate::stores::{ChallengeStore, Forget, Key, MemoryStore, StoreError};

/// Adds the whole life cycle to any provider, with rate limits and protection against replay and brute force. It keeps a
/// record of each challenge in a store.
///
/// - **create** is limited per recipient by a minimum interval, in any hour and in any 24 hours; per subject by challenges
///   and by different recipients in any 24 hours; globally in any hour. A phone number counts for the
///   person, however it is spelled. Over a limit it fails with `RateLimited` and the time to wait, and nothing is sent. After
///   the interval, a create is a resend: it cancels the open challenge of the same recipient, purpose and subject.
///   [`Challenge::resend_at`] says when the next is possible.
/// - **create** with an [idempotency key](CreateRequest::with_idempotency_key) sends one message, on any machine and however often it
///   is called. Each later call gets the same challenge, and no limit counts it.
/// - **create** to a calling code that the settings do not allow fails with `CountryNotAllowed`. Nothing is sent or counted.
/// - **verify** rejects a challenge that is expired, cancelled, used or out of attempts before it calls the provider. It
///   counts the attempt first, and returns it only if the provider certainly did not look at the code. A challenge is
///   accepted once, also with concurrent calls on many machines. A challenge that was created with a subject or a purpose
///   takes a code only together with the same one.
/// - **Failures in a row** are counted across challenges. After too many, both operations reject with
///   [`LockedOut`](crate::Rejection::LockedOut), until a success or [`reset_failures`](Guard::reset_failures).
/// - **cancel** and **status** work for every provider: by the record, and also by the provider where it has them.
/// - [What attackers reach](crate::layers::limits_guide) under the default limits, and how each setting moves it, has a page of
///   its own.
/// - While the store cannot be reached, all operations fail with `StoreUnavailable`. Nothing is sent or accepted.
///
/// The ids are the guard's own: random, with its name. The provider's ids stay in the records. The store sees no code, no
/// proof and no phone number.
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
/// # Whom the guard counts
///
/// | provider sends to | a recipient is | its limits and failures count |
/// |---|---|---|
/// | a phone number | the number in canonical form | that number, whoever asks |
/// | a user id | the user id | that user, whoever asks |
/// | a phone number or a user id, by the member of a failover | both | failures that number; limits that number, and that user |
/// | the owner of the credential | the name given to [`with_owner`](Guard::with_owner) | that name, whoever asks |
/// | the same, without a name, with an API key that never changes | a hash of the key | that key |
/// | the same, without a name, with a token | everybody | all owners together, as one recipient |
///
/// A **subject** is counted in addition, if the request has one: its challenges, its different recipients, and its failures in
/// a row. Give an account, never a session, or each new session starts with fresh limits. Without a subject, the limits of
/// subjects do not apply.
///
/// # A provider per user
///
/// Where messages go to the owner of a credential, each user has a provider. Transport and store are shared:
///
/// ```
/// # #[cfg(feature = "deutsche-bank")] {
/// # use otp_facade::{ConfigError, DeutscheBank, Guard, GuardSettings, Transport};
/// # use otp_facade::stores::MemoryStore;
/// fn guard_of(
///     customer: &str, token: &str, transport: &Transport, store: &MemoryStore, settings: &GuardSettings,
/// ) -> Result<Guard<DeutscheBank>, ConfigError> {
///     let bank = DeutscheBank::builder().bearer(token).transport(transport.clone()).build()?;
///     Ok(Guard::new(bank, store.clone(), settings.clone())?.with_owner(customer))
/// }
/// # }
/// ```
///
/// # What is stored
///
/// | what | form | for how long |
/// |---|---|---|
/// | recipient, subject, purpose | keyed hash | as the entries below |
/// | record of a challenge: state, attempts, times | its id is random; the provider's id is encrypted | lifetime, and one hour |
/// | open challenge of a recipient, purpose and subject | keyed hash, random id | lifetime |
/// | times of a recipient's or subject's challenges | keyed hash | a day (an hour without a limit per day) |
/// | failures in a row | keyed hash, count | 90 days after the last, or until a success |
/// | outcome of a create with an idempotency key | keyed hash of the key and of the request; the challenge is encrypted | lifetime, and one hour |
///
/// [`forget`](Guard::forget) removes the last three of a person at once. No code, proof, number, user id or subject is stored
/// in clear.
///
/// # What it does not do
///
/// - It does not tell challenges apart that the provider does not: where each create is a resend of the same challenge
///   ([`Capabilities::resends`]: Equinix Metal, Twilio), the newest code is accepted for every challenge that the guard has open
///   there, also of two subjects with one number. An acceptance ends all of them. Purposes are refused there, unless the
///   provider checks them itself together with the code ([`Capabilities::purpose_at_verify`]). A cancel ends the guard's
///   record and not the provider's challenge, which the other subject may still need.
/// - It does not make room where the provider takes [one challenge at a time](Capabilities::one_at_a_time) (Vonage): a create is
///   `RateLimited` while another one of the recipient is open, also one of a stranger. It sends nothing and counts nothing.
/// - It does not know challenges that were started without it.
/// - It does not record a status that it only read: the status of a push that the user approved is `Verified` at each
///   call, as long as the record is open and the provider reports it. Later it is `Expired`, or `Cancelled` after a
///   cancel or a resend. Record the first `Verified` yourself.
/// - It does not accept the code of a create whose response was lost, with an idempotency key or without. That create stays counted, because a message may
///   have been sent.
pub struct Guard<P, S = MemoryStore> {
    inner: P,
    store: TimedStore<S>,
    name: Option<String>,
    settings: GuardSettings,
    limit_sets: LimitSets,
    /// What the guard can do with this provider. Built once.
    capabilities: Capabilities,
    /// The name of the credential's owner, if the application gave it.
    owner: Option<String>,
    keyring: Keyring,
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
        let keyring = Keyring::new(&settings.key, &settings.previous_keys);
        if keyring.has_equal_tags() {
            return Err(ConfigError::new("previous_keys", "must be different keys; make another key"));
        }
        let capabilities = extended(inner.capabilities().clone(), &settings);
        let limit_sets = LimitSets::new(&settings);
        let (store, pending) = (TimedStore::new(store), PendingAcceptances::default());
        let (name, owner) = (None, None);
        Ok(Self { inner, store, name, settings, limit_sets, capabilities, owner, keyring, pending })
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

    /// The wrapped provider.
    pub fn inner(&self) -> &P {
        &self.inner
    }

    /// Names the owner of the credential, where messages go to that owner (Deutsche Bank, Equinix Metal).
    ///
    /// The limits of a recipient then hold for this name. Without a name they hold for the API key at Equinix Metal, which never
    /// changes. A token, also one that this provider does not renew, says nothing lasting about its owner, so that without a name
    /// all owners share the limits of one recipient. Use the customer's id, and never a session or a token.
    #[must_use]
    pub fn with_owner(mut self, name: impl Into<String>) -> Self {
        self.owner = Some(name.into());
        self
    }

    /// Resets the failures in a row of a recipient, of a subject, or of both together.
    ///
    /// Call it when the person has proved who they are in another way. A success resets them by itself.
    ///
    /// # Errors
    ///
    /// `StoreUnavailable`.
    pub async fn reset_failures(&self, recipient: Option<&Recipient>, subject: Option<&str>) -> Result<()> {
        let keys = &self.keyring.current;
        let subject = subject.map(|subject| self.subject(keys, subject));
        let recipients = recipient.into_iter().flat_map(|recipient| self.recipients(keys, recipient));
        // With a subject, the failures of others with the same recipient stay.
        let recipients = recipients.map(|recipient| match &subject {
            Some(subject) => Key::new(recipient.bucket, joint_name(&recipient, subject)),
            None => recipient,
        });
        let names: Vec<Key> = recipients.chain(subject.clone()).collect();
        self.store.forget(&names, Forget::Failures).await.map_err(unavailable)?;
        audit::reset(self.name(), "failures");
        Ok(())
    }

    /// Removes what the store counts under a recipient, a subject, or each of both (erasure).
    ///
    /// Their limits and failures in a row start anew, and the recipient's idempotency keys are free. Records of challenges leave by themselves, an hour after the end of
    /// their lifetime.
    ///
    /// # Errors
    ///
    /// `StoreUnavailable`.
    pub async fn forget(&self, recipient: Option<&Recipient>, subject: Option<&str>) -> Result<()> {
        let mut names = Vec::new();
        for keys in self.keyring.all() {
            names.extend(recipient.into_iter().flat_map(|recipient| self.recipients(keys, recipient)));
            if let Some(subject) = subject {
                let subject = self.subject(keys, subject);
                names.extend([recipients_of(&subject), subject]);
            }
        }
        self.store.forget(&names, Forget::Everything).await.map_err(unavailable)?;
        audit::reset(self.name(), "everything");
        Ok(())
    }

    /// The key of the challenge's record, and the guard's keys that it was created with.
    fn record_of(&self, id: &ChallengeId) -> Result<(Key, &Keys)> {
        id.validate_issuer(self.name())?;
        let id = GuardId::of(self.name(), id).ok_or_else(|| Error::new(ErrorKind::NotFound))?;
        let keys = self.keyring.with_tag(&id.tag).ok_or_else(|| Error::new(ErrorKind::NotFound))?;
        Ok((id.key, keys))
    }

    async fn cancel_challenge(&self, id: &ChallengeId) -> Result<()> {
        let (key, keys) = self.record_of(id)?;
        // The store first: its record decides whether a code is accepted, also if the provider cannot be reached.
        let record = self.store.cancel(&key).await.map_err(unavailable)?;
        let record = record.ok_or_else(|| Error::new(ErrorKind::NotFound))?;
        if record.status != Status::Cancelled {
            return Err(Error::new(ErrorKind::ProviderDeclined)
                .with_decline_reason(DeclineReason::NotOpen)
                .with_message("the challenge is no longer open"));
        }
        self.cancel_at_provider(&open(keys, &record.provider_id, &key)?).await;
        Ok(())
    }

    /// Cancels the challenge at the provider too, where it can. The record decides, so an error here does not matter.
    async fn cancel_at_provider(&self, id: &ChallengeId) {
        let inner = self.inner.capabilities();
        // A challenge that other records share stays open for them.
        if inner.cancel && !inner.resends {
            match self.inner.cancel(id).await {
                Ok(()) => record_provider(&id.issuer()),
                Err(error) => report::attempt_failed("guard", Operation::Cancel, self.inner.name(), &error),
            }
        }
    }

    async fn read_status(&self, id: &ChallengeId) -> Result<Status> {
        let (key, keys) = self.record_of(id)?;
        // An acceptance that the store does not know yet: a code is rejected as used, so the status says the same.
        if self.pending.holds(id.as_str()) {
            return Ok(Status::Verified);
        }
        let record = self.store.read(&key).await.map_err(unavailable)?;
        let record = record.ok_or_else(|| Error::new(ErrorKind::NotFound))?;
        if record.status == Status::Pending && self.inner.capabilities().status {
            let provider_id = open(keys, &record.provider_id, &key)?;
            let status = self.inner.status(&provider_id).await?;
            record_provider(&provider_id.issuer());
            return Ok(status);
        }
        Ok(record.status)
    }
}

/// Decrypts the provider's id in a record.
fn open(keys: &Keys, sealed: &str, record: &Key) -> Result<ChallengeId> {
    let text = keys.open(sealed, &record.name);
    let unreadable = || unavailable(StoreError::new("the record cannot be read"));
    text.and_then(|text| text.parse().ok()).ok_or_else(unreadable)
}

#[async_trait]
impl<P: OtpProvider, S: ChallengeStore> OtpProvider for Guard<P, S> {
    fn name(&self) -> &str {
        self.name.as_deref().unwrap_or_else(|| self.inner.name())
    }

    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    fn issuers(&self) -> Vec<&str> {
        vec![self.name()]
    }

    fn check_create(&self, request: &CreateRequest) -> Result<()> {
        let inner_request = create::inner_request(request, self.inner.capabilities());
        let checked = self.capabilities.validate_create(request);
        checked
            .and_then(|()| self.inner.check_create(&inner_request))
            .map_err(|error| error.with_origin(self.name(), Operation::Create))
    }

    async fn create(&self, request: &CreateRequest) -> Result<Challenge> {
        self.create_challenge(request)
            .await
            .map_err(|error| error.with_origin(self.name(), Operation::Create))
    }

    async fn verify(&self, request: &VerifyRequest) -> Result<Verified> {
        let outcome = self.verify_code(request).await;
        let name = outcome.as_ref().map_or_else(|error| error.kind().as_str(), |_| "accepted");
        metrics::attempted(self.name(), name);
        outcome.map_err(|error| error.with_origin(self.name(), Operation::Verify))
    }

    async fn cancel(&self, id: &ChallengeId) -> Result<()> {
        self.cancel_challenge(id).await.map_err(|error| error.with_origin(self.name(), Operation::Cancel))
    }

    async fn status(&self, id: &ChallengeId) -> Result<Status> {
        self.read_status(id).await.map_err(|error| error.with_origin(self.name(), Operation::Status))
    }

    async fn ready(&self) -> Result<()> {
        self.store.ready().await.map_err(|error| unavailable(error).with_provider(self.name()))?;
        self.inner.ready().await
    }
}

/// What a guard with these settings can do with a provider that can do `inner`.
fn extended(inner: Capabilities, settings: &GuardSettings) -> Capabilities {
    let (max_ttl, max_attempts) = (settings.lifetime, settings.max_attempts);
    Capabilities {
        cancel: true,
        status: true,
        binding: true,
        // Only for channels whose code does not come back to the caller: it may not be kept.
        idempotency_keys: inner.channels.is_empty()
            || !inner.channels.iter().all(|channel| channel.is_returned()),
        purposes: match inner.purposes {
            required @ PurposeSupport::Required(_) => required,
            // A code of one purpose would be accepted for another: the provider keeps no two challenges apart.
            _ if inner.resends && !inner.purpose_at_verify => PurposeSupport::None,
            _ => PurposeSupport::Any,
        },
        ttl: inner
            .ttl
            .filter(|range| *range.start() <= max_ttl)
            .map(|range| *range.start()..=max_ttl.min(*range.end())),
        max_attempts: inner
            .max_attempts
            .filter(|range| *range.start() <= max_attempts)
            .map(|range| *range.start()..=max_attempts.min(*range.end())),
        ..inner
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
