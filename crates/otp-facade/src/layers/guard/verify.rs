//! Checking codes: reserve, provider, settle.

use super::{Guard, unavailable};
use crate::capabilities::admit_id;
use crate::challenge::{ChallengeId, Verified};
use crate::error::{Error, ErrorKind, Rejection, Result};
use crate::layers::watch::answered_by;
use crate::provider::OtpProvider;
use crate::request::VerifyRequest;
use crate::stores::{ChallengeStore, Outcome, Settled, Try};

impl<P: OtpProvider, S: ChallengeStore> Guard<P, S> {
    pub(super) async fn check(&self, request: &VerifyRequest) -> Result<Verified> {
        admit_id(self.name(), &request.id)?;
        self.capabilities().admit_verify(request)?;
        let key = request.id.as_str();
        if self.unrecorded.holds(key) {
            return Err(rejected(Rejection::AlreadyUsed));
        }
        let presented = self.binding(request.subject.as_deref(), request.purpose.as_ref());
        // It may be counted all the same.
        let begun = self.store.begin_try(key, &presented).await;
        let begun = begun.map_err(|error| unavailable(error).with_may_have_acted(true))?;
        let (provider_id, attempts_left) = match begun {
            Try::Admitted { provider_id, attempts_left } => (provider_id, attempts_left),
            Try::Refused(Rejection::Exhausted) => {
                return Err(rejected(Rejection::Exhausted).with_attempts_left(0));
            }
            Try::Refused(rejection) => return Err(rejected(rejection)),
            Try::Unknown => return Err(Error::new(ErrorKind::NotFound)),
        };
        let inner_request = self.inner_verification(request, provider_id);
        match self.inner.verify(&inner_request).await {
            Ok(verified) => {
                self.accept(key).await?;
                answered_by(&inner_request.id.issuer());
                Ok(Verified { id: request.id.clone(), ..verified })
            }
            Err(error) => Err(self.refuse(key, attempts_left, error).await),
        }
    }

    /// Notes that the provider accepted the code. Only what is noted is accepted.
    async fn accept(&self, key: &str) -> Result<()> {
        if !self.unrecorded.add(key, self.settings.lifetime) {
            return Err(rejected(Rejection::AlreadyUsed).with_may_have_acted(true));
        }
        let settled = self.store.settle_try(key, Outcome::Accepted).await;
        let settled = settled.map_err(|error| unavailable(error).with_may_have_acted(true))?;
        self.unrecorded.remove(key);
        match settled {
            Settled::Done => Ok(()),
            Settled::Refused(rejection) => Err(rejected(rejection).with_may_have_acted(true)),
            Settled::Unknown => Err(Error::new(ErrorKind::NotFound).with_may_have_acted(true)),
        }
    }

    /// Gives the attempt back if the code certainly was not looked at, and says how many are left.
    async fn refuse(&self, key: &str, mut attempts_left: u32, mut error: Error) -> Error {
        // A gateway that refuses each guess must not make guessing free: only these two are certain.
        let is_limited = error.kind() == ErrorKind::RateLimited && !error.may_have_acted();
        if error.is_never_sent() || is_limited {
            match self.store.settle_try(key, Outcome::NotSent).await {
                Ok(Settled::Done) => attempts_left += 1,
                // It stays counted: an attempt is used.
                _ => error = error.with_may_have_acted(true),
            }
        } else if !matches!(error.kind(), ErrorKind::Rejected(_)) {
            error = error.with_may_have_acted(true);
        }
        let attempts_left = match (error.kind(), error.attempts_left()) {
            (ErrorKind::Rejected(Rejection::Exhausted), _) => 0,
            (_, Some(told)) => told.min(attempts_left),
            (_, None) => attempts_left,
        };
        error.with_attempts_left(attempts_left)
    }

    fn inner_verification(&self, request: &VerifyRequest, id: ChallengeId) -> VerifyRequest {
        let binding = self.inner.capabilities().binding;
        VerifyRequest {
            id,
            code: request.code.clone(),
            subject: request.subject.clone().filter(|_| binding),
            purpose: request.purpose.clone().filter(|_| binding),
        }
    }
}

fn rejected(rejection: Rejection) -> Error {
    Error::new(ErrorKind::Rejected(rejection))
}
