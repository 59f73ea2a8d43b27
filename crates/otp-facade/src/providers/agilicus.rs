//! Agilicus: challenges for the users of an organisation. <https://www.agilicus.com/api/>

#[cfg(feature = "config")]
mod config;

#[cfg(feature = "config")]
pub use config::AgilicusConfig;

use std::sync::LazyLock;
use std::time::Duration;

use agilicus_otp::types::{self, ChallengeState, ErrorMessage};
use otp_transport::{ConfigError, Secret, TokenSource};

use super::builder::{ClientProvider, ProviderBuilder};
use super::error_mapping::{
    Classification, VendorError, carries_error, is_success_without_content, map_error, unexpected,
};
use super::lifetime::Lifetime;
use super::vendor::{Vendor, otp_provider};
use crate::capabilities::{Capabilities, RecipientKind, check_text};
use crate::challenge::{Challenge, ChallengeId, Status, Verified};
use crate::channel::Channel;
use crate::code_format::CodeFormat;
use crate::error::{Error, ErrorKind, Operation, Rejection, Result};
use crate::request::{Alphabet, CreateRequest, VerifyRequest};

/// Agilicus: challenges by SMS, push, authenticator app, or a code that the caller hands over.
///
/// It needs the recipient's user id, and takes a ttl of 1 second to a day. It reports that a code is refused, and no
/// reason. The user answers a push on the device: poll `status`, there is no code to verify.
#[derive(Clone, Debug)]
pub struct Agilicus {
    name: String,
    client: agilicus_otp::Client,
}

impl ClientProvider for Agilicus {
    type Client = agilicus_otp::Client;
    type Settings = ();
    const SLUG: &'static str = "agilicus";

    fn from_client(name: String, client: Self::Client, (): ()) -> std::result::Result<Self, ConfigError> {
        Ok(Self { name, client })
    }
}

impl ProviderBuilder<Agilicus> {
    /// A bearer token that does not change.
    pub fn bearer(self, token: impl Into<Secret>) -> Self {
        self.credential(agilicus_otp::Credential::bearer(token))
    }

    /// Bearer tokens from a source of yours.
    pub fn token_source(self, source: impl TokenSource) -> Self {
        self.credential(agilicus_otp::Credential::token_source(source))
    }
}

/// What a challenge's id holds.
pub(crate) struct Parts {
    challenge_type: &'static str,
    user_id: String,
    challenge_id: String,
}

impl Agilicus {
    /// Starts to set up the provider.
    pub fn builder() -> ProviderBuilder<Self> {
        ProviderBuilder::new()
    }

    /// The client underneath, for what only Agilicus has: enrollments, WebAuthn, one-time links.
    pub fn client(&self) -> &agilicus_otp::Client {
        &self.client
    }
}

/// The channels and what Agilicus calls them.
const CHANNELS: [(Channel, &str); 4] = [
    (Channel::Sms, "sms"),
    (Channel::Push, "web_push"),
    (Channel::Totp, "totp"),
    (Channel::ReturnedToCaller, "code"),
];

fn challenge_type(channel: Channel) -> &'static str {
    CHANNELS.iter().find(|(known, _)| *known == channel).map_or("sms", |(_, name)| name)
}

static CAPABILITIES: LazyLock<Capabilities> = LazyLock::new(|| Capabilities {
    cancel: true,
    status: true,
    ttl: Some(Duration::from_secs(1)..=Duration::from_secs(86_400)),
    ..Capabilities::new(RecipientKind::User, CHANNELS.map(|(channel, _)| channel))
});

otp_provider!(Agilicus);

impl Vendor for Agilicus {
    type Parts = Parts;
    type Body = types::builder::Challenge;

    fn name(&self) -> &str {
        &self.name
    }

    fn capabilities(&self) -> &Capabilities {
        &CAPABILITIES
    }

    fn parts(&self, id: &ChallengeId) -> Result<Parts> {
        let malformed = || Error::invalid("id", "must hold the type, the user and the id that Agilicus gave");
        let [kind, user_id, challenge_id] = id.exactly().ok_or_else(malformed)?;
        let channel = CHANNELS.iter().find(|(_, name)| *name == kind).ok_or_else(malformed)?;
        let (user_id, challenge_id) = (user_id.into_owned(), challenge_id.into_owned());
        Ok(Parts { challenge_type: channel.1, user_id, challenge_id })
    }

    fn body(&self, request: &CreateRequest) -> Result<Self::Body> {
        let channel = CAPABILITIES.channel(request);
        let spec = types::ChallengeSpec::builder()
            .challenge_type(challenge_type(channel))
            // Without it the challenge is not issued. Only a code that is handed over needs no issuing.
            .send_now((channel != Channel::ReturnedToCaller).then_some(true))
            .timeout_seconds(request.ttl.and_then(|ttl| i64::try_from(ttl.as_secs()).ok()))
            .user_id(request.recipient.user_id.as_deref().unwrap_or_default());
        Ok(types::Challenge::builder().spec(spec))
    }

    async fn create(&self, request: &CreateRequest, body: Self::Body) -> Result<Challenge> {
        let channel = CAPABILITIES.channel(request);
        let user_id = request.recipient.user_id.as_deref().unwrap_or_default();
        let kind = challenge_type(channel);
        let answer = self.client.create_challenge().body(body).send().await;
        let answer = answer.map_err(|error| classify(&error, Operation::Create))?.into_inner();
        let metadata = answer.metadata.ok_or_else(|| unexpected("a challenge without metadata"))?;
        let challenge_id = metadata.id.filter(|id| check_text("id", id, 256).is_ok());
        let challenge_id =
            challenge_id.ok_or_else(|| unexpected("a challenge without an id that can be used"))?;
        let code = answer.status.and_then(|status| status.code);
        let mut challenge =
            Challenge::new(ChallengeId::new(&self.name, &[kind, user_id, &challenge_id]), channel);
        if channel == Channel::ReturnedToCaller {
            challenge.code = code.map(|code| code.expose().into());
        }
        let ttl = answer.spec.and_then(|spec| spec.timeout_seconds);
        if let Some(lifetime) = (Lifetime { ttl, ..Lifetime::default() }).duration() {
            challenge = challenge.with_expires_in(lifetime);
        }
        Ok(challenge)
    }

    async fn verify(&self, parts: Parts, request: &VerifyRequest) -> Result<Verified> {
        if parts.challenge_type == "web_push" {
            let message =
                "verifying a push challenge is not supported: the user answers on the device; poll `status`";
            return Err(Error::new(ErrorKind::Unsupported).with_message(message).with_never_sent());
        }
        if let Some(format) = code_format(parts.challenge_type) {
            format.admit(&request.code)?;
        }
        let call = self.client.get_answer().challenge_id(parts.challenge_id.as_str()).allowed(true);
        let call =
            call.challenge_answer(request.code.secret()).challenge_type(parts.challenge_type.to_owned());
        let answer = call.challenge_uid(parts.user_id).send().await;
        let answer = answer.map_err(|error| classify(&error, Operation::Verify))?;
        if carries_error!(answer.body_bytes(), error_code, error_message) {
            return Err(unexpected("a success with an error in it"));
        }
        match &answer.spec.challenge_id {
            Some(other) if *other != parts.challenge_id => {
                Err(unexpected("the response is of another challenge"))
            }
            _ => Ok(Verified::new(request.id.clone())),
        }
    }

    async fn cancel(&self, parts: Parts) -> Result<()> {
        match self.client.delete_challenge().challenge_id(parts.challenge_id.as_str()).send().await {
            Err(error) if !is_success_without_content(&error) => Err(classify(&error, Operation::Cancel)),
            _ => Ok(()),
        }
    }

    async fn status(&self, parts: Parts) -> Result<Status> {
        let answer = self.client.get_challenge().challenge_id(parts.challenge_id.as_str()).send().await;
        let answer = answer.map_err(|error| classify(&error, Operation::Status))?.into_inner();
        let named = answer.metadata.and_then(|metadata| metadata.id);
        if named.is_some_and(|named| named != parts.challenge_id) {
            return Err(unexpected("the response is of another challenge"));
        }
        let state = answer.status.and_then(|status| status.state);
        Ok(match state {
            Some(ChallengeState::Pending | ChallengeState::Issued) => Status::Pending,
            Some(ChallengeState::ChallengePassed) => Status::Verified,
            Some(ChallengeState::ChallengeDeclined) => Status::Declined,
            Some(ChallengeState::TimedOut) => Status::Expired,
            Some(ChallengeState::ChallengeFailed) => Status::Failed,
            Some(ChallengeState::Unlisted(word)) => Status::unknown(&word),
            // A value that a later version of the client knows.
            Some(other) => Status::unknown(&other.to_string()),
            None => return Err(unexpected("a challenge without state")),
        })
    }
}

/// What codes look like, where the vendor or a standard says.
fn code_format(challenge_type: &str) -> Option<CodeFormat> {
    match challenge_type {
        "code" => Some(CodeFormat::new(Alphabet::Alphanumeric, 1..=40)),
        // RFC 4226, 5.3.
        "totp" => Some(CodeFormat::new(Alphabet::Digits, 6..=8)),
        _ => None,
    }
}

/// The vendor's table. It has no codes worth telling apart: the status is all there is.
fn classify(error: &agilicus_otp::Error<ErrorMessage>, operation: Operation) -> Error {
    let said = error.body().map_or_else(VendorError::default, |body| VendorError {
        is_vendor_error: body.error_code.is_some() || body.error_message.is_some(),
        code: body.error_code.clone(),
        message: body.error_message.clone(),
        request_id: None,
    });
    let status = error.status().map(|status| status.as_u16());
    let verdict = match (operation, status) {
        // Wrong, expired, used, or no attempts left: a refusal has no reason.
        (Operation::Verify, Some(400)) => {
            Some(Classification::from(ErrorKind::Rejected(Rejection::Unspecified)))
        }
        _ => None,
    };
    map_error(error, operation, said, verdict)
}
