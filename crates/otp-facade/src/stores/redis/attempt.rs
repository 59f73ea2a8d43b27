//! Begin and settle an attempt: a step for the record and one for the subject, both sent at once.

use std::time::Duration;

use redis::Value;

use super::engine::{Invocation, read};
use super::script::SCRIPTS;
use super::{RedisStore, milliseconds};
use crate::error::Rejection;
use crate::stores::Key;
use crate::stores::error::{StoreError, StoreErrorKind};
use crate::stores::record::RETENTION;
use crate::stores::types::{Attempt, AttemptOutcome, AttemptResult, Lockout, Receipt, SettleResult};

/// What the step of the record returns: a word, the provider's id, the attempts left, the time, and for how long it is valid.
type RecordResponse = (String, String, u32, u64, u64);

impl RedisStore {
    pub(super) async fn begin(&self, attempt: &Attempt) -> Result<AttemptResult, StoreError> {
        let subject = attempt.subject_failures();
        let mut calls = vec![self.begin_on_record(attempt)];
        calls.extend(subject.map(|(lockout, subject)| self.count_failure(lockout, subject)));
        let mut responses = self.engine.run_all(calls).await.into_iter();
        let of_record = first(responses.next()).and_then(read).and_then(attempt_result);
        // When the failure was counted. Zero if there were too many already.
        let of_subject = responses.next().map(|response| response.and_then(read::<u64>)).transpose();
        // The code is checked only if both steps allow it. Otherwise what one of them counted is taken back.
        let (refusal, take_back) = match (of_record, of_subject) {
            (Ok(AttemptResult::Allowed { provider_id, attempts_left, expires_in, mut receipt }), Ok(at))
                if at != Some(0) =>
            {
                receipt.counted_at.extend(at);
                return Ok(AttemptResult::Allowed { provider_id, attempts_left, expires_in, receipt });
            }
            (Ok(AttemptResult::Allowed { receipt, .. }), of_subject) => {
                let refusal = of_subject.map(|_| AttemptResult::Rejected(Rejection::LockedOut));
                (refusal, Some(self.settle_on_record(attempt, &receipt, AttemptOutcome::NotSent)))
            }
            (refusal, Ok(Some(at))) if at > 0 => {
                let call = |(_, subject)| self.settle_failure(subject, at, AttemptOutcome::NotSent);
                (refusal, subject.map(call))
            }
            (refusal, Err(other)) => {
                (refusal.map_err(|error| error.with_effect_if(other.may_have_acted())), None)
            }
            (refusal, Ok(_)) => (refusal, None),
        };
        let Some(call) = take_back else { return refusal };
        let taken_back = self.engine.run::<Value>(call).await;
        // If that failed, the attempt stays counted: too strict is safe. A rejection is certain all the same. After an error, the
        // caller must not repeat the attempt as if nothing had been counted.
        refusal.map_err(|error| error.with_effect_if(taken_back.is_err()))
    }

    pub(super) async fn settle(
        &self,
        attempt: &Attempt,
        receipt: &Receipt,
        outcome: AttemptOutcome,
    ) -> Result<SettleResult, StoreError> {
        let mut calls = vec![self.settle_on_record(attempt, receipt, outcome)];
        if let Some((_, subject)) = attempt.subject_failures() {
            calls.push(self.settle_failure(subject, counted_at(receipt, 1), outcome));
        }
        let mut responses = self.engine.run_all(calls).await.into_iter();
        let word: String = read(first(responses.next())?)?;
        // If the subject's step failed, its failures stay counted: too strict is safe.
        match word.as_str() {
            "done" => Ok(SettleResult::Done),
            "unknown" => Ok(SettleResult::NotFound),
            word => rejection(word).map(SettleResult::Rejected),
        }
    }

    fn begin_on_record(&self, attempt: &Attempt) -> Invocation {
        let mut call = self.call(&SCRIPTS.begin_attempt);
        call.key(self.record(&attempt.key)).key(self.people(attempt.key.bucket));
        for text in [&attempt.presented.subject, &attempt.presented.purpose] {
            call.arg(text.as_deref().unwrap_or_default());
        }
        match &attempt.lockout {
            Some(lockout) => call.arg(lockout.max).arg(milliseconds(lockout.retention)),
            None => call.arg("").arg(0),
        };
        call
    }

    fn settle_on_record(&self, attempt: &Attempt, receipt: &Receipt, outcome: AttemptOutcome) -> Invocation {
        let kept_for = attempt.max_lifetime.saturating_add(RETENTION);
        let mut call = self.call(&SCRIPTS.settle_attempt);
        call.key(self.record(&attempt.key)).key(self.people(attempt.key.bucket));
        call.arg(u8::from(outcome == AttemptOutcome::Accepted)).arg(counted_at(receipt, 0));
        call.arg(&*attempt.key.name).arg(milliseconds(kept_for));
        call
    }

    fn count_failure(&self, lockout: &Lockout, subject: &Key) -> Invocation {
        let mut call = self.call(&SCRIPTS.count_failure);
        call.key(self.people(subject.bucket)).arg(&*subject.name);
        call.arg(lockout.max).arg(milliseconds(lockout.retention));
        call
    }

    fn settle_failure(&self, subject: &Key, counted_at: u64, outcome: AttemptOutcome) -> Invocation {
        let mut call = self.call(&SCRIPTS.settle_failure);
        call.key(self.people(subject.bucket)).arg(&*subject.name);
        call.arg(u8::from(outcome == AttemptOutcome::Accepted)).arg(counted_at);
        call
    }
}

/// The response to the step of the record, which is sent first.
fn first(response: Option<Result<Value, StoreError>>) -> Result<Value, StoreError> {
    response.unwrap_or_else(|| Err(StoreError::redis(StoreErrorKind::InvalidData)))
}

fn counted_at(receipt: &Receipt, index: usize) -> u64 {
    receipt.counted_at.get(index).copied().unwrap_or_default()
}

fn attempt_result(response: RecordResponse) -> Result<AttemptResult, StoreError> {
    let (word, provider_id, attempts_left, begun_at, expires_in) = response;
    match word.as_str() {
        "allowed" => {
            let receipt = Receipt { counted_at: vec![begun_at], former: None };
            let expires_in = Duration::from_millis(expires_in);
            Ok(AttemptResult::Allowed { provider_id, attempts_left, expires_in, receipt })
        }
        "unknown" => Ok(AttemptResult::NotFound),
        word => rejection(word).map(AttemptResult::Rejected),
    }
}

/// Parses a rejection that a script returned.
fn rejection(word: &str) -> Result<Rejection, StoreError> {
    Ok(match word {
        "verified" => Rejection::AlreadyUsed,
        "cancelled" => Rejection::Cancelled,
        "expired" => Rejection::Expired,
        "too_many_attempts" => Rejection::TooManyAttempts,
        "mismatch" => Rejection::Mismatch,
        "locked_out" => Rejection::LockedOut,
        _ => return Err(StoreError::redis(StoreErrorKind::InvalidData)),
    })
}
