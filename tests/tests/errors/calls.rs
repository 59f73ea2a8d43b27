//! Calls every operation of the four providers.

use std::sync::OnceLock;

use otp_facade::{
    Agilicus, Challenge, ChallengeId, Channel, CreateRequest, DeutscheBank, EquinixMetal, Error, Operation,
    OtpProvider, Purpose, Recipient, Smscx, Transport, Verified, VerifyRequest,
};
use otp_sandbox::Provider;
use otp_tests::providers::operation_id;
use otp_transport::reqwest;
use serde_json::{Value, json};

pub(crate) const CREDENTIAL: &str = "credential-4f1c";
pub(crate) const PHONE: &str = "+4915112345678";
pub(crate) const CODE: &str = "004217";
pub(crate) const CHALLENGE: &str = "3f2b8c1e-5a77-4d0e-9c3b-6f1d2e8a9b04";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Vendor {
    Agilicus,
    DeutscheBank,
    EquinixMetal,
    Smscx,
}

impl Vendor {
    pub(crate) const ALL: [Self; 4] = [Self::Agilicus, Self::DeutscheBank, Self::EquinixMetal, Self::Smscx];

    pub(crate) fn slug(self) -> &'static str {
        self.provider().slug()
    }

    fn provider(self) -> Provider {
        match self {
            Self::Agilicus => Provider::Agilicus,
            Self::DeutscheBank => Provider::DeutscheBank,
            Self::EquinixMetal => Provider::EquinixMetal,
            Self::Smscx => Provider::Smscx,
        }
    }

    /// The operations that it has.
    pub(crate) fn calls(self) -> &'static [Call] {
        match self {
            Self::Agilicus | Self::Smscx => &[Call::Create, Call::Verify, Call::Cancel, Call::Status],
            Self::DeutscheBank | Self::EquinixMetal => &[Call::Create, Call::Verify],
        }
    }

    /// What the description of the API calls a call.
    pub(crate) fn operation_id(self, call: Call) -> &'static str {
        match (self, call) {
            (Self::DeutscheBank, Call::Methods) => "getChallengeMethodsV2",
            (Self::DeutscheBank, Call::SwitchMethod) => "switchMethodV2",
            (Self::EquinixMetal, Call::RecoveryCodes) => "findRecoveryCodes",
            (_, Call::Methods | Call::SwitchMethod | Call::RecoveryCodes) => {
                panic!("{} has no {call:?}", self.slug())
            }
            _ => operation_id(self.provider(), call.operation()),
        }
    }

    /// An error body as it is documented, with codes that no table knows.
    pub(crate) fn documented_error(self) -> Value {
        match self {
            Self::Agilicus => json!({ "error_code": "SOMETHING_NEW", "error_message": "in words" }),
            Self::DeutscheBank => json!({ "code": 9999, "message": "in words" }),
            Self::EquinixMetal => json!({ "errors": ["in words"] }),
            Self::Smscx => {
                json!({ "error": { "type": "something_new", "message": "in words", "code": 9999 } })
            }
        }
    }

    /// What the documented error body says as a code.
    pub(crate) fn unknown_code(self) -> Option<&'static str> {
        match self {
            Self::Agilicus => Some("SOMETHING_NEW"),
            Self::DeutscheBank => Some("9999"),
            Self::EquinixMetal => None,
            Self::Smscx => Some("something_new:9999"),
        }
    }

    /// Status and body of success; none where no content is due.
    pub(crate) fn success(self, call: Call) -> (u16, Option<Value>) {
        let challenge = || {
            json!({
                "metadata": { "id": CHALLENGE },
                "spec": { "user_id": "user-1" },
                "status": { "state": "issued" },
            })
        };
        let otp = || json!({ "otpId": CHALLENGE, "status": "PENDING" });
        match (self, call) {
            (Self::Agilicus, Call::Create) => (201, Some(challenge())),
            (Self::Agilicus, Call::Verify) => {
                (200, Some(json!({ "spec": { "answer": "opaque", "challenge_id": CHALLENGE } })))
            }
            (Self::Agilicus, Call::Status) => (200, Some(challenge())),
            (Self::DeutscheBank, Call::Create) => {
                (201, Some(json!({ "id": CHALLENGE, "method": "MTAN", "challenge": {} })))
            }
            (Self::DeutscheBank, Call::Verify) => (200, Some(json!({ "otp": "proof" }))),
            (Self::Smscx, Call::Create) => (201, Some(otp())),
            (Self::Smscx, Call::Verify) => (200, Some(json!({ "status": "VERIFIED" }))),
            (Self::Smscx, Call::Cancel) => (200, Some(json!({ "info": { "id": CHALLENGE } }))),
            (Self::Smscx, Call::Status) => (200, Some(otp())),
            _ => (204, None),
        }
    }
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

pub(crate) async fn perform(vendor: Vendor, call: Call, base_url: &str) -> Result<Done, Error> {
    let transport = transport();
    let built = "the settings are valid";
    match vendor {
        Vendor::Agilicus => {
            let builder = Agilicus::builder().bearer(CREDENTIAL).transport(transport);
            perform_operation(
                &builder.base_url(base_url).build().expect(built),
                call,
                &["sms", "user-1", CHALLENGE],
            )
            .await
        }
        Vendor::DeutscheBank => {
            let builder = DeutscheBank::builder().bearer(CREDENTIAL).transport(transport);
            let provider = builder.base_url(base_url).build().expect(built);
            let id = ChallengeId::new(provider.name(), &[CHALLENGE]);
            match call {
                Call::Methods => provider.methods().await.map(|_| Done::Else),
                Call::SwitchMethod => provider.switch_method(&id, Channel::PhotoTan).await.map(Done::Created),
                _ => perform_operation(&provider, call, &[CHALLENGE]).await,
            }
        }
        Vendor::EquinixMetal => {
            let builder = EquinixMetal::builder().auth_token(CREDENTIAL).transport(transport);
            let provider = builder.base_url(base_url).build().expect(built);
            match call {
                Call::RecoveryCodes => provider.recovery_codes().await.map(|_| Done::Else),
                _ => perform_operation(&provider, call, &[]).await,
            }
        }
        Vendor::Smscx => {
            let builder = Smscx::builder().api_key(CREDENTIAL).transport(transport);
            let provider = builder.base_url(base_url).build().expect(built);
            let id = ChallengeId::new(provider.name(), &[CHALLENGE]);
            match call {
                Call::Details => provider.details(&id).await.map(|_| Done::Else),
                _ => perform_operation(&provider, call, &[CHALLENGE]).await,
            }
        }
    }
}

async fn perform_operation(provider: &dyn OtpProvider, call: Call, parts: &[&str]) -> Result<Done, Error> {
    let id = ChallengeId::new(provider.name(), parts);
    match call {
        Call::Create => {
            let mut request = CreateRequest::new(Recipient::phone(PHONE).with_user_id("user-1"));
            if provider.name() == Vendor::DeutscheBank.slug() {
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
