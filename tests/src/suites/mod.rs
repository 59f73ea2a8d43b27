//! What every provider has to pass with rows of its own. The rows are in the provider's folder, `tests/tests/<slug>/`:
//!
//! | module | has |
//! |---|---|
//! | `wire` | `documented`, the rows of all documented responses; `compare_all`, which compares such rows; `meet_faults` |
//! | `bodies` | `bodies`, the JSON bodies of requests |
//! | `leaks` | `operations`, with a marker in every secret place |
//! | `errors` | `rows`, what the facade makes of the documented errors |
//! | `service` | `calls`, which produce the documented responses in the sandbox; `error`, one in the provider's format |
//!
//! The other suites go by [`Provider::ALL`](otp_sandbox::Provider::ALL) and the descriptions, and need no rows.

#![allow(clippy::print_stdout, reason = "the figures of a test")]

pub mod bodies;
pub mod errors;
pub mod leaks;
pub mod service;
pub mod wire;

/// The tests of a provider, in the root of its `main.rs`. They name the rule that they check.
#[macro_export]
macro_rules! provider_suites {
    ($provider:expr) => {
        #[test]
        fn every_documented_response_of_every_operation_has_a_row() {
            $crate::suites::wire::every_documented_response_of_every_operation_has_a_row(
                $provider,
                &wire::documented(),
            );
        }

        #[tokio::test]
        async fn a_value_that_no_enum_lists_is_read_wherever_a_response_has_an_enum() {
            $crate::suites::wire::a_value_that_no_enum_lists_is_read_wherever_a_response_has_an_enum(
                $provider,
                wire::documented,
                wire::compare_all,
            )
            .await;
        }

        #[tokio::test(start_paused = true)]
        async fn every_operation_meets_every_fault() {
            $crate::suites::wire::every_operation_meets_every_fault($provider, &wire::meet_faults().await);
        }

        #[test]
        fn every_request_body_of_the_description_is_in_the_table() {
            $crate::suites::bodies::every_request_body_of_the_description_is_in_the_table(
                $provider,
                &bodies::bodies(),
            );
        }

        #[test]
        fn a_request_read_from_json_without_something_required_is_refused() {
            $crate::suites::bodies::a_request_read_from_json_without_something_required_is_refused(
                $provider,
                &bodies::bodies(),
            );
        }

        #[test]
        fn a_request_read_from_json_goes_out_as_it_was_read() {
            $crate::suites::bodies::a_request_read_from_json_goes_out_as_it_was_read(&bodies::bodies());
        }

        #[test]
        fn an_explicit_empty_list_is_sent() {
            $crate::suites::bodies::an_explicit_empty_list_is_sent($provider, &bodies::bodies());
        }

        #[test]
        fn a_request_read_from_json_with_a_value_that_its_builder_refuses_is_refused() {
            $crate::suites::bodies::a_request_read_from_json_with_a_value_that_its_builder_refuses_is_refused(
                &bodies::bodies(),
            );
        }

        #[test]
        fn every_operation_is_searched() {
            $crate::suites::leaks::every_operation_is_searched($provider, &leaks::operations());
        }

        #[tokio::test(start_paused = true)]
        async fn no_error_debug_or_log_shows_a_secret() {
            $crate::suites::leaks::no_error_debug_or_log_shows_a_secret(leaks::operations()).await;
        }

        #[tokio::test]
        async fn no_mutated_response_panics_or_shows_a_secret() {
            $crate::suites::leaks::no_mutated_response_panics_or_shows_a_secret(leaks::operations()).await;
        }

        #[tokio::test]
        async fn every_documented_error_has_its_kind() {
            $crate::suites::errors::every_documented_error_has_its_kind($provider, &errors::rows()).await;
        }

        #[test]
        fn every_documented_error_status_of_every_operation_has_a_row() {
            $crate::suites::errors::every_documented_error_status_of_every_operation_has_a_row(
                $provider,
                &errors::rows(),
            );
        }

        #[tokio::test]
        async fn every_documented_response_of_every_operation_can_be_produced() {
            $crate::suites::service::every_documented_response_of_every_operation_can_be_produced(
                $provider,
                service::calls(),
                &service::error(),
            )
            .await;
        }

        #[tokio::test]
        async fn a_code_is_pending_until_it_is_verified_exhausted_expired_or_cancelled() {
            $crate::suites::service::a_code_is_pending_until_it_is_verified_exhausted_expired_or_cancelled(
                $provider,
                service::calls(),
            )
            .await;
        }
    };
}
