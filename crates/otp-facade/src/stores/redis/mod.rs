//! Redis store: records in Redis or Valkey, for many machines.
//!
//! The rules of [`Record`](super::Record) and [`WindowCounters`](super::WindowCounters) stand a second time in `*.lua`, on
//! purpose: each transition is one atomic script on the server. Each script has the name of the method that it implements;
//! `lib/` contains what they share. Change both together. `stores::conformance` runs the same cases against both.

mod builder;
mod engine;
mod script;

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use self::engine::{Engine, Invocation};
use self::script::SCRIPTS;
use super::ChallengeStore;
use super::error::{StoreError, StoreErrorKind};
use super::record::{RETENTION, milliseconds};
use super::types::{
    AttemptOutcome, AttemptResult, Binding, CreateOutcome, RecordStatus, Reservation, ReserveResult,
    SettleResult,
};
use crate::challenge::Status;
use crate::error::Rejection;
use async_trait::async_trait;

/// Keeps the records in Redis (7 or later) or Valkey. It is for any number of machines.
///
/// - Every transition is one Lua script, called by its hash: one atomic round trip. The clock is the server's, so the clocks
///   of the machines do not matter.
/// - Keys expire by themselves. All begin with a prefix.
/// - Connections are made on demand, and again after they closed. Without a response within the deadline, a call fails with
///   `StoreUnavailable`. A transition whose outcome is unknown is not sent again.
/// - `rediss://` needs the feature `redis-tls`. Certificates are checked against those of the system, or a private CA's.
/// - A single server, a master behind sentinels, and a cluster have a constructor each.
///
/// **Read [the guide](super::redis_guide)** about durability, failover, eviction and permissions before production.
///
/// # Cluster
///
/// One transition changes the quotas of a guard, the slot of a recipient and the records of its challenges. They must be in
/// one hash slot, so the prefix is the hash tag of every key. On a cluster, all keys with one prefix are on one node. A node
/// does tens of thousands of transitions a second. For more, give each guard, or each region, a prefix of its own, and with
/// it limits of its own.
#[derive(Debug)]
pub struct RedisStore {
    engine: Engine,
    prefix: String,
    ahead: AtomicI64,
}

impl RedisStore {
    /// Moves the clock of this store, for tests. Keys still expire by the server's.
    pub fn advance(&self, by: Duration) {
        self.ahead.fetch_add(signed(by), Ordering::Relaxed);
    }

    /// Turns the clock of this store back, for tests, as it happens to a server's.
    pub fn turn_back(&self, by: Duration) {
        self.ahead.fetch_sub(signed(by), Ordering::Relaxed);
    }

    fn call(&self, script: &'static redis::Script) -> Invocation {
        let mut call = Invocation::new(script);
        call.arg(self.ahead.load(Ordering::Relaxed));
        call
    }

    fn record(&self, key: &str) -> String {
        format!("{}:record:{key}", self.prefix)
    }

    fn slot(&self, key: &str) -> String {
        format!("{}:slot:{key}", self.prefix)
    }

    fn quota(&self, key: &str) -> String {
        format!("{}:quota:{key}", self.prefix)
    }

    async fn read_or_cancel(&self, key: &str, cancel: bool) -> Result<Option<RecordStatus>, StoreError> {
        let mut call = self.call(&SCRIPTS.read_or_cancel);
        call.key(self.record(key)).arg(u8::from(cancel));
        let (status, provider_id): (String, String) = self.engine.run(call).await?;
        if status == "unknown" {
            return Ok(None);
        }
        let provider_id = parse(&provider_id)?;
        Ok(Some(RecordStatus { status: Status::from(status.as_str()), provider_id }))
    }
}

#[async_trait]
impl ChallengeStore for RedisStore {
    async fn reserve_create(&self, reservation: &Reservation) -> Result<ReserveResult, StoreError> {
        let mut call = self.call(&SCRIPTS.reserve_create);
        call.key(self.record(&reservation.key)).arg(milliseconds(reservation.lifetime));
        call.arg(milliseconds(reservation.lifetime.saturating_add(RETENTION)));
        for quota in &reservation.quotas {
            let max_window = quota.limits.iter().map(|limit| limit.window).max().unwrap_or_default();
            call.key(self.quota(&quota.key)).arg(quota.limits.len()).arg(milliseconds(max_window));
            for limit in &quota.limits {
                call.arg(limit.max).arg(milliseconds(limit.window));
            }
        }
        call.arg("state").arg("reserved").arg("attempts").arg(0);
        call.arg("max_attempts").arg(reservation.max_attempts);
        let Binding { subject, purpose, purpose_optional } = &reservation.binding;
        for (field, text) in [("subject", subject), ("purpose", purpose)] {
            if let Some(text) = text {
                call.arg(field).arg(text.as_str());
            }
        }
        if *purpose_optional {
            call.arg("purpose_optional").arg(1);
        }
        let (wait, limit) = self.engine.run(call).await?;
        Ok(match wait {
            0 => ReserveResult::Granted,
            wait => ReserveResult::Limited { limit, retry_after: Duration::from_millis(wait) },
        })
    }

    async fn settle_create(
        &self,
        reservation: &Reservation,
        creation: &CreateOutcome,
    ) -> Result<(), StoreError> {
        let record = self.record(&reservation.key);
        let CreateOutcome::Started { provider_id, lifetime, max_attempts } = creation else {
            let mut call = self.call(&SCRIPTS.release_reservation);
            call.key(record);
            for quota in &reservation.quotas {
                call.key(self.quota(&quota.key)).arg(quota.limits.len());
                for limit in &quota.limits {
                    call.arg(milliseconds(limit.window));
                }
            }
            return self.engine.run::<i64>(call).await.map(|_| ());
        };
        let mut call = self.call(&SCRIPTS.confirm_create);
        call.key(record).key(self.slot(&reservation.slot)).arg(provider_id.as_str());
        call.arg(milliseconds(*lifetime))
            .arg(milliseconds(lifetime.saturating_add(RETENTION)))
            .arg(*max_attempts);
        match self.engine.run(call).await? {
            1 => Ok(()),
            _ => Err(StoreError::new("the reservation is gone")),
        }
    }

    async fn begin_attempt(&self, key: &str, presented: &Binding) -> Result<AttemptResult, StoreError> {
        let mut call = self.call(&SCRIPTS.begin_attempt);
        call.key(self.record(key));
        for text in [&presented.subject, &presented.purpose] {
            call.arg(text.as_deref().unwrap_or_default());
        }
        let (word, provider_id, attempts_left): (String, String, u32) = self.engine.run(call).await?;
        match word.as_str() {
            "allowed" => Ok(AttemptResult::Allowed { provider_id: parse(&provider_id)?, attempts_left }),
            "unknown" => Ok(AttemptResult::NotFound),
            word => rejection(word).map(AttemptResult::Rejected),
        }
    }

    async fn settle_attempt(&self, key: &str, outcome: AttemptOutcome) -> Result<SettleResult, StoreError> {
        let mut call = self.call(&SCRIPTS.settle_attempt);
        call.key(self.record(key)).arg(u8::from(outcome == AttemptOutcome::Accepted));
        match self.engine.run::<String>(call).await?.as_str() {
            "done" => Ok(SettleResult::Done),
            "unknown" => Ok(SettleResult::NotFound),
            word => rejection(word).map(SettleResult::Rejected),
        }
    }

    async fn cancel(&self, key: &str) -> Result<Option<RecordStatus>, StoreError> {
        self.read_or_cancel(key, true).await
    }

    async fn read(&self, key: &str) -> Result<Option<RecordStatus>, StoreError> {
        self.read_or_cancel(key, false).await
    }
}

fn signed(duration: Duration) -> i64 {
    i64::try_from(milliseconds(duration)).unwrap_or(i64::MAX)
}

/// Parses a rejection that a script returned.
fn rejection(word: &str) -> Result<Rejection, StoreError> {
    Ok(match word {
        "verified" => Rejection::AlreadyUsed,
        "cancelled" => Rejection::Cancelled,
        "expired" => Rejection::Expired,
        "too_many_attempts" => Rejection::TooManyAttempts,
        "mismatch" => Rejection::Mismatch,
        _ => return Err(StoreError::redis(StoreErrorKind::InvalidData)),
    })
}

fn parse<T: std::str::FromStr>(text: &str) -> Result<T, StoreError> {
    text.parse().map_err(|_| StoreError::redis(StoreErrorKind::InvalidData))
}
