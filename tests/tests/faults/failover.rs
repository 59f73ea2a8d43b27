//! The faults at a create of a failover's first member: with and without delivery after an uncertain create.

use otp_conformance::Harness as _;
use otp_facade::{
    ChallengeId, ErrorKind, Failover, Operation, OtpProvider, OtpProviderExt as _, PurposeSupport, Transport,
    VerifyRequest,
};
use otp_sandbox::{Provider, Sandbox};
use otp_tests::{FakeProvider, TestHarness, providers};

use crate::rule::{self, Expected, FaultCase};
use crate::secrets::{CREDENTIAL, Secrets};
use crate::transport;

/// Whether another provider may do better, if this one did not act or delivery is preferred.
fn is_worth_another(kind: ErrorKind) -> bool {
    use ErrorKind::{ProviderDeclined, RateLimited, TimedOut, Unauthorized, Unavailable, UnexpectedResponse};
    matches!(
        kind,
        Unavailable | TimedOut | RateLimited | ProviderDeclined | Unauthorized | UnexpectedResponse
    )
}

/// Who starts the challenge, and whether an earlier message is possible; or the error.
#[derive(Debug, PartialEq)]
enum Outcome {
    Started(String, bool),
    Failed(ErrorKind, bool),
}

fn expected(fault: &FaultCase, provider: Provider, is_delivery_preferred: bool) -> Outcome {
    match rule::expected(fault.expected, provider, Operation::Create) {
        Expected::Failure(kind, acted) if is_worth_another(kind) && (!acted || is_delivery_preferred) => {
            Outcome::Started("second".to_owned(), acted)
        }
        Expected::Failure(kind, acted) => Outcome::Failed(kind, acted),
        _ => Outcome::Started(provider.slug().to_owned(), false),
    }
}

/// A provider with a fault, and one that is well.
async fn stack(
    provider: Provider,
    transport: &Transport,
    is_delivery_preferred: bool,
) -> (TestHarness, FakeProvider) {
    let second = FakeProvider::new("second").able(|able| able.purposes = PurposeSupport::Any);
    let sandbox = Sandbox::builder().seed(2024).keep_alive(false).start().await.expect("the sandbox starts");
    let harness = TestHarness::in_sandbox(sandbox, provider, |base_url| -> Failover {
        let first = providers::build_with(provider, base_url, CREDENTIAL, Some(transport.clone()));
        let channels = first.capabilities().channels.clone();
        let second = second.clone().able(|able| able.channels = channels);
        let failover = first.with_failover(second).expect("different names");
        if is_delivery_preferred { failover.after_uncertain_create() } else { failover }
    });
    (harness, second)
}

async fn differences(
    fault: &FaultCase,
    provider: Provider,
    transport: &Transport,
    is_delivery_preferred: bool,
) -> Vec<String> {
    let (harness, second) = stack(provider, transport, is_delivery_preferred).await;
    let sandbox = harness.sandbox();
    let secrets = Secrets::new(provider, sandbox.base_url(provider), &"123456".into());
    sandbox.inject(provider, (fault.make)(provider, &secrets));

    let created = harness.provider().create(&harness.request()).await;

    let mut found = Vec::new();
    let outcome = match &created {
        Ok(challenge) => {
            Outcome::Started(challenge.id.issuer().into_owned(), challenge.earlier_message_possible)
        }
        Err(error) => Outcome::Failed(error.kind(), error.may_have_acted()),
    };
    let expected = expected(fault, provider, is_delivery_preferred);
    if outcome != expected {
        found.push(format!("{outcome:?}, expected {expected:?}"));
    }
    // The person has two messages only if the caller is told, and never without the setting.
    let messages = sandbox.inbox().len() + second.count();
    let is_told = matches!(outcome, Outcome::Started(_, true));
    if messages > 1 && !(is_told && is_delivery_preferred) {
        found.push(format!("{messages} messages"));
    }
    found
}

#[tokio::test(start_paused = true)]
async fn a_create_fails_over_after_every_fault_that_is_certain_and_after_the_others_by_choice_alone() {
    let transport = transport();
    let mut found = Vec::new();
    for fault in rule::faults() {
        for provider in Provider::ALL {
            for is_delivery_preferred in [false, true] {
                let differences = differences(&fault, provider, &transport, is_delivery_preferred).await;
                let at = format!("{}, {provider}, by choice: {is_delivery_preferred}", fault.name);
                found.extend(differences.iter().map(|difference| format!("{at}: {difference}")));
            }
        }
    }
    assert!(found.is_empty(), "{} differences:\n{}", found.len(), found.join("\n"));
}

#[tokio::test(start_paused = true)]
async fn verify_cancel_and_status_reach_no_other_provider_after_any_fault() {
    let transport = transport();
    for fault in rule::faults() {
        for provider in Provider::ALL {
            let (harness, second) = stack(provider, &transport, true).await;
            let sandbox = harness.sandbox();
            let challenge =
                harness.provider().create(&harness.request()).await.expect("there is no fault yet");
            let code = harness.code(&challenge).await.expect("a message was sent");
            let id: ChallengeId = challenge.id;
            let secrets = Secrets::new(provider, sandbox.base_url(provider), &code);
            sandbox.inject(provider, (fault.make)(provider, &secrets));
            sandbox.clear_journal();
            let _ = harness.provider().verify(&VerifyRequest::new(id.clone(), code)).await;
            assert!(sandbox.journal().len() <= 1, "{}, {provider}: verify was repeated", fault.name);
            let _ = harness.provider().cancel(&id).await;
            let _ = harness.provider().status(&id).await;
            assert_eq!(second.count(), 0, "{}, {provider}", fault.name);
        }
    }
}
