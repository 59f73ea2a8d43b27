//! Create: reserve in the store, call the provider, settle in the store.

use std::borrow::Cow;
use std::time::Duration;

use rand::RngExt as _;

use super::spellings::Spellings;
use super::{Guard, unavailable};
use crate::capabilities::{Capabilities, PurposeSupport, RecipientKind};
use crate::challenge::{Challenge, ChallengeId};
use crate::error::{Error, ErrorKind, Result};
use crate::layers::call_context::record_provider;
use crate::provider::OtpProvider;
use crate::purpose::Purpose;
use crate::request::CreateRequest;
use crate::stores::{Binding, ChallengeStore, CreateOutcome, Limit, Quota, Reservation, ReserveResult};

const HOUR: Duration = Duration::from_secs(60 * 60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

impl<P: OtpProvider, S: ChallengeStore> Guard<P, S> {
    pub(super) async fn create_challenge(&self, request: &CreateRequest) -> Result<Challenge> {
        let inner = self.inner.capabilities();
        self.capabilities.validate_create(request)?;
        if let Some(phone) = &request.recipient.phone
            && !self.settings.allows_number(&Spellings::of(phone.expose()))
        {
            return Err(
                Error::new(ErrorKind::ProviderDeclined).with_message("the calling code is not allowed")
            );
        }
        let id = ChallengeId::new(self.name(), &[&format!("{:032x}", rand::rng().random::<u128>())]);
        // Counted before the provider is called: of many requests at once, no more than the limit may send a message.
        let reservation = self.reservation(&id, request, inner);
        match self.store.reserve_create(&reservation).await.map_err(unavailable)? {
            ReserveResult::Granted => {}
            ReserveResult::Limited { limit, retry_after } => {
                let message = self.rules().nth(limit).map_or("a limit is reached", |rule| rule.message);
                return Err(Error::new(ErrorKind::RateLimited)
                    .with_retry_after(retry_after)
                    .with_message(message));
            }
        }
        match self.inner.create(&inner_request(request, inner)).await {
            Ok(challenge) => self.confirm(id, reservation, challenge).await,
            Err(error) => {
                if !error.may_have_acted() {
                    // If the store fails here, the challenge stays counted: too strict is safe, too lax is not.
                    let _ = self.store.settle_create(&reservation, &CreateOutcome::NotSent).await;
                }
                Err(error)
            }
        }
    }

    async fn confirm(
        &self,
        id: ChallengeId,
        reservation: Reservation,
        inner: Challenge,
    ) -> Result<Challenge> {
        let lifetime = inner.expires_in.unwrap_or(reservation.lifetime).min(reservation.lifetime);
        let max_attempts = inner.max_attempts.unwrap_or(u32::MAX).min(reservation.max_attempts);
        let started = CreateOutcome::Started { provider_id: inner.id.clone(), lifetime, max_attempts };
        if let Err(error) = self.store.settle_create(&reservation, &started).await {
            // The code is on its way, but no record would ever accept it.
            self.cancel_at_provider(&inner.id).await;
            return Err(unavailable(error).with_may_have_acted(true));
        }
        record_provider(&inner.id.issuer());
        let guarded = Challenge { id, max_attempts: Some(max_attempts), ..inner };
        Ok(guarded.with_expires_in(lifetime))
    }

    fn reservation(&self, id: &ChallengeId, request: &CreateRequest, inner: &Capabilities) -> Reservation {
        let recipient = self.recipient(request, inner.recipient);
        let purpose = request.purpose.as_ref().map(|purpose| self.fingerprints.hash_purpose(purpose));
        Reservation {
            key: id.to_string(),
            slot: format!("{recipient}:{}", purpose.as_deref().unwrap_or_default()),
            quotas: self.quotas(recipient),
            lifetime: request.ttl.unwrap_or(self.settings.lifetime).min(self.settings.lifetime),
            max_attempts: request.max_attempts.unwrap_or(u32::MAX).min(self.settings.max_attempts),
            binding: Binding {
                purpose_optional: matches!(inner.purposes, PurposeSupport::Required(_)),
                ..self.binding(request.subject.as_deref(), request.purpose.as_ref())
            },
        }
    }

    /// Keyed hashes of subject and purpose.
    pub(super) fn binding(&self, subject: Option<&str>, purpose: Option<&Purpose>) -> Binding {
        Binding {
            subject: subject.map(|subject| self.fingerprints.hash_subject(subject)),
            purpose: purpose.map(|purpose| self.fingerprints.hash_purpose(purpose)),
            purpose_optional: false,
        }
    }

    /// Keyed hash of the recipient, by which rate limits count.
    ///
    /// Where the owner of the credential gets every message, it is that of the subject, so that one subject does not use
    /// up the limits of all.
    fn recipient(&self, request: &CreateRequest, need: RecipientKind) -> String {
        let recipient = &request.recipient;
        let phone = recipient.phone.as_ref().map(|phone| Spellings::of(phone.expose()).canonical);
        let phone = phone.as_deref().map(|phone| ("phone", phone));
        let user = recipient.user_id.as_deref().map(|user| ("user", user));
        let subject = request.subject.as_deref().map(|subject| ("subject", subject));
        let known = match need {
            RecipientKind::Phone => phone,
            RecipientKind::User => user,
            RecipientKind::Owner => subject.or(phone).or(user),
        };
        let (kind, text) = known.unwrap_or(("owner", ""));
        self.fingerprints.hash(&["recipient", self.name(), kind, text])
    }

    /// The quotas that a challenge of this recipient counts against, in the order of [`rules`](Self::rules).
    fn quotas(&self, recipient: String) -> Vec<Quota> {
        let (shared, own): (Vec<Rule>, Vec<Rule>) = self.rules().partition(|rule| rule.shared);
        let quota =
            |key, rules: Vec<Rule>| Quota { key, limits: rules.iter().map(|rule| rule.limit).collect() };
        let mut quotas = Vec::new();
        if !own.is_empty() {
            quotas.push(quota(recipient, own));
        }
        if !shared.is_empty() {
            quotas.push(quota(self.fingerprints.hash(&["global", self.name()]), shared));
        }
        quotas
    }

    /// The rate limits that are set: first those per recipient, then the global one.
    fn rules(&self) -> impl Iterator<Item = Rule> {
        let settings = &self.settings;
        let interval = (!settings.interval.is_zero()).then_some(1);
        [
            (false, interval, settings.interval, "the recipient's last challenge was just now"),
            (false, settings.per_hour, HOUR, "the recipient's limit for an hour is reached"),
            (false, settings.per_day, DAY, "the recipient's limit for a day is reached"),
            (true, settings.global_per_hour, HOUR, "the limit of all recipients for an hour is reached"),
        ]
        .into_iter()
        .filter_map(|(shared, max, window, message)| {
            Some(Rule { limit: Limit { max: max?, window }, message, shared })
        })
    }
}

/// A rate limit, and the error message when it is reached.
struct Rule {
    limit: Limit,
    message: &'static str,
    /// Whether all recipients together count against it.
    shared: bool,
}

/// The request without subject and purpose where the provider cannot bind them. The record binds them instead.
fn inner_request<'a>(request: &'a CreateRequest, inner: &Capabilities) -> Cow<'a, CreateRequest> {
    let subject = request.subject.is_some() && !inner.binding;
    let purpose = request.purpose.is_some() && inner.purposes == PurposeSupport::None;
    if !subject && !purpose {
        return Cow::Borrowed(request);
    }
    let mut request = request.clone();
    request.subject = request.subject.filter(|_| !subject);
    request.purpose = request.purpose.filter(|_| !purpose);
    Cow::Owned(request)
}
