//! Calls every operation of every provider.

use std::sync::OnceLock;

use otp_facade::{
    Challenge, ChallengeId, Channel, CreateRequest, DeutscheBank, EquinixMetal, Error, Operation,
    OtpProvider, Purpose, PurposeSupport, Recipient, Smscx, Transport, Verified, VerifyRequest,
};
use otp_sandbox::Provider;
use otp_transport::reqwest;
use serde_json::Value;

use super::WORDS;
use crate::providers::{self, CHALLENGE, operation, subject};
use crate::spec::SpecOperation;

/// The credential of every provider.
pub const CREDENTIAL: &str = "credential-4f1c";
/// The recipient.
pub const PHONE: &str = "+4915112345678";
/// The code that is verified.
pub const CODE: &str = "004217";

/// The operations that a provider has.
pub fn calls(provider: Provider) -> impl Iterator<Item = Call> {
    let calls = [Call::Create, Call::Verify, Call::Cancel, Call::Status];
    calls.into_iter().filter(move |call| operation(provider, call.operation()).is_some())
}

/// A call that is one of the facade's operations, in the description of the API.
///
/// # Panics
///
/// If the provider does not have it.
pub fn described(provider: Provider, call: Call) -> &'static SpecOperation {
    let found = operation(provider, call.operation());
    found.unwrap_or_else(|| panic!("{provider} has no {call:?}"))
}

/// An error body as it is documented, with codes that no table knows.
pub fn documented_error(provider: Provider) -> Value {
    (subject(provider).error)(WORDS)
}

/// Status and body of success; none where no content is due.
///
/// # Panics
///
/// If the provider does not have the call.
pub fn success(provider: Provider, call: Call) -> (u16, Option<Value>) {
    let status = described(provider, call).successes[0];
    (status, (subject(provider).success)(call.operation()))
}

/// The four operations, and what only one provider has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Call {
    /// Starts a challenge.
    Create,
    /// Verifies a code.
    Verify,
    /// Cancels a challenge.
    Cancel,
    /// Reads the status.
    Status,
    /// Reads what SMSCX knows of a challenge.
    Details,
    /// Reads the methods of a customer of Deutsche Bank.
    Methods,
    /// Switches a challenge of Deutsche Bank to another method.
    SwitchMethod,
    /// Reads the recovery codes at Equinix Metal.
    RecoveryCodes,
}

impl Call {
    /// As what the error names it.
    pub fn operation(self) -> Operation {
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
pub enum Done {
    /// A challenge was created.
    Created(Challenge),
    /// A code was accepted.
    Verified(Verified),
    /// Any other call succeeded.
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

/// Makes a call.
///
/// # Errors
///
/// If the call fails.
///
/// # Panics
///
/// If the provider does not have the call.
pub async fn perform(vendor: Provider, call: Call, base_url: &str) -> Result<Done, Error> {
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
