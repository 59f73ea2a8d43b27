//! The behaviour suite: what every [`OtpProvider`](crate::OtpProvider) must do, as cases that anybody can run on a
//! provider of theirs.
//!
//! A provider is put on a [`Bench`], which knows what the trait does not tell: the code that a user would read, and
//! how to move the service's clock and count its requests. Each case gets a bench of its own and returns what it found;
//! nothing panics. What a bench cannot do is not tried, and the report says so.
//!
//! ```
//! use otp_facade::conformance::{self, Bench};
//! use otp_facade::{Challenge, Code, CreateRequest, InMemory, OtpProvider, Recipient, async_trait};
//! use std::time::Duration;
//!
//! struct MyBench(InMemory);
//!
//! #[async_trait]
//! impl Bench for MyBench {
//!     fn provider(&self) -> &dyn OtpProvider {
//!         &self.0
//!     }
//!
//!     fn request(&self) -> CreateRequest {
//!         CreateRequest::new(Recipient::phone("+4915112345678"))
//!     }
//!
//!     async fn code(&self, challenge: &Challenge) -> Option<Code> {
//!         challenge.code.clone().or_else(|| self.0.last_message().map(|message| message.code))
//!     }
//!
//!     async fn advance(&self, by: Duration) -> bool {
//!         self.0.advance(by);
//!         true
//!     }
//!
//!     fn requests(&self) -> Option<usize> {
//!         Some(self.0.inbox().len())
//!     }
//! }
//!
//! # let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
//! # runtime.block_on(async {
//! let report = conformance::run(async || MyBench(InMemory::new())).await;
//! assert!(report.failures().is_empty() && report.not_tried().is_empty(), "{report}");
//! # });
//! ```

mod bench;
mod cancel;
mod create;
mod options;
mod status;
mod verify;
mod watched;

use std::collections::BTreeSet;
use std::fmt;
use std::future::Future;
use std::pin::Pin;

pub use bench::Bench;
use watched::Watched;

/// What a case found: nothing to complain of, or a sentence that says what was wrong.
pub type Finding = Result<(), String>;

type Run = for<'a> fn(&'a dyn Bench) -> Pin<Box<dyn Future<Output = Finding> + Send + 'a>>;

/// One rule and how it is tried.
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

    /// Tries it on a fresh bench. What the bench could not do is in the report of [`run`].
    ///
    /// # Errors
    ///
    /// What was wrong.
    pub async fn run(&self, bench: &dyn Bench) -> Finding {
        (self.run)(bench).await
    }
}

impl fmt::Debug for Case {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("Case").field(&self.name).finish()
    }
}

/// What all cases found.
#[derive(Clone, Debug, Default)]
pub struct Report {
    findings: Vec<(String, Finding)>,
    not_tried: Vec<(String, BTreeSet<&'static str>)>,
}

impl Report {
    /// Adds a case, and what the bench lacked for it.
    pub(crate) fn add(&mut self, name: String, finding: Finding, missing: BTreeSet<&'static str>) {
        if finding.is_ok() && !missing.is_empty() {
            self.not_tried.push((name.clone(), missing));
        }
        self.findings.push((name, finding));
    }

    /// Each case with what it found. One that was [not tried](Self::not_tried) found nothing wrong.
    pub fn findings(&self) -> &[(String, Finding)] {
        &self.findings
    }

    /// The cases that found something wrong.
    pub fn failures(&self) -> Vec<(&str, &str)> {
        let failed =
            self.findings.iter().filter_map(|(name, finding)| Some((name.as_str(), finding.as_ref().err()?)));
        failed.map(|(name, text)| (name, text.as_str())).collect()
    }

    /// The cases that were not tried, or not in full, and what the bench lacks for them. None of them is a failure.
    pub fn not_tried(&self) -> Vec<(&str, String)> {
        self.not_tried.iter().map(|(name, missing)| (name.as_str(), reason(missing))).collect()
    }
}

fn reason(missing: &BTreeSet<&str>) -> String {
    let missing: Vec<&str> = missing.iter().copied().collect();
    format!("the bench cannot {}", missing.join(" or "))
}

impl fmt::Display for Report {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let failures = self.failures();
        for (name, text) in &failures {
            writeln!(formatter, "{name}: {text}")?;
        }
        for (name, missing) in &self.not_tried {
            writeln!(formatter, "{name}: not tried: {}", reason(missing))?;
        }
        let (all, not_tried) = (self.findings.len(), self.not_tried.len());
        write!(formatter, "{} of {all} cases hold", all - failures.len() - not_tried)?;
        if not_tried > 0 {
            let missing = self.not_tried.iter().flat_map(|(_, missing)| missing.iter().copied()).collect();
            write!(formatter, ", {not_tried} not tried: {}", reason(&missing))?;
        }
        Ok(())
    }
}

/// Tries every case, each on a fresh bench.
pub async fn run<B: Bench>(bench: impl AsyncFn() -> B) -> Report {
    let mut report = Report::default();
    for case in cases() {
        let bench = bench().await;
        let watched = Watched::new(&bench);
        let finding = case.run(&watched).await;
        report.add(case.name(), finding, watched.missing());
    }
    report
}

/// Lists functions as cases: the function's name is the rule.
macro_rules! cases {
    ($($module:ident: [$($name:ident),* $(,)?]),* $(,)?) => {
        vec![$($(Case { name: stringify!($name), run: |bench| Box::pin($module::$name(bench)) }),*),*]
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
            an_empty_user_id_is_refused_and_nothing_is_sent,
            an_id_with_characters_that_nobody_sees_is_refused_and_nothing_is_sent,
            a_country_that_is_no_code_is_refused_and_nothing_is_sent,
            one_request_serves_every_provider,
            no_debug_output_shows_code_or_number,
        ],
        options: [
            a_channel_is_honoured_or_refused,
            a_ttl_is_honoured_or_refused,
            a_number_of_attempts_is_honoured_or_refused,
            a_code_length_is_honoured_or_refused,
            an_alphabet_is_honoured_or_refused,
            a_sender_is_honoured_or_refused,
            a_template_is_honoured_or_refused,
            a_language_is_honoured_or_refused,
            a_callback_url_is_honoured_or_refused,
            a_tracking_id_is_honoured_or_refused,
            a_purpose_is_bound_or_refused,
            a_subject_is_bound_or_refused,
        ],
        verify: [
            the_right_code_is_accepted,
            white_space_around_a_code_does_not_matter,
            invisible_characters_in_a_code_do_not_matter,
            digits_of_any_script_are_read_as_digits,
            digits_in_groups_are_read_as_one_code,
            a_code_is_accepted_once,
            a_wrong_code_is_rejected_and_may_have_spent_a_try,
            the_right_code_is_accepted_after_a_wrong_one,
            the_tries_left_are_reported_where_the_provider_tells,
            the_right_code_is_rejected_when_the_tries_are_used_up,
            the_right_code_is_rejected_when_the_time_is_over,
            an_unknown_challenge_is_refused,
            a_challenge_of_another_instance_is_refused_and_nothing_is_sent,
            an_empty_code_is_refused_and_nothing_is_sent,
            a_dotted_code_is_refused_and_nothing_is_sent,
            an_over_long_code_is_refused_and_nothing_is_sent,
            a_code_with_control_characters_is_refused_and_nothing_is_sent,
            what_cannot_be_a_code_is_refused_and_nothing_is_sent,
            a_code_with_leading_zeros_is_checked_as_it_is,
            a_code_of_letters_is_checked_or_refused,
            a_code_that_is_not_ascii_is_checked_or_refused,
            the_right_code_is_accepted_exactly_once_however_many_ask,
            concurrent_wrong_codes_never_pass,
            a_subject_is_checked_or_refused,
            a_purpose_is_checked_or_refused,
            an_error_names_provider_and_verb,
            no_error_shows_code_or_number,
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
            a_verified_challenge_says_so,
            a_cancelled_challenge_says_so_or_is_gone,
            an_expired_challenge_is_not_pending,
            a_challenge_without_tries_left_is_not_verified,
            reading_the_status_spends_no_try,
            the_status_of_an_unknown_challenge_is_refused,
            the_status_of_a_challenge_of_another_instance_is_refused_and_nothing_is_sent,
        ],
    ]
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    #[test]
    fn the_bullets_of_the_trait_are_the_cases() {
        let bullets =
            include_str!("../provider.rs").lines().filter_map(|line| line.trim().strip_prefix("/// - "));
        let bullets: BTreeSet<String> = bullets.map(str::to_owned).collect();
        let cases: BTreeSet<String> = super::cases().iter().map(super::Case::name).collect();
        assert_eq!(bullets, cases);
    }
}
