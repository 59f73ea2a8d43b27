//! Steps of a reservation: one for each bucket, and what their results mean together.

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use smallvec::SmallVec;

use super::bucket::Bucket;
use super::error::StoreError;
use super::idempotency::Replay;
use super::types::{Quota, Receipt, Reservation, ReserveResult, Room};

/// A step has rarely more quotas or counters of failures than this. So many need no memory of their own.
const FEW: usize = 2;

/// As many times as quotas.
pub(super) type Times = SmallVec<[u64; FEW]>;

/// How much room the limits of a step have.
pub(super) type Rooms = SmallVec<[Room; 2 * FEW]>;

/// The part of a reservation that is in one bucket.
pub(super) struct ReserveStep<'a> {
    pub(super) bucket: Bucket,
    /// The quotas of this bucket.
    pub(super) quotas: SmallVec<[StepQuota<'a>; FEW]>,
    /// Counters of failures to look at, and how many there may be.
    pub(super) failures: SmallVec<[&'a Arc<str>; FEW]>,
    pub(super) max_failures: u32,
    /// The reservation, if its record is in this bucket.
    pub(super) record: Option<&'a Reservation>,
}

/// A quota of a reservation, and where it stands among all.
pub(super) struct StepQuota<'a> {
    pub(super) quota: &'a Quota,
    /// Its index among all quotas.
    index: usize,
    /// The index of its first limit among those of all quotas.
    first_limit: usize,
}

impl StepQuota<'_> {
    /// The indices of its limits among those of all quotas.
    fn limits(&self) -> Range<usize> {
        self.first_limit..self.first_limit + self.quota.limits.len()
    }
}

impl ReserveStep<'_> {
    /// When each quota of the step was counted.
    pub(super) fn counted_at(&self, receipt: &Receipt) -> Times {
        let time = |index: usize| receipt.counted_at.get(index).copied().unwrap_or_default();
        self.quotas.iter().map(|part| time(part.index)).collect()
    }

    /// The indices of its limits among those of all quotas.
    fn limits(&self) -> impl Iterator<Item = usize> {
        self.quotas.iter().flat_map(StepQuota::limits)
    }
}

/// What a step counted.
pub(super) struct Counted {
    /// Of each quota of the step.
    pub(super) counted_at: Times,
    /// Of each limit of the step.
    pub(super) room: Rooms,
    pub(super) former: Option<Arc<str>>,
}

/// Result of one step.
pub(super) enum StepResult {
    Granted(Counted),
    Limited {
        /// Index of the limit among those of the step.
        limit: usize,
        retry_after: Duration,
    },
    LockedOut,
    Replay(Replay),
}

/// The steps of a reservation. The first is that of the record.
pub(super) fn reserve_steps<'a>(reservation: &'a Reservation) -> Vec<ReserveStep<'a>> {
    let max_failures = reservation.lockout.as_ref().map_or(u32::MAX, |lockout| lockout.max);
    let step = |bucket, record| ReserveStep {
        bucket,
        quotas: SmallVec::new(),
        failures: SmallVec::new(),
        max_failures,
        record,
    };
    let mut steps = Vec::with_capacity(FEW);
    steps.push(step(reservation.key.bucket, Some(reservation)));
    let index_of = |bucket: Bucket, steps: &mut Vec<ReserveStep<'a>>| {
        steps.iter().position(|step| step.bucket == bucket).unwrap_or_else(|| {
            steps.push(step(bucket, None));
            steps.len() - 1
        })
    };
    let mut first_limit = 0;
    for (index, quota) in reservation.quotas.iter().enumerate() {
        let at = index_of(quota.key.bucket, &mut steps);
        steps[at].quotas.push(StepQuota { quota, index, first_limit });
        first_limit += quota.limits.len();
    }
    if let Some(lockout) = &reservation.lockout {
        steps[0].failures.extend(&reservation.failures);
        if let Some(subject) = &lockout.subject {
            let at = index_of(subject.bucket, &mut steps);
            steps[at].failures.push(&subject.name);
        }
    }
    steps
}

/// What the results of all steps mean together.
pub(super) struct Merged<'a, 'r> {
    pub(super) outcome: Result<ReserveResult, StoreError>,
    /// The steps to take back, each with the times under which it counted: those that were granted, unless all were.
    pub(super) take_back: Vec<(&'a ReserveStep<'r>, Times)>,
}

pub(super) fn merge<'a, 'r>(
    reservation: &Reservation,
    steps: &'a [ReserveStep<'r>],
    results: impl IntoIterator<Item = Result<StepResult, StoreError>>,
) -> Merged<'a, 'r> {
    let (mut replay, mut failure, mut is_locked_out) = (None, None, false);
    let mut slowest: Option<(Duration, usize)> = None;
    let mut granted = SmallVec::<[_; FEW]>::new();
    for (step, result) in steps.iter().zip(results) {
        match result {
            Ok(StepResult::Granted(counted)) => granted.push((step, counted)),
            Ok(StepResult::Limited { limit, retry_after }) => {
                let limit = step.limits().nth(limit).unwrap_or_default();
                slowest = slowest.max(Some((retry_after, limit)));
            }
            Ok(StepResult::LockedOut) => is_locked_out = true,
            Ok(StepResult::Replay(found)) => replay = Some(found),
            Err(error) => failure = failure.or(Some(error)),
        }
    }
    let refused = match (replay, failure, slowest) {
        // A replay sends nothing. It needs no room, and what failed in other buckets does not matter.
        (Some(replay), ..) => Ok(ReserveResult::Replay(replay)),
        (None, Some(error), _) => Err(error),
        (None, None, _) if is_locked_out => Ok(ReserveResult::LockedOut),
        (None, None, Some((retry_after, limit))) => Ok(ReserveResult::Limited { limit, retry_after }),
        (None, None, None) => {
            return Merged { outcome: Ok(joined(reservation, granted)), take_back: Vec::new() };
        }
    };
    let take_back = granted.into_iter().map(|(step, counted)| (step, counted.counted_at)).collect();
    Merged { outcome: refused, take_back }
}

/// The result where every step was granted: what each counted, in the order of all quotas and limits.
fn joined<'a, 'r: 'a>(
    reservation: &Reservation,
    granted: impl IntoIterator<Item = (&'a ReserveStep<'r>, Counted)>,
) -> ReserveResult {
    let limits = reservation.quotas.iter().map(|quota| quota.limits.len()).sum();
    let mut receipt = Receipt { counted_at: vec![0; reservation.quotas.len()], former: None };
    let mut all_room = vec![Room { left: 0, retry_after: Duration::ZERO }; limits];
    for (step, Counted { counted_at, room, former }) in granted {
        for (part, time) in step.quotas.iter().zip(counted_at) {
            receipt.counted_at[part.index] = time;
        }
        for (limit, room) in step.limits().zip(room) {
            all_room[limit] = room;
        }
        receipt.former = receipt.former.or(former);
    }
    ReserveResult::Granted { receipt, room: all_room }
}

/// The slowest of the limits that have no room: its index, and how long until it has.
pub(super) fn slowest(room: &[Room]) -> Option<(usize, Duration)> {
    let full = room.iter().enumerate().filter(|(_, room)| room.left == 0);
    full.max_by_key(|(_, room)| room.retry_after).map(|(limit, room)| (limit, room.retry_after))
}
