//! Calls every operation of every provider.

use std::sync::OnceLock;

use otp_facade::{
    Challenge, ChallengeId, Channel, CreateRequest, DeutscheBank, EquinixMetal, Error, Operation,
    OtpProvider, Purpose, PurposeSupport, Recipient, Smscx, Transport, Verified, VerifyRequest,
};
use otp_sandbox::Provider;
pub(crate) use otp_tests::providers::CHALLENGE;
use otp_tests::providers::{self, operation, subject};
use otp_tests::spec::SpecOperation;
use otp_transport::reqwest;
use serde_json::Value;

pub(crate) const CREDENTIAL: &str = "credential-4f1c";
pub(crate) const PHONE: &str = "+4915112345678";
pub(crate) const CODE: &str = "004217";

/// The operations that a provider has.
pub(crate) fn calls(provider: Provider) -> impl Iterator<Item = Call> {
    let calls = [Call::Create, Call::Verify, Call::Cancel, Call::Status];
    calls.into_iter().filter(move |call| operation(provider, call.operation()).is_some())
}

/// A call that is one of the facade's operations, in the description of the API.
pub(crate) fn described(provider: Provider, call: Call) -> &'static SpecOperation {
    let found = operation(provider, call.operation());
    found.unwrap_or_else(|| panic!("{provider} has no {call:?}"))
}

/// An error body as it is documented, with codes that no table knows.
pub(crate) fn documented_error(provider: Provider) -> Value {
    (subject(provider).error)("in words")
}

/// Status and body of success; none where no content is due.
pub(crate) fn success(provider: Provider, call: Call) -> (u16, Option<Value>) {
    let status = described(provider, call).successes[0];
    (status, (subject(provider).success)(call.operation()))
}

/// The four operations, and what only one provider has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Call {
    Create,
    Verify,
    Cancel,
    Status,
    Details,
    Methods,
    SwitchMethod,
    RecoveryCodes,
}

impl Call {
    /// As what the error names it.
    pub(crate) fn operation(self) -> Operation {
        match self {
            Self::Create | Self::SwitchMethod => Operation::Create,
            Self::Verify => Operation::Verify,
            Self::Cancel => Operation::Cancel,
            Self::Status | Self::Details | Self::Methods | Self::RecoveryCodes => Operation::Status,
        }
    }
}

/// A call that succeeded.
#[derive(Debug)]
#[allow(dead_code, reason = "shown when a test fails")]
pub(crate) enum Done {
    Created(Challenge),
    Verified(Verified),
    Else,
}

/// One for all tests, because making one takes longer than a call. It keeps no connections: each would belong to the
/// runtime of one test.
fn transport() -> Transport {
    static TRANSPORT: OnceLock<Transport> = OnceLock::new();
    let client = || reqwest::ClientBuilder::new().pool_max_idle_per_host(0);
    let make = || Transport::builder().client_builder(client).build().expect("a transport");
    TRANSPORT.get_or_init(make).clone()
}

pub(crate) async fn perform(vendor: Provider, call: Call, base_url: &str) -> Result<Done, Error> {
    let transport = transport();
    let built = "the settings are valid";
    match call {
        Call::Create | Call::Verify | Call::Cancel | Call::Status => {
            let provider = providers::build_with(vendor, base_url, CREDENTIAL, Some(transport));
            perform_operation(&*provider, call, subject(vendor).challenge).await
        }
        Call::Details => {
            let builder = Smscx::builder().api_key(CREDENTIAL).transport(transport);
            let provider = builder.base_url(base_url).build().expect(built);
            let id = ChallengeId::new(provider.name(), &[CHALLENGE]);
            provider.details(&id).await.map(|_| Done::Else)
        }
        Call::Methods | Call::SwitchMethod => {
            let builder = DeutscheBank::builder().bearer(CREDENTIAL).transport(transport);
            let provider = builder.base_url(base_url).build().expect(built);
            if call == Call::Methods {
                return provider.methods().await.map(|_| Done::Else);
            }
            let id = ChallengeId::new(provider.name(), &[CHALLENGE]);
            provider.switch_method(&id, Channel::PhotoTan).await.map(Done::Created)
        }
        Call::RecoveryCodes => {
            let builder = EquinixMetal::builder().auth_token(CREDENTIAL).transport(transport);
            let provider = builder.base_url(base_url).build().expect(built);
            provider.recovery_codes().await.map(|_| Done::Else)
        }
    }
}

async fn perform_operation(provider: &dyn OtpProvider, call: Call, parts: &[&str]) -> Result<Done, Error> {
    let id = ChallengeId::new(provider.name(), parts);
    match call {
        Call::Create => {
            let mut request = CreateRequest::new(Recipient::phone(PHONE).with_user_id("user-1"));
            if let PurposeSupport::Required(_) = provider.capabilities().purposes {
                request = request.with_purpose(Purpose::LegitimationData);
            }
            provider.create(&request).await.map(Done::Created)
        }
        Call::Verify => provider.verify(&VerifyRequest::new(id, CODE)).await.map(Done::Verified),
        Call::Cancel => provider.cancel(&id).await.map(|()| Done::Else),
        Call::Status => provider.status(&id).await.map(|_| Done::Else),
        other => panic!("{} has no {other:?}", provider.name()),
    }
}
