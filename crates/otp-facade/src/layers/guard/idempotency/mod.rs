//! Idempotency keys: of all creates with one key, the first one acts, and the others get what became of it.

mod kept;
mod patience;
mod request_hash;

use std::ops::ControlFlow;
use std::time::Duration;

use self::kept::{KeptChallenge, KeptError, seal, unseal};
use self::patience::Patience;
use self::request_hash::hash_request;
use super::keyring::Keys;
use super::people::Person;
use super::{Guard, audit, unavailable};
use crate::challenge::{Challenge, Status};
use crate::error::{Error, ErrorKind, Result};
use crate::provider::OtpProvider;
use crate::request::CreateRequest;
use crate::stores::{
    Bucket, ChallengeStore, CreateOutcome, Idempotency, Receipt, Replay, Reservation, ReserveResult,
};

/// How long others wait for the outcome of a create: twice the deadline of a call to a provider.
///
/// A create that takes longer does no harm. The others get the uncertain error, and nothing is sent. Whoever comes after its end
/// gets its outcome.
const LEASE: Duration = Duration::from_secs(30);

/// The create that holds a key.
struct Holder<'a> {
    /// The guard's keys by which it is known.
    keys: &'a Keys,
    bucket: Bucket,
    idempotency: Idempotency,
    replay: Replay,
}

impl<P: OtpProvider, S: ChallengeStore> Guard<P, S> {
    /// The idempotency key of a request as the store knows it: of this guard, recipient and subject.
    pub(super) fn idempotency(
        &self,
        keys: &Keys,
        request: &CreateRequest,
        person: &Person,
    ) -> Option<Idempotency> {
        let key = request.idempotency_key.as_deref()?;
        let recipient = person.recipient.name.clone();
        let subject = person.subject.as_ref().map_or("", |subject| &*subject.name);
        Some(Idempotency {
            name: keys.hash(&["idempotency", self.name(), &recipient, subject, key]),
            request: hash_request(keys, request, self.inner.capabilities()),
            recipient,
            lease: LEASE,
        })
    }

    /// Reserves a challenge, or returns the one that another create with the same idempotency key has started. If that create is
    /// under way, it waits for it. It may be dropped at any time: a create that waits has nothing reserved.
    pub(super) async fn reserve_once(
        &self,
        request: &CreateRequest,
        reservation: &Reservation,
    ) -> Result<ControlFlow<Challenge, ReserveResult>> {
        let mut patience = None;
        'reserve: loop {
            let mut holder = match self.reserve_or_find(request, reservation).await? {
                ControlFlow::Continue(reserved) => return Ok(ControlFlow::Continue(reserved)),
                ControlFlow::Break(holder) => holder,
            };
            while let Replay::InFlight { lease_left } = holder.replay {
                let patience = patience.get_or_insert_with(|| Patience::new(lease_left));
                if !patience.pause().await {
                    break;
                }
                let found = self.store.find_create(holder.bucket, &holder.idempotency).await;
                match found.map_err(|error| unavailable(error).with_may_have_acted(true))? {
                    Some(replay) => holder.replay = replay,
                    // It sent nothing. Of those that waited, one is the first now.
                    None => continue 'reserve,
                }
            }
            return self.replay(holder).await.map(ControlFlow::Break);
        }
    }

    async fn reserve_or_find(
        &self,
        request: &CreateRequest,
        reservation: &Reservation,
    ) -> Result<ControlFlow<Holder<'_>, ReserveResult>> {
        let reserved = match self.store.reserve_create(reservation).await {
            Ok(reserved) => reserved,
            Err(error) => {
                if reservation.idempotency.is_some() && error.may_have_acted() {
                    // Nothing is sent, so that the key must be free. What the step has counted stays counted.
                    let (receipt, nothing) = (Receipt::default(), CreateOutcome::NotSent);
                    let _ = self.store.settle_create(reservation, &receipt, &nothing).await;
                }
                return Err(unavailable(error));
            }
        };
        let reserved = match (reserved, &reservation.idempotency) {
            (ReserveResult::Replay(replay), Some(idempotency)) => {
                let (keys, idempotency) = (&self.keyring.current, idempotency.clone());
                let bucket = reservation.key.bucket;
                return Ok(ControlFlow::Break(Holder { keys, bucket, idempotency, replay }));
            }
            (reserved, None) => return Ok(ControlFlow::Continue(reserved)),
            (reserved, Some(_)) => reserved,
        };
        // After the reservation, and not before it: while the key of the guard is rotated, two machines with different keys may begin
        // at once, in different buckets. At least one of them then sees the other.
        let found = self.find_by_previous_keys(request).await;
        if let Ok(None) = found {
            return Ok(ControlFlow::Continue(reserved));
        }
        if let ReserveResult::Granted { receipt, .. } = &reserved {
            // If it fails, the others wait until the lease is over, and nothing is sent.
            let _ = self.store.settle_create(reservation, receipt, &CreateOutcome::NotSent).await;
        }
        found.map(|holder| holder.map_or(ControlFlow::Continue(reserved), ControlFlow::Break))
    }

    /// The create that holds the key by a former key of the guard.
    async fn find_by_previous_keys(&self, request: &CreateRequest) -> Result<Option<Holder<'_>>> {
        for keys in self.keyring.all().skip(1) {
            let person = self.person(keys, request);
            let bucket = person.recipient.bucket;
            let Some(idempotency) = self.idempotency(keys, request, &person) else { continue };
            let found = self.store.find_create(bucket, &idempotency).await.map_err(unavailable)?;
            if let Some(replay) = found {
                return Ok(Some(Holder { keys, bucket, idempotency, replay }));
            }
        }
        Ok(None)
    }

    /// What another create gets.
    async fn replay(&self, holder: Holder<'_>) -> Result<Challenge> {
        let Holder { keys, idempotency, replay, .. } = holder;
        match replay {
            Replay::Started { challenge, age } => {
                audit::replayed(self.name(), "started");
                self.replay_challenge(unseal(keys, &challenge, &idempotency)?, age).await
            }
            Replay::OtherRequest => {
                audit::replayed(self.name(), "other_request");
                Err(Error::invalid("idempotency_key", "was used for another request: use a new one"))
            }
            Replay::Uncertain { error: Some(error), age } => {
                let kept: KeptError = unseal(keys, &error, &idempotency)?;
                Err(self.uncertain(kept.error(age)))
            }
            // There was no outcome within the lease.
            Replay::Uncertain { error: None, .. } | Replay::InFlight { .. } => {
                Err(self.uncertain(Error::new(ErrorKind::TimedOut)))
            }
        }
    }

    fn uncertain(&self, error: Error) -> Error {
        audit::replayed(self.name(), "uncertain");
        error.with_may_have_acted(true).with_message(
            "the outcome of the create with this idempotency key is not known; nothing was sent again",
        )
    }

    async fn replay_challenge(&self, kept: KeptChallenge, age: Duration) -> Result<Challenge> {
        let (key, _) = self.record_of(&kept.id)?;
        let status = match self.pending.holds(kept.id.as_str()) {
            true => Status::Verified,
            false => {
                let record = self.store.read(&key).await;
                let record = record.map_err(|error| unavailable(error).with_may_have_acted(true))?;
                // The record leaves at the same time as the key.
                record.map_or(Status::Expired, |record| record.status)
            }
        };
        Ok(Challenge { status, replayed: true, ..kept.challenge(age) })
    }

    /// What the store keeps of a challenge for others with the same idempotency key, if there is one.
    pub(super) fn keep_challenge(&self, reservation: &Reservation, challenge: &Challenge) -> Option<String> {
        let keys = &self.keyring.current;
        let idempotency = reservation.idempotency.as_ref()?;
        Some(seal(keys, &KeptChallenge::of(challenge), idempotency))
    }

    /// Keeps the error of a create whose outcome is not known, if it has an idempotency key.
    pub(super) async fn keep_error(&self, reservation: &Reservation, receipt: &Receipt, error: &Error) {
        let Some(idempotency) = &reservation.idempotency else { return };
        let kept = KeptError::of(error);
        let outcome = CreateOutcome::Uncertain { error: seal(&self.keyring.current, &kept, idempotency) };
        // If it fails, the others wait until the lease is over, and get an uncertain error, too.
        let _ = self.store.settle_create(reservation, receipt, &outcome).await;
    }
}
