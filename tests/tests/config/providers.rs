//! Each provider by its table: that of its example, and that of the sandbox.

use otp_facade::config::{Stack, StackConfig};
use otp_facade::deutsche_bank::Payment;
use otp_facade::{CreateRequest, OtpProvider as _, PurposeSupport, Recipient, VerifyRequest};
use otp_sandbox::{Provider, Sandbox};
use serde_json::json;

use crate::example::facade;

#[test]
fn the_example_of_every_provider_builds() {
    for provider in Provider::ALL {
        let file = facade(&format!("examples/providers/{provider}.toml"));
        let config =
            StackConfig::load_with(&file, &Default::default()).unwrap_or_else(|error| panic!("{error}"));
        let config = config.for_tests(|test| test.base_url(provider.slug(), "http://127.0.0.1:1")).unwrap();
        let stack = config.build().unwrap_or_else(|error| panic!("{provider}: {error}"));
        assert_eq!(stack.name(), provider.slug());
    }
}

/// The stack that the table of the sandbox makes.
fn built(sandbox: &Sandbox, provider: Provider) -> Stack {
    let configuration = sandbox.configuration(provider);
    let config: StackConfig =
        serde_json::from_value(json!({ "providers": [configuration.table] })).expect("a good table");
    config.build_with(&configuration.environment).unwrap_or_else(|error| panic!("{provider}: {error}"))
}

#[tokio::test]
async fn the_table_of_the_sandbox_makes_a_client_of_every_service() {
    let sandbox = Sandbox::start().await.unwrap();
    for provider in Provider::ALL {
        let stack = built(&sandbox, provider);
        let recipient = Recipient::phone("+4915112345678").with_user_id("user-7");
        let mut request = CreateRequest::new(recipient);
        if let PurposeSupport::Required(_) = stack.capabilities().purposes {
            let payment = Payment::new("DE89370400440532013000", "12.34", "EUR").unwrap();
            request = request.with_purpose(payment);
        }
        let challenge = stack.create(&request).await.unwrap_or_else(|error| panic!("{error}"));
        let code = sandbox.last_message(provider).unwrap().code;
        let verified = stack.verify(&VerifyRequest::new(challenge.id, code)).await;
        assert!(verified.is_ok(), "{verified:?}");
    }
}
