//! Operations that only one provider has, over the sandbox.

use std::time::Duration;

use otp_facade::deutsche_bank::TanMethodState;
use otp_facade::{
    Agilicus, Channel, CreateRequest, DeutscheBank, ErrorKind, OtpProvider, OtpProviderExt, Purpose,
    Recipient, Smscx, Status, VerifyRequest,
};
use otp_sandbox::{Provider, Sandbox};

async fn bank() -> (Sandbox, DeutscheBank) {
    let sandbox = Sandbox::start().await.expect("the sandbox starts");
    let builder = DeutscheBank::builder().bearer("token").base_url(sandbox.base_url(Provider::DeutscheBank));
    (sandbox, builder.build().expect("valid settings"))
}

async fn agilicus() -> (Sandbox, Agilicus) {
    let sandbox = Sandbox::start().await.expect("the sandbox starts");
    let builder = Agilicus::builder().bearer("token").base_url(sandbox.base_url(Provider::Agilicus));
    (sandbox, builder.build().expect("valid settings"))
}

#[tokio::test]
async fn a_photo_tan_challenge_has_an_image_and_gives_a_proof() {
    let (sandbox, provider) = bank().await;
    let request = CreateRequest::new(Recipient::owner()).with_purpose(Purpose::LegitimationData);
    let challenge = provider.create(&request.with_channel(Channel::PhotoTan)).await.expect("it is started");
    let message = sandbox.last_message(Provider::DeutscheBank).expect("a message");
    let image = challenge.image.expect("an image");
    assert!(image.expose().starts_with(b"\x89PNG\r\n\x1a\n"));
    assert_eq!(Some(image.expose()), message.image.as_deref());
    let verified =
        provider.verify(&VerifyRequest::new(challenge.id, message.code)).await.expect("it is accepted");
    let proof = verified.proof.expect("a proof");
    assert!(!proof.expose().is_empty());
    assert_eq!(format!("{proof:?}"), "Proof(…)");
}

#[tokio::test]
async fn methods_are_listed_and_a_challenge_moves_from_one_to_the_other() {
    let (sandbox, provider) = bank().await;
    let methods = provider.methods().await.expect("they are listed");
    let sms = methods.iter().find(|method| method.channel == Some(Channel::Sms)).expect("mobileTAN");
    assert_eq!(sms.state, TanMethodState::Active);
    assert!(sms.hint.as_ref().is_some_and(|hint| hint.contains('*')), "{sms:?}");
    assert!(methods.iter().any(|method| method.name == "PUSHTAN" && method.channel.is_none()));

    let request = CreateRequest::new(Recipient::owner()).with_purpose(Purpose::LegitimationData);
    let first = provider.create(&request).await.expect("it is started");
    assert!(first.hint.as_ref().is_some_and(|hint| hint.contains('*')), "{first:?}");
    let second = provider.switch_method(&first.id, Channel::PhotoTan).await.expect("it is switched");
    assert!(second.image.is_some());
    let code = sandbox.last_message(Provider::DeutscheBank).expect("a message").code;
    provider.verify(&VerifyRequest::new(second.id, code)).await.expect("it is accepted");

    let error = provider.switch_method(&first.id, Channel::Push).await.expect_err("not offered");
    assert_eq!(error.kind(), ErrorKind::Unsupported);
}

#[tokio::test]
async fn an_answer_given_on_another_device_is_waited_for() {
    type Answer = fn(&Sandbox, &str) -> bool;
    let cases: [(Answer, Status); 3] = [
        (|sandbox, id| sandbox.approve(id), Status::Verified),
        (|sandbox, id| sandbox.decline(id), Status::Declined),
        (|sandbox, id| sandbox.fail_delivery(id), Status::Failed),
    ];
    for (answer, expected) in cases {
        let (sandbox, provider) = agilicus().await;
        let request = CreateRequest::new(Recipient::user("user-1")).with_channel(Channel::Push);
        let challenge = provider.create(&request).await.expect("it is started");
        let error =
            provider.verify(&VerifyRequest::new(challenge.id.clone(), "123456")).await.expect_err("no code");
        assert_eq!((error.kind(), error.may_have_acted()), (ErrorKind::Unsupported, false));
        assert_eq!(provider.status(&challenge.id).await.expect("a status"), Status::Pending);
        let id = challenge.id.parts().pop().expect("the service's own id");
        assert!(answer(&sandbox, &id), "the sandbox knows the challenge");
        let status = provider.wait_until_final(&challenge.id, Duration::from_secs(5)).await.expect("it ends");
        assert_eq!(status, expected);
    }
}

#[tokio::test]
async fn every_channel_with_a_code_is_verified_by_it() {
    for channel in [Channel::Sms, Channel::Totp, Channel::ReturnedToCaller] {
        let (sandbox, provider) = agilicus().await;
        let request = CreateRequest::new(Recipient::user("user-1")).with_channel(channel);
        let challenge = provider.create(&request).await.expect("it is started");
        let read = || sandbox.last_message(Provider::Agilicus).expect("a message").code.into();
        let code = challenge.code.clone().unwrap_or_else(read);
        provider
            .verify(&VerifyRequest::new(challenge.id, code))
            .await
            .unwrap_or_else(|error| panic!("{channel}: {error}"));
    }
}

#[tokio::test]
async fn details_report_what_a_message_cost_and_how_many_attempts_were_used() {
    let sandbox = Sandbox::start().await.expect("the sandbox starts");
    let builder = Smscx::builder().api_key("key").base_url(sandbox.base_url(Provider::Smscx));
    let provider = builder.build().expect("valid settings");
    let challenge =
        provider.create(&CreateRequest::new(Recipient::phone("+4915112345678"))).await.expect("started");
    let wrong = sandbox.last_message(Provider::Smscx).expect("a message").wrong_code();
    provider.verify(&VerifyRequest::new(challenge.id.clone(), wrong)).await.expect_err("it is wrong");
    let details = provider.details(&challenge.id).await.expect("they are read");
    assert_eq!((details.status, details.attempts), (Status::Pending, Some(1)));
    assert!(details.cost.is_some_and(|cost| cost > 0.0) && details.parts == Some(1));
}
