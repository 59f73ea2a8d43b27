//! Reserve and release: a step for each bucket, all sent at once.

use std::time::Duration;

use super::engine::{Invocation, read};
use super::idempotency::replay;
use super::script::SCRIPTS;
use super::{RedisStore, milliseconds};
use crate::stores::error::{StoreError, StoreErrorKind};
use crate::stores::record::RETENTION;
use crate::stores::steps::{Counted, ReserveStep, StepQuota, StepResult, merge, reserve_steps};
use crate::stores::types::{Binding, Receipt, Reservation, ReserveResult, Room};

/// What the script of a step returns: a word, the index of a limit, a wait, the former record, times, and room.
type StepResponse = (String, usize, u64, String, Vec<u64>, Vec<u64>);

impl RedisStore {
    pub(super) async fn reserve(&self, reservation: &Reservation) -> Result<ReserveResult, StoreError> {
        let steps = reserve_steps(reservation);
        let calls = steps.iter().map(|step| self.reserve_step(step)).collect();
        let responses = self.engine.run_all(calls).await;
        let results = responses.into_iter().map(|response| response.and_then(read).and_then(result));
        let merged = merge(reservation, &steps, results);
        if !merged.take_back.is_empty() {
            let calls = merged.take_back.iter().map(|(step, counted_at)| self.release_step(step, counted_at));
            // If it fails, the challenge stays counted: too strict is safe, too lax is not.
            self.engine.run_all(calls.collect()).await;
        }
        merged.outcome
    }

    /// Takes back what a reservation counted, unless it is no longer reserved.
    pub(super) async fn release(
        &self,
        reservation: &Reservation,
        receipt: &Receipt,
    ) -> Result<(), StoreError> {
        let steps = reserve_steps(reservation);
        let mut calls = steps.iter().map(|step| self.release_step(step, &step.counted_at(receipt)));
        // The first step is that of the record, which says whether there is anything to take back.
        let Some(first) = calls.next() else { return Ok(()) };
        if self.engine.run::<i64>(first).await? == 1 {
            let others: Vec<Invocation> = calls.collect();
            let responses = self.engine.run_all(others).await;
            responses.into_iter().try_for_each(|response| response.map(|_| ()))?;
        }
        Ok(())
    }

    fn reserve_step(&self, step: &ReserveStep<'_>) -> Invocation {
        let mut call = self.call(&SCRIPTS.reserve_create);
        call.key(self.people(step.bucket)).arg(step.max_failures).arg(step.failures.len());
        for name in &step.failures {
            call.arg(&***name);
        }
        call.arg(step.quotas.len());
        for StepQuota { quota, .. } in &step.quotas {
            call.key(self.quota(&quota.key)).arg(milliseconds(quota.step));
            call.arg(quota.label.as_deref().unwrap_or_default()).arg(quota.limits.len());
            for limit in &*quota.limits {
                call.arg(limit.max).arg(milliseconds(limit.window));
            }
        }
        if let Some(reservation) = step.record {
            call.key(self.record(&reservation.key)).key(self.slot(step.bucket, &reservation.slot));
            call.arg(milliseconds(reservation.lifetime));
            call.arg(milliseconds(reservation.lifetime.saturating_add(RETENTION)));
            write_record(&mut call, reservation);
            self.take_idempotency_key(&mut call, reservation);
        }
        call
    }

    fn release_step(&self, step: &ReserveStep<'_>, counted_at: &[u64]) -> Invocation {
        let mut call = self.call(&SCRIPTS.release_reservation);
        for (StepQuota { quota, .. }, time) in step.quotas.iter().zip(counted_at) {
            call.key(self.quota(&quota.key)).arg(*time).arg(milliseconds(quota.step));
            call.arg(quota.label.as_deref().unwrap_or_default());
        }
        if let Some(reservation) = step.record {
            call.key(self.record(&reservation.key));
            self.settle_idempotency_key(&mut call, reservation);
            call.arg(&*reservation.key.name);
        }
        call
    }
}

/// The fields of a reserved record.
fn write_record(call: &mut Invocation, reservation: &Reservation) {
    call.arg("state").arg("reserved").arg("attempts").arg(0);
    call.arg("max_attempts").arg(reservation.max_attempts);
    let Binding { subject, purpose, purpose_optional } = &reservation.binding;
    let Reservation { failures, shared, .. } = reservation;
    let fields = [("subject", subject), ("purpose", purpose), ("failures", failures), ("shared", shared)];
    for (field, text) in fields {
        if let Some(text) = text {
            call.arg(field).arg(&**text);
        }
    }
    if *purpose_optional {
        call.arg("purpose_optional").arg(1);
    }
}

fn result((word, limit, wait, former, counted_at, room): StepResponse) -> Result<StepResult, StoreError> {
    Ok(match word.as_str() {
        "granted" => StepResult::Granted(Counted {
            counted_at: counted_at.into(),
            room: room
                .chunks_exact(2)
                .map(|pair| Room {
                    left: u32::try_from(pair[0]).unwrap_or(u32::MAX),
                    retry_after: Duration::from_millis(pair[1]),
                })
                .collect(),
            former: Some(former).filter(|former| !former.is_empty()).map(Into::into),
        }),
        "limited" => StepResult::Limited { limit, retry_after: Duration::from_millis(wait) },
        "locked_out" => StepResult::LockedOut,
        word => match replay(word, wait, former) {
            Some(replay) => StepResult::Replay(replay),
            None => return Err(StoreError::redis(StoreErrorKind::InvalidData)),
        },
    })
}
