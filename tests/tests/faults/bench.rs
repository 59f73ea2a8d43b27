//! A provider over a sandbox of its own.

use std::time::Duration;

use otp_facade::{
    Agilicus, Challenge, Code, CreateRequest, DeutscheBank, EquinixMetal, OtpProvider, Purpose, Recipient,
    Smscx, Transport,
};
use otp_sandbox::{Provider, Sandbox};

/// How long a call may take.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(15);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);

const CREDENTIAL: &str = "credential-9f8e7d6c";
const PHONE: &str = "+4915112345678";

pub(crate) struct Bench {
    pub(crate) place: Provider,
    pub(crate) sandbox: Sandbox,
    pub(crate) provider: Box<dyn OtpProvider>,
}

impl Bench {
    pub(crate) async fn start(place: Provider, transport: &Transport) -> Self {
        // Seeded, so that no id holds the digits of a code by chance. ConnectionPool are not kept: a client that holds one
        // would see it cut instead of a refusal.
        let sandbox =
            Sandbox::builder().seed(2024).keep_alive(false).start().await.expect("the sandbox starts");
        let provider = build(place, &sandbox.base_url(place), transport.clone());
        Self { place, sandbox, provider }
    }

    pub(crate) fn request(&self) -> CreateRequest {
        let request = CreateRequest::new(Recipient::phone(PHONE).with_user_id("user-1"));
        match self.place {
            Provider::DeutscheBank => request.with_purpose(Purpose::LegitimationData),
            _ => request,
        }
    }

    /// A challenge, and its code.
    pub(crate) async fn challenge(&self) -> (Challenge, Code) {
        let challenge = self.provider.create(&self.request()).await.expect("there is no fault yet");
        let message = self.sandbox.last_message(self.place).expect("a message is out");
        (challenge, message.code.into())
    }

    pub(crate) fn secrets(&self, code: &Code) -> Secrets {
        Secrets {
            provider: self.place,
            origin: self.sandbox.base_url(self.place),
            code: code.expose().to_owned(),
        }
    }
}

/// One for all cells: making one takes longer than a cell.
pub(crate) fn transport() -> Transport {
    let builder = Transport::builder().connect_timeout(CONNECT_TIMEOUT).timeout(TIMEOUT);
    builder.build().expect("a transport")
}

fn build(place: Provider, base_url: &str, transport: Transport) -> Box<dyn OtpProvider> {
    let built = "the settings are valid";
    match place {
        Provider::Agilicus => {
            let builder = Agilicus::builder().bearer(CREDENTIAL).transport(transport);
            Box::new(builder.base_url(base_url).build().expect(built))
        }
        Provider::DeutscheBank => {
            let builder = DeutscheBank::builder().bearer(CREDENTIAL).transport(transport);
            Box::new(builder.base_url(base_url).build().expect(built))
        }
        Provider::EquinixMetal => {
            let builder = EquinixMetal::builder().auth_token(CREDENTIAL).transport(transport);
            Box::new(builder.base_url(base_url).build().expect(built))
        }
        Provider::Smscx => {
            let builder = Smscx::builder().api_key(CREDENTIAL).transport(transport);
            Box::new(builder.base_url(base_url).build().expect(built))
        }
        other => panic!("{other} is not in this list"),
    }
}

/// What no text may show.
pub(crate) struct Secrets {
    pub(crate) provider: Provider,
    origin: String,
    code: String,
}

impl Secrets {
    /// All of them, as a careless service would repeat them.
    pub(crate) fn text(&self) -> String {
        format!("code {} for {PHONE} with {CREDENTIAL}", self.code)
    }

    /// Where a redirect leads: to the same service, where a request that follows shows in the journal.
    pub(crate) fn location(&self) -> String {
        format!("{}/elsewhere/{}?key={CREDENTIAL}", self.origin, self.code)
    }

    /// What of them, or of the URL, stands in a text.
    pub(crate) fn shown_in(&self, text: &str) -> Vec<&str> {
        let secrets = [self.code.as_str(), CREDENTIAL, PHONE, &PHONE[1..], "127.0.0.1"];
        secrets.into_iter().filter(|secret| text.contains(secret)).collect()
    }

    pub(crate) fn code(&self) -> &str {
        &self.code
    }

    pub(crate) fn credential(&self) -> &str {
        CREDENTIAL
    }

    pub(crate) fn phone(&self) -> &str {
        PHONE
    }
}
