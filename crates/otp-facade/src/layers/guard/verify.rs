//! Verify: count the attempt in the store, call the provider, settle in the store.

use super::{Guard, audit, metrics, open, unavailable};
use crate::challenge::{ChallengeId, Verified};
use crate::error::{Error, ErrorKind, Rejection, Result};
use crate::layers::call_context::record_provider;
use crate::provider::OtpProvider;
use crate::request::VerifyRequest;
use crate::stores::{Attempt, AttemptOutcome, AttemptResult, ChallengeStore, Receipt, SettleResult};

impl<P: OtpProvider, S: ChallengeStore> Guard<P, S> {
    pub(super) async fn verify_code(&self, request: &VerifyRequest) -> Result<Verified> {
        request.id.validate_issuer(self.name())?;
        self.capabilities.validate_verify(request)?;
        if self.pending.holds(request.id.as_str()) {
            return Err(rejected(Rejection::AlreadyUsed));
        }
        let (key, keys) = self.record_of(&request.id)?;
        let subject_by = |keys| request.subject.as_deref().map(|subject| self.subject(keys, subject));
        let subject = subject_by(keys);
        let presented = Self::binding(keys, subject.as_ref(), request.purpose.as_ref());
        // Failures are counted by the current key, also those of a challenge that a previous one created.
        let subject = if self.keyring.is_current(keys) { subject } else { subject_by(&self.keyring.current) };
        let lockout = self.settings.lockout(subject);
        let attempt = Attempt { key, presented, lockout, max_lifetime: self.settings.lifetime };
        // Counted before the provider is called, or many requests at once could guess more often than allowed (brute force).
        // If the store fails, the attempt may be counted all the same, unless the store knows better.
        let begun = self.store.begin_attempt(&attempt).await.map_err(|error| {
            let may_have_acted = error.may_have_acted();
            unavailable(error).with_may_have_acted(may_have_acted)
        })?;
        let (provider_id, attempts_left, receipt) = match begun {
            AttemptResult::Allowed { provider_id, attempts_left, expires_in, receipt } => {
                metrics::lifetime_left(self.name(), expires_in);
                (provider_id, attempts_left, receipt)
            }
            AttemptResult::Rejected(rejection) => {
                audit::rejected(self.name(), "verify", rejection);
                let error = rejected(rejection);
                return Err(match rejection {
                    Rejection::TooManyAttempts => error.with_attempts_left(0),
                    _ => error,
                });
            }
            AttemptResult::NotFound => return Err(Error::new(ErrorKind::NotFound)),
        };
        let provider_id = open(keys, &provider_id, &attempt.key)?;
        let inner_request = self.inner_verification(request, provider_id);
        match self.inner.verify(&inner_request).await {
            Ok(verified) => {
                self.record_acceptance(request.id.as_str(), &attempt, &receipt).await?;
                record_provider(&inner_request.id.issuer());
                Ok(Verified { id: request.id.clone(), ..verified })
            }
            Err(error) => Err(self.record_rejection(&attempt, &receipt, attempts_left, error).await),
        }
    }

    /// Records that the provider accepted the code. An acceptance that is not recorded is not returned.
    async fn record_acceptance(&self, id: &str, attempt: &Attempt, receipt: &Receipt) -> Result<()> {
        // In this order: whatever happens between the two, a replay finds the challenge in `pending` or in the store. If the
        // store fails, it stays in `pending`.
        if !self.pending.add(id, self.settings.lifetime) {
            return Err(rejected(Rejection::AlreadyUsed).with_may_have_acted(true));
        }
        let settled = self.store.settle_attempt(attempt, receipt, AttemptOutcome::Accepted).await;
        let settled = settled.map_err(|error| unavailable(error).with_may_have_acted(true))?;
        self.pending.remove(id);
        match settled {
            SettleResult::Done => {
                audit::accepted(self.name());
                Ok(())
            }
            SettleResult::Rejected(rejection) => Err(rejected(rejection).with_may_have_acted(true)),
            SettleResult::NotFound => Err(Error::new(ErrorKind::NotFound).with_may_have_acted(true)),
        }
    }

    /// Returns the attempt if the provider certainly did not look at the code, and sets how many attempts are left.
    async fn record_rejection(
        &self,
        attempt: &Attempt,
        receipt: &Receipt,
        mut attempts_left: u32,
        mut error: Error,
    ) -> Error {
        // An attempt that is returned too easily makes guessing free (brute force), for example behind a gateway that refuses
        // every request. Only these two cases are certain.
        let is_limited = error.kind() == ErrorKind::RateLimited && !error.may_have_acted();
        if error.is_never_sent() || is_limited {
            match self.store.settle_attempt(attempt, receipt, AttemptOutcome::NotSent).await {
                Ok(SettleResult::Done) => attempts_left += 1,
                // The attempt stays counted.
                _ => error = error.with_may_have_acted(true),
            }
        } else if !matches!(error.kind(), ErrorKind::Rejected(_)) {
            error = error.with_may_have_acted(true);
        }
        let attempts_left = match (error.kind(), error.attempts_left()) {
            (ErrorKind::Rejected(Rejection::TooManyAttempts), _) => 0,
            (_, Some(reported)) => reported.min(attempts_left),
            (_, None) => attempts_left,
        };
        error.with_attempts_left(attempts_left)
    }

    fn inner_verification(&self, request: &VerifyRequest, id: ChallengeId) -> VerifyRequest {
        let inner = self.inner.capabilities();
        let checks_purpose = inner.binding || inner.purpose_at_verify;
        VerifyRequest {
            id,
            code: request.code.clone(),
            subject: request.subject.clone().filter(|_| inner.binding),
            purpose: request.purpose.clone().filter(|_| checks_purpose),
        }
    }
}

fn rejected(rejection: Rejection) -> Error {
    Error::new(ErrorKind::Rejected(rejection))
}
