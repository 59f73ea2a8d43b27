//! Create: reserve in the store, call the provider, settle in the store.

use std::borrow::Cow;
use std::ops::ControlFlow;
use std::time::Duration;

use super::id::GuardId;
use super::limits::{Limits, resends};
use super::people::Person;
use super::spellings::Spellings;
use super::{Guard, audit, unavailable};
use crate::capabilities::{Capabilities, PurposeSupport};
use crate::challenge::{Challenge, ChallengeId};
use crate::error::{Error, ErrorKind, Rejection, Result};
use crate::layers::call_context::record_provider;
use crate::provider::OtpProvider;
use crate::request::CreateRequest;
use crate::stores::{
    Binding, ChallengeStore, CreateOutcome, Key, Quota, Receipt, Reservation, ReserveResult, StoreError,
};

/// A challenge that is counted, and what the person may do next.
struct Reserved {
    id: ChallengeId,
    reservation: Reservation,
    receipt: Receipt,
    resend_after: Duration,
    resends_left: Option<u32>,
}

impl<P: OtpProvider, S: ChallengeStore> Guard<P, S> {
    pub(super) async fn create_challenge(&self, request: &CreateRequest) -> Result<Challenge> {
        self.capabilities.validate_create(request)?;
        if let Some(phone) = &request.recipient.phone
            && self.settings.restricts_numbers()
            && !self.settings.allows_number(&Spellings::of(phone.expose()))
        {
            return Err(Error::new(ErrorKind::CountryNotAllowed)
                .with_field("recipient.phone")
                .with_message("the calling code is not allowed")
                .with_never_sent());
        }
        // Counted before the provider is called: of many requests at once, no more than the limit may send a message.
        let reserved = match self.reserve(request).await? {
            ControlFlow::Continue(reserved) => reserved,
            ControlFlow::Break(replayed) => return Ok(replayed),
        };
        match self.inner.create(&inner_request(request, self.inner.capabilities())).await {
            Ok(challenge) => self.confirm(reserved, challenge).await,
            Err(error) if error.may_have_acted() => {
                // The message may be on its way, and counts. The person has to wait for the next one.
                let error = match reserved.resend_after {
                    Duration::ZERO => error,
                    wait => error.with_retry_after(wait),
                };
                self.keep_error(&reserved.reservation, &reserved.receipt, &error).await;
                Err(error)
            }
            Err(error) => {
                let Reserved { reservation, receipt, .. } = reserved;
                // If the store fails here, the challenge stays counted: too strict is safe, too lax is not.
                let _ = self.store.settle_create(&reservation, &receipt, &CreateOutcome::NotSent).await;
                Err(error)
            }
        }
    }

    /// Reserves a challenge, unless another create with the same idempotency key has started it.
    async fn reserve(&self, request: &CreateRequest) -> Result<ControlFlow<Challenge, Reserved>> {
        let keys = &self.keyring.current;
        let person = self.person(keys, request);
        let Limits { quotas, rules } = self.limits(&person);
        let (id, key) = GuardId::generate(self.name(), person.recipient.bucket, &keys.tag);
        let reservation = self.reservation(key, request, person, quotas);
        let reserved = match self.reserve_once(request, &reservation).await? {
            ControlFlow::Continue(reserved) => reserved,
            ControlFlow::Break(replayed) => return Ok(ControlFlow::Break(replayed)),
        };
        match reserved {
            ReserveResult::Granted { receipt, room } => {
                let (resend_after, resends_left) = resends(&rules, &room);
                Ok(ControlFlow::Continue(Reserved { id, reservation, receipt, resend_after, resends_left }))
            }
            ReserveResult::Limited { limit, retry_after } => {
                let error = Error::new(ErrorKind::RateLimited).with_retry_after(retry_after);
                Err(match rules.get(limit) {
                    Some(rule) => {
                        audit::limit_reached(self.name(), *rule);
                        error.with_message(rule.message())
                    }
                    None => error,
                })
            }
            ReserveResult::LockedOut => {
                audit::rejected(self.name(), "create", Rejection::LockedOut);
                Err(Error::new(ErrorKind::Rejected(Rejection::LockedOut)))
            }
            // Those of a key are taken by `reserve_once`.
            ReserveResult::Replay(_) => {
                Err(unavailable(StoreError::new("the store replays a create without an idempotency key")))
            }
        }
    }

    fn reservation(
        &self,
        key: Key,
        request: &CreateRequest,
        person: Person,
        quotas: Vec<Quota>,
    ) -> Reservation {
        let inner = self.inner.capabilities();
        let idempotency = self.idempotency(&self.keyring.current, request, &person);
        let subject = person.subject.as_ref();
        let binding = Self::binding(&self.keyring.current, subject, request.purpose.as_ref());
        Reservation {
            key,
            slot: person.slot(binding.purpose.as_deref()),
            quotas,
            failures: self.settings.max_failures.map(|_| person.failures()),
            shared: inner.resends.then(|| person.recipient.name.clone()),
            lockout: self.settings.lockout(person.subject),
            lifetime: request.ttl.unwrap_or(self.settings.lifetime).min(self.settings.lifetime),
            max_attempts: request.max_attempts.unwrap_or(u32::MAX).min(self.settings.max_attempts),
            binding: Binding {
                purpose_optional: matches!(inner.purposes, PurposeSupport::Required(_)),
                ..binding
            },
            idempotency,
        }
    }

    async fn confirm(&self, reserved: Reserved, inner: Challenge) -> Result<Challenge> {
        let Reserved { id, reservation, receipt, resend_after, resends_left } = reserved;
        let lifetime = inner.expires_in.unwrap_or(reservation.lifetime).min(reservation.lifetime);
        let max_attempts = inner.max_attempts.unwrap_or(u32::MAX).min(reservation.max_attempts);
        let provider_id = self.keyring.current.seal(inner.id.as_str(), &reservation.key.name);
        let guarded = Challenge { id, max_attempts: Some(max_attempts), resends_left, ..inner };
        // A provider that refuses another challenge while this one is open knows better than the limits.
        let resend_after = resend_after.max(inner.resend_after.unwrap_or_default());
        let guarded = guarded.with_expires_in(lifetime).with_resend_after(resend_after);
        let challenge = self.keep_challenge(&reservation, &guarded);
        let started = CreateOutcome::Started { provider_id, lifetime, max_attempts, challenge };
        if let Err(error) = self.store.settle_create(&reservation, &receipt, &started).await {
            // The code is on its way, but no record would ever accept it. If the step may have been taken all the same, a repetition
            // with the idempotency key finds the challenge, which is then worth something.
            if reservation.idempotency.is_none() || !error.may_have_acted() {
                self.cancel_at_provider(&inner.id).await;
            }
            return Err(unavailable(error).with_may_have_acted(true));
        }
        record_provider(&inner.id.issuer());
        Ok(guarded)
    }
}

/// The request without subject, purpose and idempotency key where the provider cannot honor them. The record does instead.
pub(super) fn inner_request<'a>(request: &'a CreateRequest, inner: &Capabilities) -> Cow<'a, CreateRequest> {
    let subject = request.subject.is_some() && !inner.binding;
    let purpose = request.purpose.is_some() && inner.purposes == PurposeSupport::None;
    let key = request.idempotency_key.is_some() && !inner.idempotency_keys;
    if !subject && !purpose && !key {
        return Cow::Borrowed(request);
    }
    let mut request = request.clone();
    request.subject = request.subject.filter(|_| !subject);
    request.purpose = request.purpose.filter(|_| !purpose);
    request.idempotency_key = request.idempotency_key.filter(|_| !key);
    Cow::Owned(request)
}
