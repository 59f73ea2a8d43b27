//! Deutsche Bank: approvals by mobileTAN and photoTAN. <https://developer.db.com/products/onetimepasswords>

#[cfg(feature = "config")]
mod config;
mod purpose;

#[cfg(feature = "config")]
pub use config::DeutscheBankConfig;

use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use deutsche_bank_otp::types::{self, ChallengeMethodType, ErrorResponse, MethodStatus};
use otp_transport::{ConfigError, Secret, TokenSource};

use self::purpose::data;
use super::builder::{ClientProvider, ProviderBuilder};
use super::error_mapping::{Classification, VendorError, carries_error, map_error, unexpected};
use super::vendor::{self, Vendor, otp_provider};
use crate::capabilities::{Capabilities, PurposeSupport, RecipientKind, check_text};
use crate::challenge::{Challenge, ChallengeId, Status, Verified};
use crate::channel::Channel;
use crate::error::{DeclineReason, Error, ErrorKind, Operation, Rejection, Result};
use crate::mask::mask;
use crate::request::{CreateRequest, VerifyRequest};
use crate::vendor_text::word;

type ClientError = deutsche_bank_otp::Error<ErrorResponse>;

/// Deutsche Bank: approvals of payments and orders by the owner of the access token.
///
/// A purpose is needed: what is being approved. Codes go out by mobileTAN ([`Channel::Sms`]) or photoTAN
/// ([`Channel::PhotoTan`]: show [`Challenge::image`]). An accepted code gives a [`Proof`](crate::Proof), good once, for
/// this customer, this kind of request and this access token. It has neither cancel nor status.
///
/// | vendor code | [decline reason](crate::Error::decline_reason) |
/// |---|---|
/// | 111 | `method_not_active` |
/// | 600 to 799 | `order_not_allowed` |
#[derive(Clone, Debug)]
pub struct DeutscheBank {
    name: String,
    client: deutsche_bank_otp::Client,
}

impl ClientProvider for DeutscheBank {
    type Client = deutsche_bank_otp::Client;
    type Settings = ();
    const SLUG: &'static str = "deutsche-bank";

    fn from_client(name: String, client: Self::Client, (): ()) -> std::result::Result<Self, ConfigError> {
        Ok(Self { name, client })
    }
}

impl ProviderBuilder<DeutscheBank> {
    /// The customer's access token.
    pub fn bearer(self, token: impl Into<Secret>) -> Self {
        self.credential(deutsche_bank_otp::Credential::bearer(token))
    }

    /// Access tokens from a source of yours.
    pub fn token_source(self, source: impl TokenSource) -> Self {
        self.credential(deutsche_bank_otp::Credential::token_source(source))
    }
}

/// A way in which the customer can answer, and whether it can be used.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TanMethod {
    /// The channel; none for what this facade does not offer (pushTAN) or does not know.
    pub channel: Option<Channel>,
    /// The bank's name of it, such as `MTAN`.
    pub name: String,
    /// Whether it can be used.
    pub state: TanMethodState,
    /// The phone's number, masked.
    pub hint: Option<String>,
    /// How many devices are set up.
    pub devices: Option<u32>,
}

/// Whether a method can be used.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TanMethodState {
    /// It can.
    Active,
    /// It cannot yet, or no longer.
    Inactive,
    /// Too many wrong codes; it comes back by itself.
    TemporarilyLocked,
    /// Too many wrong codes; the customer has to ask the bank.
    PermanentlyLocked,
    /// Something that this version does not know, in the bank's words.
    Unknown(String),
}

impl DeutscheBank {
    /// Starts to set up the provider.
    pub fn builder() -> ProviderBuilder<Self> {
        ProviderBuilder::new()
    }

    /// The client underneath.
    pub fn client(&self) -> &deutsche_bank_otp::Client {
        &self.client
    }

    /// In which ways the customer can answer. Sends no message.
    ///
    /// # Errors
    ///
    /// As the operations of the trait. The error names the operation `status`, because this changes nothing.
    pub async fn methods(&self) -> Result<Vec<TanMethod>> {
        let answer = self.client.get_challenge_methods_v2().send().await;
        let answer = answer.map_err(|error| {
            classify(&error, Operation::Status).with_origin(&self.name, Operation::Status)
        })?;
        Ok(answer.into_inner().methods.unwrap_or_default().into_iter().map(method).collect())
    }

    /// Lets the customer answer a challenge in another way. **It may send a message.** Use the challenge that comes
    /// back: its id may be another.
    ///
    /// # Errors
    ///
    /// As [`OtpProvider::create`](crate::OtpProvider::create).
    pub async fn switch_method(&self, id: &ChallengeId, channel: Channel) -> Result<Challenge> {
        let switched = async {
            let bank_id = vendor::own_parts(self, id)?;
            if !CAPABILITIES.channels.contains(&channel) {
                return Err(Error::unsupported(&format!("channel {channel}")).with_field("channel"));
            }
            let body = types::ChallengeRequestSwitchMethod::new(method_type(channel));
            let answer = self.client.switch_method_v2().id(bank_id).body(body).send().await;
            let answer = answer.map_err(|error| classify(&error, Operation::Create))?;
            self.challenge(answer.into_inner(), channel)
        };
        vendor::with_origin(self, Operation::Create, switched.await)
    }

    fn challenge(&self, answer: types::ChallengeRequest, channel: Channel) -> Result<Challenge> {
        if check_text("id", &answer.id, 256).is_err() {
            return Err(unexpected("a challenge without an id that can be used"));
        }
        // The challenge has started, also if the bank chose another method than the one that was asked for.
        let channel = match answer.method {
            Some(ChallengeMethodType::Mtan) => Channel::Sms,
            Some(ChallengeMethodType::Phototan) => Channel::PhotoTan,
            Some(ChallengeMethodType::Pushtan) => Channel::Push,
            Some(_) | None => channel,
        };
        let mut challenge = Challenge::new(ChallengeId::new(&self.name, &[&answer.id]), channel);
        let details = answer.challenge;
        challenge.hint = details
            .as_ref()
            .and_then(|details| details.mobile_phone_number.as_ref())
            .map(|phone| mask(phone.expose()));
        if channel == Channel::PhotoTan {
            let image = details.and_then(|details| details.image_base64);
            let image = image.and_then(|image| STANDARD.decode(image.expose()).ok());
            challenge.image = image.map(Into::into);
        }
        Ok(challenge)
    }
}

static CAPABILITIES: LazyLock<Capabilities> = LazyLock::new(|| {
    const PURPOSES: &[&str] = &[
        "payment",
        "securities_order",
        "securities_order_change",
        "securities_order_deletion",
        "legitimation_data",
    ];
    Capabilities {
        languages: vec!["de", "en"],
        purposes: PurposeSupport::Required(PURPOSES),
        proof: true,
        ..Capabilities::new(RecipientKind::Owner, [Channel::Sms, Channel::PhotoTan])
    }
});

otp_provider!(DeutscheBank);

impl Vendor for DeutscheBank {
    type Parts = String;
    type Body = types::builder::ChallengeStart;

    fn name(&self) -> &str {
        &self.name
    }

    fn capabilities(&self) -> &Capabilities {
        &CAPABILITIES
    }

    fn parts(&self, id: &ChallengeId) -> Result<String> {
        let [bank_id] = id
            .exactly()
            .ok_or_else(|| Error::invalid("id", "must hold the id that the bank gave the challenge"))?;
        check_text("id", &bank_id, 256)?;
        Ok(bank_id.into_owned())
    }

    fn body(&self, request: &CreateRequest) -> Result<Self::Body> {
        let (request_type, request_data) = data(request.purpose.as_ref())?;
        let language = request.language.as_deref().map(|language| match language {
            "en" => types::Language::En,
            _ => types::Language::De,
        });
        Ok(types::ChallengeStart::builder()
            .language(language)
            .method(method_type(CAPABILITIES.channel(request)))
            .request_data(request_data)
            .request_type(request_type))
    }

    async fn create(&self, request: &CreateRequest, body: Self::Body) -> Result<Challenge> {
        let answer = self.client.create_challenge_v2().body(body).send().await;
        let answer = answer.map_err(|error| classify(&error, Operation::Create))?;
        self.challenge(answer.into_inner(), CAPABILITIES.channel(request))
    }

    async fn verify(&self, bank_id: String, request: &VerifyRequest) -> Result<Verified> {
        let body = types::ChallengeResponse::new(request.code.secret());
        let answer = self.client.verify_challenge_v2().id(bank_id).body(body).send().await;
        let answer = answer.map_err(|error| classify(&error, Operation::Verify))?;
        if carries_error!(answer.body_bytes(), code, message) {
            return Err(unexpected("a success with an error in it"));
        }
        let proof = answer.into_inner().otp;
        if proof.expose().trim().is_empty() {
            return Err(unexpected("a success without a proof"));
        }
        Ok(Verified::new(request.id.clone()).with_proof(proof))
    }

    async fn cancel(&self, _: String) -> Result<()> {
        Err(Error::unsupported("cancel"))
    }

    async fn status(&self, _: String) -> Result<Status> {
        Err(Error::unsupported("status"))
    }
}

fn method_type(channel: Channel) -> ChallengeMethodType {
    match channel {
        Channel::PhotoTan => ChallengeMethodType::Phototan,
        _ => ChallengeMethodType::Mtan,
    }
}

fn method(item: types::ChallengeMethodItem) -> TanMethod {
    let (hint, devices) = match item.metadata {
        Some(metadata) => (metadata.mobile_phone_number, metadata.active_devices_count),
        None => (None, None),
    };
    TanMethod {
        channel: match item.method {
            ChallengeMethodType::Mtan => Some(Channel::Sms),
            ChallengeMethodType::Phototan => Some(Channel::PhotoTan),
            _ => None,
        },
        name: word(&item.method.to_string()),
        state: match item.status {
            MethodStatus::Active => TanMethodState::Active,
            MethodStatus::Inactive | MethodStatus::Deactivated | MethodStatus::DeviceStatusActivating => {
                TanMethodState::Inactive
            }
            MethodStatus::TemporarilyLocked => TanMethodState::TemporarilyLocked,
            MethodStatus::PermanentlyLocked => TanMethodState::PermanentlyLocked,
            MethodStatus::Unknown => TanMethodState::Unknown("UNKNOWN".to_owned()),
            MethodStatus::Unlisted(text) => TanMethodState::Unknown(word(&text)),
            // A value that a later version of the client knows.
            other => TanMethodState::Unknown(word(&other.to_string())),
        },
        hint: hint.map(|phone| mask(phone.expose())),
        devices: devices.and_then(|devices| u32::try_from(devices).ok()),
    }
}

/// The vendor's table, by its code.
fn classify(error: &ClientError, operation: Operation) -> Error {
    use DeclineReason::{MethodNotActive, OrderNotAllowed};
    use ErrorKind::{InvalidRequest, NotFound, Rejected, Unsupported};

    const PUSH: &str =
        "a pushTAN challenge is answered in the bank's app and followed through another of its APIs";
    const NO_PUSH: &str = "not a pushTAN challenge: it is answered with a code";

    let code = error.body().and_then(|body| body.code);
    let is_verify = operation == Operation::Verify;
    let verdict = code.and_then(|code| -> Option<Classification> {
        Some(match code {
            2 => InvalidRequest.into(), // invalid value
            16 | 17 | 112 if is_verify => Rejected(Rejection::WrongCode).into(), // wrong response
            16 | 17 | 112 => InvalidRequest.into(), // there is no response to be wrong
            111 => MethodNotActive.into(), // the method is not active
            113 | 114 => NotFound.into(), // no such challenge
            127 | 131 => InvalidRequest.into(), // of the bank's booking lists
            132 => Unsupported.into(),  // not supported
            138 | 139 => Unsupported.into(), // the wrong way to answer it
            600..=799 => OrderNotAllowed.into(), // the order itself is not possible
            _ => return None,
        })
    });
    let message = match code {
        Some(138) => Some(NO_PUSH),
        Some(139) => Some(PUSH),
        _ => None,
    };
    // A refusal in words is only believed with a status that refuses.
    let is_refusal = error.status().is_some_and(|status| status.as_u16() == 400);
    let verdict = verdict.filter(|_| is_refusal).map(|verdict| Classification { message, ..verdict });
    let said = error.body().map_or_else(VendorError::default, |body| VendorError {
        is_vendor_error: body.code.is_some(),
        code: code.map(|code| code.to_string()),
        message: body.message.clone(),
        request_id: body.message_id.clone(),
    });
    map_error(error, operation, said, verdict)
}
