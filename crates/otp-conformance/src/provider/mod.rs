//! The suite for providers.

mod cancel;
mod codes;
mod create;
mod options;
mod status;
mod verify;

use std::fmt;
use std::future::Future;
use std::pin::Pin;

use crate::recording_harness::RecordingHarness;
use crate::{CaseResult, Harness, Report};

type Run = for<'a> fn(&'a dyn Harness) -> Pin<Box<dyn Future<Output = CaseResult> + Send + 'a>>;

/// A rule and the function that checks it.
#[derive(Clone, Copy)]
pub struct Case {
    name: &'static str,
    run: Run,
}

impl Case {
    /// The rule, in the words of the trait's documentation.
    pub fn name(&self) -> String {
        self.name.replace('_', " ")
    }

    /// Checks the rule on a fresh harness. Only the report of [`run`] says what the harness could not do.
    ///
    /// # Errors
    ///
    /// A sentence that says what is wrong.
    pub async fn run(&self, harness: &dyn Harness) -> CaseResult {
        (self.run)(harness).await
    }
}

impl fmt::Debug for Case {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("Case").field(&self.name).finish()
    }
}

/// Runs every case, each on a fresh harness.
pub async fn run<H: Harness>(harness: impl AsyncFn() -> H) -> Report {
    let mut report = Report::default();
    for case in cases() {
        let harness = harness().await;
        let recording = RecordingHarness::new(&harness);
        let result = case.run(&recording).await;
        report.add(case.name(), result, recording.missing());
    }
    report
}

/// Lists functions as cases: the function's name is the rule.
macro_rules! cases {
    ($($module:ident: [$($name:ident),* $(,)?]),* $(,)?) => {
        vec![$($(Case { name: stringify!($name), run: |harness| Box::pin($module::$name(harness)) }),*),*]
    };
}

/// All cases.
pub fn cases() -> Vec<Case> {
    cases![
        create: [
            a_challenge_is_started_and_names_its_channel,
            the_id_survives_text_and_back,
            the_id_carries_the_name_of_the_instance,
            a_recipient_without_what_the_provider_needs_is_refused_and_nothing_is_sent,
            a_phone_number_that_is_not_e164_is_refused_and_nothing_is_sent,
            an_email_address_that_is_none_is_refused_and_nothing_is_sent,
            an_empty_user_id_is_refused_and_nothing_is_sent,
            an_id_with_characters_that_nobody_sees_is_refused_and_nothing_is_sent,
            a_country_that_is_no_code_is_refused_and_nothing_is_sent,
            one_request_serves_every_provider,
            no_debug_output_shows_code_or_number,
        ],
        options: [
            a_channel_is_honored_or_refused,
            a_ttl_is_honored_or_refused,
            a_number_of_attempts_is_honored_or_refused,
            a_code_length_is_honored_or_refused,
            an_alphabet_is_honored_or_refused,
            a_sender_is_honored_or_refused,
            a_template_is_honored_or_refused,
            a_language_is_honored_or_refused,
            a_callback_url_is_honored_or_refused,
            a_tracking_id_is_honored_or_refused,
            a_rate_limit_key_is_honored_or_refused,
            a_purpose_is_bound_or_refused,
            a_subject_is_bound_or_refused,
            an_idempotency_key_is_honored_or_refused,
        ],
        verify: [
            the_right_code_is_accepted,
            a_code_is_accepted_once,
            a_second_challenge_is_another_one_unless_each_create_is_a_resend,
            a_second_challenge_is_refused_and_nothing_is_sent_where_there_is_one_at_a_time,
            a_wrong_code_is_rejected_and_may_have_used_an_attempt,
            the_right_code_is_accepted_after_a_wrong_one,
            the_attempts_left_are_reported_where_the_provider_knows_them,
            the_right_code_is_rejected_when_the_attempts_are_used_up,
            the_right_code_is_rejected_when_the_challenge_has_expired,
            an_unknown_challenge_is_refused,
            a_challenge_of_another_instance_is_refused_and_nothing_is_sent,
            the_right_code_is_accepted_exactly_once_however_many_ask,
            concurrent_wrong_codes_never_pass,
            a_subject_is_checked_or_refused,
            a_purpose_is_checked_or_refused,
            an_error_names_provider_and_operation,
            no_error_shows_code_or_number,
        ],
        codes: [
            white_space_around_a_code_does_not_matter,
            invisible_characters_in_a_code_do_not_matter,
            digits_of_any_script_are_read_as_digits,
            digits_in_groups_are_read_as_one_code,
            an_empty_code_is_refused_and_nothing_is_sent,
            a_dotted_code_is_refused_and_nothing_is_sent,
            an_over_long_code_is_refused_and_nothing_is_sent,
            a_code_with_control_characters_is_refused_and_nothing_is_sent,
            what_cannot_be_a_code_is_refused_and_nothing_is_sent,
            a_code_with_leading_zeros_is_checked_as_it_is,
            a_code_of_letters_is_checked_or_refused,
            a_code_that_is_not_ascii_is_checked_or_refused,
        ],
        cancel: [
            a_cancelled_challenge_does_not_accept_its_code,
            cancelling_twice_does_no_harm,
            a_verified_challenge_is_not_brought_back_by_a_cancel,
            cancelling_an_unknown_challenge_is_refused,
            cancelling_a_challenge_of_another_instance_is_refused_and_nothing_is_sent,
        ],
        status: [
            a_new_challenge_is_pending,
            a_verified_challenge_says_so_or_is_gone,
            a_cancelled_challenge_says_so_or_is_gone,
            an_expired_challenge_is_not_pending,
            a_challenge_without_attempts_left_is_not_verified,
            reading_the_status_uses_no_attempt,
            the_status_of_an_unknown_challenge_is_refused,
            the_status_of_a_challenge_of_another_instance_is_refused_and_nothing_is_sent,
        ],
    ]
}
