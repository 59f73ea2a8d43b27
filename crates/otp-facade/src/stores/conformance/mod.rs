//! What every [`ChallengeStore`] must do, as cases that anybody can run on a store of theirs.
//!
//! ```
//! use std::sync::Arc;
//! use otp_facade::stores::conformance::{self, StoreBench};
//! use otp_facade::stores::{ChallengeStore, MemoryStore};
//!
//! struct MyBench(Arc<MemoryStore>);
//!
//! impl StoreBench for MyBench {
//!     fn store(&self) -> Arc<dyn ChallengeStore> {
//!         self.0.clone()
//!     }
//! }
//!
//! # let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
//! # runtime.block_on(async {
//! let report = conformance::run(async || MyBench(Arc::default())).await;
//! assert!(report.failures().is_empty(), "{report}");
//! // With a clock that can be moved, `StoreBench::advance` and `turn_back`, there would be none of these.
//! assert!(!report.not_tried().is_empty());
//! # });
//! ```

mod cancel;
mod create;
mod verify;

use std::fmt::Debug;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rand::RngExt as _;
use tokio::task::JoinSet;

use super::{
    AttemptOutcome, AttemptResult, Binding, ChallengeStore, CreateOutcome, Limit, Quota, RecordStatus,
    Reservation, ReserveResult, SettleResult, StoreError,
};
use crate::challenge::{ChallengeId, Status};
use crate::conformance::{Finding, Report};
use crate::error::Rejection;

/// A store under test. It may hold records of others: the cases use keys of their own.
pub trait StoreBench: Send + Sync {
    /// The store.
    fn store(&self) -> Arc<dyn ChallengeStore>;

    /// Moves the store's clock. False if there is no way to; the cases about time are then
    /// [not tried](Report::not_tried) in full.
    fn advance(&self, by: Duration) -> bool {
        let _ = by;
        false
    }

    /// Turns the store's clock back, as a server's may be. False if there is no way to.
    fn turn_back(&self, by: Duration) -> bool {
        let _ = by;
        false
    }
}

type Run = for<'a> fn(&'a Room<'_>) -> Pin<Box<dyn Future<Output = Finding> + Send + 'a>>;

/// Lists functions as cases: the function's name is the rule.
macro_rules! cases {
    ($($module:ident: [$($name:ident),* $(,)?]),* $(,)?) => {
        [$($((stringify!($name), (|room| Box::pin($module::$name(room))) as Run)),*),*]
    };
}

/// Tries every case, each on a fresh bench. It needs a tokio runtime, where some cases start tasks.
pub async fn run<B: StoreBench>(bench: impl AsyncFn() -> B) -> Report {
    let cases = cases![
        create: [
            a_reserved_challenge_is_unknown_until_it_is_opened,
            an_opened_challenge_is_pending_under_the_name_that_the_provider_gave_it,
            a_challenge_without_a_reservation_is_not_opened,
            a_challenge_is_opened_once,
            a_challenge_without_time_left_is_expired_at_once,
            a_limit_holds_and_tells_how_long_to_wait,
            the_longest_wait_is_told,
            limits_with_one_window_count_once,
            what_one_limit_refuses_counts_against_none,
            what_is_counted_outlives_a_shorter_window,
            a_window_that_is_over_begins_anew,
            what_was_not_sent_is_given_back,
            what_was_not_sent_is_not_given_back_to_a_later_window,
            the_next_challenge_in_a_slot_cancels_the_former,
            a_verified_challenge_is_not_cancelled_by_the_next_one,
            parallel_reservations_never_pass_a_limit,
            a_clock_that_goes_back_makes_no_wait_longer_than_its_window,
            a_clock_that_goes_back_opens_no_window_anew,
            what_was_not_sent_is_given_back_though_the_clock_went_back,
        ],
        verify: [
            tries_are_counted_and_run_out,
            a_try_that_was_not_sent_is_given_back,
            what_opened_it_says_how_many_tries_there_are,
            another_subject_or_purpose_is_a_mismatch_and_spends_no_try,
            a_purpose_may_be_left_out_where_it_is_optional,
            an_expired_challenge_takes_no_try,
            a_cancelled_challenge_takes_no_try,
            only_the_first_acceptance_counts,
            an_acceptance_beats_tries_that_ran_out_meanwhile,
            an_acceptance_beats_time_that_ran_out_meanwhile,
            a_cancel_beats_an_acceptance_that_comes_later,
            parallel_tries_never_pass_the_limit,
            parallel_acceptances_count_once,
            a_clock_that_goes_back_prolongs_no_challenge,
            a_clock_that_goes_back_ends_no_challenge,
        ],
        cancel: [
            a_cancelled_challenge_stays_cancelled,
            a_verified_challenge_stays_verified,
            an_expired_challenge_is_not_cancelled,
            a_challenge_without_tries_left_is_exhausted,
            an_unknown_challenge_is_unknown_to_all,
            a_record_leaves_when_it_is_no_longer_needed,
        ],
    ];
    let mut report = Report::default();
    for (name, run) in cases {
        let bench = bench().await;
        let stands_still = AtomicBool::new(false);
        let advance = |by| {
            let moved = bench.advance(by);
            stands_still.fetch_or(!moved, Ordering::Relaxed);
            moved
        };
        let turn_back = |by| {
            let moved = bench.turn_back(by);
            stands_still.fetch_or(!moved, Ordering::Relaxed);
            moved
        };
        let (advance, turn_back) = (Box::new(advance), Box::new(turn_back));
        let finding = run(&Room { store: bench.store(), advance, turn_back }).await;
        let missing = stands_still.into_inner().then_some("move the clock");
        report.add(name.replace('_', " "), finding, missing.into_iter().collect());
    }
    report
}

/// A store, and what the cases do with it again and again.
struct Room<'a> {
    store: Arc<dyn ChallengeStore>,
    advance: Box<dyn Fn(Duration) -> bool + Send + Sync + 'a>,
    turn_back: Box<dyn Fn(Duration) -> bool + Send + Sync + 'a>,
}

const HOUR: Duration = Duration::from_secs(60 * 60);
const LIFETIME: Duration = Duration::from_secs(600);
const ATTEMPTS: u32 = 3;

fn unique(text: &str) -> String {
    format!("{text}-{:032x}", rand::rng().random::<u128>())
}

fn provider_id() -> ChallengeId {
    ChallengeId::new("inner", &["a/b", "1"])
}

fn reservation() -> Reservation {
    Reservation {
        key: unique("record"),
        slot: unique("slot"),
        quotas: Vec::new(),
        lifetime: LIFETIME,
        max_attempts: ATTEMPTS,
        binding: Binding::default(),
    }
}

/// A key that nothing was counted under, and how much may be counted in which windows.
fn quota(limits: &[(u32, Duration)]) -> Quota {
    let limits = limits.iter().map(|&(max, window)| Limit { max, window });
    Quota { key: unique("quota"), limits: limits.collect() }
}

fn opened() -> CreateOutcome {
    CreateOutcome::Started { provider_id: provider_id(), lifetime: LIFETIME, max_attempts: ATTEMPTS }
}

fn admitted(attempts_left: u32) -> AttemptResult {
    AttemptResult::Allowed { provider_id: provider_id(), attempts_left }
}

/// That what the store answered is this.
fn is<T: PartialEq + Debug>(what: &str, answer: Result<T, StoreError>, wanted: T) -> Finding {
    match answer {
        Ok(answer) if answer == wanted => Ok(()),
        Ok(answer) => Err(format!("{what} is {answer:?}, not {wanted:?}")),
        Err(error) => Err(format!("{what} failed: {error}")),
    }
}

impl Room<'_> {
    /// An open challenge.
    async fn open(&self) -> Result<Reservation, String> {
        self.open_with(reservation()).await
    }

    async fn open_with(&self, reservation: Reservation) -> Result<Reservation, String> {
        is("reserve_create", self.store.reserve_create(&reservation).await, ReserveResult::Granted)?;
        is("settle_create", self.store.settle_create(&reservation, &opened()).await, ())?;
        Ok(reservation)
    }

    async fn begins(&self, reservation: &Reservation, wanted: AttemptResult) -> Finding {
        self.begins_with(reservation, &reservation.binding, wanted).await
    }

    async fn begins_with(
        &self,
        reservation: &Reservation,
        presented: &Binding,
        wanted: AttemptResult,
    ) -> Finding {
        is("begin_attempt", self.store.begin_attempt(&reservation.key, presented).await, wanted)
    }

    async fn settles(
        &self,
        reservation: &Reservation,
        outcome: AttemptOutcome,
        wanted: SettleResult,
    ) -> Finding {
        is("settle_attempt", self.store.settle_attempt(&reservation.key, outcome).await, wanted)
    }

    async fn refuses(&self, reservation: &Reservation, rejection: Rejection) -> Finding {
        self.begins(reservation, AttemptResult::Rejected(rejection)).await
    }

    async fn stands(&self, reservation: &Reservation, status: Status) -> Finding {
        let wanted = Some(RecordStatus { status, provider_id: provider_id() });
        is("read", self.store.read(&reservation.key).await, wanted)
    }

    async fn is_cancelled_to(&self, reservation: &Reservation, status: Status) -> Finding {
        let wanted = Some(RecordStatus { status, provider_id: provider_id() });
        is("cancel", self.store.cancel(&reservation.key).await, wanted)
    }

    /// How long to wait for a reservation.
    async fn waits(&self, reservation: &Reservation, place: usize) -> Result<Duration, String> {
        match self.store.reserve_create(reservation).await {
            Ok(ReserveResult::Limited { limit, retry_after }) if limit == place && !retry_after.is_zero() => {
                Ok(retry_after)
            }
            other => Err(format!("reserve_create is {other:?}, a wait for limit {place} was expected")),
        }
    }

    /// What a number of tasks are answered that do the same at once.
    async fn together<T, F>(
        &self,
        times: usize,
        act: impl Fn(Arc<dyn ChallengeStore>) -> F,
    ) -> Result<Vec<T>, String>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, StoreError>> + Send + 'static,
    {
        let mut tasks = JoinSet::new();
        for _ in 0..times {
            tasks.spawn(act(self.store.clone()));
        }
        let answers: Result<Vec<T>, StoreError> = tasks.join_all().await.into_iter().collect();
        answers.map_err(|error| format!("one failed: {error}"))
    }
}
