//! Agilicus: the status is all there is to go by.

use agilicus_otp::{Client, Credential, Error, types};
use otp_facade::{ErrorKind, Rejection};
use otp_sandbox::Provider;
use otp_tests::errors::{Call, ErrorCase, Expected, WORDS};
use otp_tests::{MockServer, Response};
use serde_json::{Value, json};

const ERROR_CODE: &str = "NO_PARTICULAR_REASON";

fn body() -> Value {
    json!({ "error_code": ERROR_CODE, "error_message": WORDS })
}

/// The answers to the four operations.
pub(crate) fn rows() -> Vec<ErrorCase> {
    let table = [
        (Call::Create, 400, Expected::refused(ErrorKind::InvalidRequest)),
        (Call::Verify, 400, Expected::perhaps(ErrorKind::Rejected(Rejection::Unspecified))),
        (Call::Verify, 404, Expected::refused(ErrorKind::NotFound)),
        (Call::Cancel, 404, Expected::refused(ErrorKind::NotFound)),
        (Call::Status, 404, Expected::refused(ErrorKind::NotFound)),
    ];
    let row = |(call, status, expected): (Call, u16, Expected)| {
        ErrorCase::json(Provider::Agilicus, call, status, &body(), expected.code(ERROR_CODE))
    };
    table.into_iter().map(row).collect()
}

/// The operations without a facade operation, and the status that each documents.
fn calls_of_the_client() -> Vec<(&'static str, u16)> {
    vec![
        ("create_one_time_use_action", 400),
        ("replace_challenge", 404),
        ("get_totp_enrollment", 404),
        ("update_totp_enrollment", 400),
        ("update_totp_enrollment", 404),
        ("delete_totp_enrollment", 404),
        ("create_webauthn_enrollment", 400),
        ("get_webauthn_enrollment", 404),
        ("update_webauthn_enrollment", 400),
        ("update_webauthn_enrollment", 404),
        ("delete_webauthn_enrollment", 404),
    ]
}

#[tokio::test]
async fn an_error_of_the_client_has_the_status_and_the_typed_body() {
    for (operation, status) in calls_of_the_client() {
        let service = MockServer::start(&Response::json(status, &body())).await;
        let credential = Credential::bearer("token");
        let client = Client::builder().credential(credential).base_url(service.base_url()).build();
        let error = fail(&client.expect("valid settings"), operation).await;
        assert_eq!(error.status().map(|status| status.as_u16()), Some(status), "{operation}");
        let code = error.body().and_then(|body| body.error_code.as_deref());
        assert_eq!(code, Some(ERROR_CODE), "{operation} {status}");
        assert!(!format!("{error} {error:?}").contains(WORDS), "{operation} {status}: {error:?}");
        assert_eq!(service.received().len(), 1, "{operation} {status}");
    }
}

async fn fail(client: &Client, operation: &str) -> Error<types::ErrorMessage> {
    let failed = "the service refuses";
    let action = || {
        types::ChallengeAction(
            types::HttpChallengeAction::try_from(
                types::HttpChallengeAction::builder()
                    .challenge_action_type("http_action")
                    .method("GET")
                    .uri("https://hooks.example.net/ask"),
            )
            .expect("all that is required is given"),
        )
    };
    match operation {
        "create_one_time_use_action" => {
            let spec = types::OneTimeUseActionChallengeSpec::builder()
                .approved_actions(vec![action()])
                .declined_actions(vec![action()])
                .actors(vec![
                    types::ChallengeActor::try_from(
                        types::ChallengeActor::builder().org_id("org-1").user_id("user-1"),
                    )
                    .expect("all that is required is given"),
                ])
                .timeout_seconds(60);
            let body = types::OneTimeUseActionChallenge::builder().spec(spec);
            client.create_one_time_use_action().body(body).send().await.expect_err(failed)
        }
        "replace_challenge" => {
            let body = types::Challenge::builder().spec(types::ChallengeSpec::builder().user_id("user-1"));
            client.replace_challenge().challenge_id("challenge-1").body(body).send().await.expect_err(failed)
        }
        "get_totp_enrollment" => {
            client.get_totp_enrollment().totp_id("totp-1").send().await.expect_err(failed)
        }
        "update_totp_enrollment" => {
            let body = types::TotpEnrollmentAnswer::builder().user_id("user-1").answer("004217");
            client.update_totp_enrollment().totp_id("totp-1").body(body).send().await.expect_err(failed)
        }
        "delete_totp_enrollment" => {
            client.delete_totp_enrollment().totp_id("totp-1").send().await.expect_err(failed)
        }
        "create_webauthn_enrollment" => {
            let spec = types::WebauthnEnrollmentSpec::builder()
                .user_id("user-1")
                .relying_party_id("keys.example.net");
            let body = types::WebauthnEnrollment::builder().spec(spec);
            client.create_webauthn_enrollment().body(body).send().await.expect_err(failed)
        }
        "get_webauthn_enrollment" => {
            client.get_webauthn_enrollment().webauthn_id("key-1").send().await.expect_err(failed)
        }
        "update_webauthn_enrollment" => {
            let body = types::WebauthnEnrollmentAnswer::builder()
                .user_id("user-1")
                .credential_id("a2V5LTE=")
                .client_data("e30=");
            client
                .update_webauthn_enrollment()
                .webauthn_id("key-1")
                .body(body)
                .send()
                .await
                .expect_err(failed)
        }
        "delete_webauthn_enrollment" => {
            client.delete_webauthn_enrollment().webauthn_id("key-1").send().await.expect_err(failed)
        }
        other => panic!("{other} is not in this list"),
    }
}
