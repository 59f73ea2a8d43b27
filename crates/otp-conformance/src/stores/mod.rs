//! The suite for [`ChallengeStore`]s.
//!
//! ```
//! use std::sync::Arc;
//! use otp_conformance::stores::{self, StoreHarness};
//! use otp_facade::stores::{ChallengeStore, MemoryStore};
//!
//! struct MyHarness(Arc<MemoryStore>);
//!
//! impl StoreHarness for MyHarness {
//!     fn store(&self) -> Arc<dyn ChallengeStore> {
//!         self.0.clone()
//!     }
//! }
//!
//! # let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
//! # runtime.block_on(async {
//! let report = stores::run(async || MyHarness(Arc::default())).await;
//! assert!(report.failures().is_empty(), "{report}");
//! // Not empty, because this harness cannot move the store's clock: see `StoreHarness::advance` and `turn_back`.
//! assert!(!report.skipped().is_empty());
//! # });
//! ```

mod cancel;
mod create;
mod failures;
mod fixture;
mod idempotency;
mod limits;
mod verify;

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use otp_facade::stores::ChallengeStore;

use crate::{CaseResult, Report};
use fixture::Fixture;

/// A store under test. It may hold records of others: the cases use keys of their own.
pub trait StoreHarness: Send + Sync {
    /// The store.
    fn store(&self) -> Arc<dyn ChallengeStore>;

    /// Moves the store's clock. Returns false if there is no way to. The cases about time are then
    /// [skipped](Report::skipped).
    fn advance(&self, by: Duration) -> bool {
        let _ = by;
        false
    }

    /// Turns the store's clock back, as can happen to a server's. Returns false if there is no way to.
    fn turn_back(&self, by: Duration) -> bool {
        let _ = by;
        false
    }
}

type Run = for<'a> fn(&'a Fixture<'_>) -> Pin<Box<dyn Future<Output = CaseResult> + Send + 'a>>;

/// Lists functions as cases: the function's name is the rule.
macro_rules! cases {
    ($($module:ident: [$($name:ident),* $(,)?]),* $(,)?) => {
        [$($((stringify!($name), (|fixture| Box::pin($module::$name(fixture))) as Run)),*),*]
    };
}

/// Runs every case, each on a fresh harness. Needs a tokio runtime: some cases spawn tasks.
pub async fn run<H: StoreHarness>(harness: impl AsyncFn() -> H) -> Report {
    let cases = cases![
        create: [
            a_reserved_challenge_is_unknown_until_it_is_started,
            a_started_challenge_is_pending_under_the_id_that_the_provider_gave_it,
            a_challenge_without_a_reservation_is_not_started,
            a_challenge_is_started_once,
            a_challenge_without_time_left_is_expired_at_once,
            the_next_challenge_in_a_slot_cancels_the_former,
            a_verified_challenge_is_not_cancelled_by_the_next_one,
            of_two_challenges_started_at_once_in_a_slot_one_stays,
            a_slot_is_the_one_of_its_bucket,
            an_acceptance_ends_all_records_of_a_shared_challenge,
            what_ended_with_a_shared_challenge_is_not_cancelled_by_the_next_one,
        ],
        limits: [
            a_limit_holds_and_reports_how_long_to_wait,
            the_longest_wait_is_reported,
            limits_with_one_window_count_once,
            what_one_limit_refuses_counts_against_none,
            what_is_counted_outlives_a_shorter_window,
            a_window_that_has_ended_begins_anew,
            what_was_not_sent_is_given_back,
            what_was_not_sent_is_not_given_back_to_a_later_window,
            parallel_reservations_never_pass_a_limit,
            a_clock_that_goes_back_makes_no_wait_longer_than_its_window,
            a_clock_that_goes_back_opens_no_new_window,
            what_was_not_sent_is_given_back_though_the_clock_went_back,
            parallel_reservations_never_pass_a_limit_of_another_bucket,
            a_limit_holds_in_any_window_and_not_only_in_full_hours,
            steps_make_a_limit_stricter_by_at_most_a_step,
            with_labels_only_different_ones_count,
            a_reservation_reports_how_much_room_is_left,
        ],
        idempotency: [
            others_wait_for_a_create_under_way_until_its_lease_ends,
            a_started_challenge_is_replayed_as_long_as_its_record_stays,
            an_outcome_that_is_not_known_stays_unknown,
            an_outcome_that_is_not_known_is_kept_under_a_key_only,
            a_create_that_sent_nothing_frees_its_key,
            another_request_under_a_key_is_told_from_the_same,
            other_keys_and_other_recipients_are_others,
            a_replay_counts_nothing_and_needs_no_room,
            a_reservation_that_is_refused_holds_no_key,
            of_parallel_creates_with_one_key_one_is_reserved,
            a_key_is_forgotten_with_its_recipient,
            a_create_settles_its_own_key_only,
            a_clock_that_goes_back_prolongs_no_key,
            a_replayed_challenge_takes_its_code,
        ],
        failures: [
            failures_in_a_row_lock_out_across_challenges,
            recipient_and_subject_lock_out_each_for_itself,
            a_success_resets_the_failures,
            an_attempt_that_was_not_sent_is_no_failure,
            a_lockout_uses_no_attempt_and_a_rejected_attempt_is_no_failure,
            failures_are_forgotten_when_their_time_is_over,
            what_is_forgotten_starts_anew,
            the_counters_below_a_name_are_forgotten_with_it,
            parallel_failures_never_pass_the_limit,
        ],
        verify: [
            attempts_are_counted_and_run_out,
            an_attempt_that_was_not_sent_is_given_back,
            the_started_challenge_says_how_many_attempts_there_are,
            another_subject_or_purpose_is_a_mismatch_and_uses_no_attempt,
            a_purpose_may_be_left_out_where_it_is_optional,
            an_expired_challenge_takes_no_attempt,
            a_cancelled_challenge_takes_no_attempt,
            only_the_first_acceptance_counts,
            an_acceptance_beats_attempts_that_ran_out_meanwhile,
            an_acceptance_beats_time_that_ran_out_meanwhile,
            a_cancel_beats_an_acceptance_that_comes_later,
            parallel_attempts_never_pass_the_limit,
            parallel_acceptances_count_once,
            a_clock_that_goes_back_prolongs_no_challenge,
            a_clock_that_goes_back_ends_no_challenge,
        ],
        cancel: [
            a_cancelled_challenge_stays_cancelled,
            a_verified_challenge_stays_verified,
            an_expired_challenge_is_not_cancelled,
            a_challenge_without_attempts_left_has_too_many_attempts,
            an_unknown_challenge_is_unknown_to_all,
            a_record_leaves_when_it_is_no_longer_needed,
            a_store_that_can_be_reached_is_ready,
        ],
    ];
    let mut report = Report::default();
    for (name, run) in cases {
        let harness = harness().await;
        // Cases return early where the clock does not move. Only this flag tells that from a case that ran in full.
        let clock_is_fixed = AtomicBool::new(false);
        let advance = |by| {
            let moved = harness.advance(by);
            clock_is_fixed.fetch_or(!moved, Ordering::Relaxed);
            moved
        };
        let turn_back = |by| {
            let moved = harness.turn_back(by);
            clock_is_fixed.fetch_or(!moved, Ordering::Relaxed);
            moved
        };
        let (advance, turn_back) = (Box::new(advance), Box::new(turn_back));
        let result = run(&Fixture { store: harness.store(), advance, turn_back }).await;
        let missing = clock_is_fixed.into_inner().then_some("move the clock");
        report.add(name.replace('_', " "), result, missing.into_iter().collect());
    }
    report
}
