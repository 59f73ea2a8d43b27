//! Deutsche Bank: approvals by mobileTAN and photoTAN. <https://developer.db.com/products/onetimepasswords>

mod purpose;

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use deutsche_bank_otp::types::{self, ChallengeMethodType, ErrorResponse, MethodStatus};
use otp_transport::{Secret, TokenSource};
use serde::Deserialize;
use serde::de::IgnoredAny;

use self::purpose::data;
use super::builder::{Builder, Connected};
use super::failure::{Said, Verdict, convert, unexpected};
use crate::capabilities::{Capabilities, Purposes, RecipientNeed, admit_id, check_text};
use crate::challenge::{Challenge, ChallengeId, Status, Verified};
use crate::error::{Error, ErrorKind, Operation, Rejection, Result};
use crate::mask::mask;
use crate::provider::OtpProvider;
use crate::request::{Channel, CreateRequest, VerifyRequest};
use crate::vendor_text::word;

type ClientError = deutsche_bank_otp::Error<ErrorResponse>;

/// Deutsche Bank: approvals of payments and orders by the owner of the access token.
///
/// A purpose is needed: what is being approved. Codes go out by mobileTAN ([`Channel::Sms`]) or photoTAN
/// ([`Channel::PhotoTan`]: show [`Challenge::image`]). An accepted code gives a [`Proof`](crate::Proof), good once, for
/// this customer, this kind of request and this access token. It has neither cancel nor status.
#[derive(Clone, Debug)]
pub struct DeutscheBank {
    name: String,
    client: deutsche_bank_otp::Client,
}

impl Connected for DeutscheBank {
    type Client = deutsche_bank_otp::Client;
    const SLUG: &'static str = "deutsche-bank";

    fn from_client(name: String, client: Self::Client) -> Self {
        Self { name, client }
    }
}

impl Builder<DeutscheBank> {
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
pub struct Method {
    /// The channel; none for what this facade does not offer (pushTAN) or does not know.
    pub channel: Option<Channel>,
    /// The bank's name of it, such as `MTAN`.
    pub name: String,
    /// Whether it can be used.
    pub state: MethodState,
    /// The phone's number, masked.
    pub hint: Option<String>,
    /// How many devices are set up.
    pub devices: Option<u32>,
}

/// Whether a method can be used.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum MethodState {
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
    pub fn builder() -> Builder<Self> {
        Builder::new()
    }

    /// The client underneath.
    pub fn client(&self) -> &deutsche_bank_otp::Client {
        &self.client
    }

    /// In which ways the customer can answer. Sends no message.
    ///
    /// # Errors
    ///
    /// As the verbs; the operation is named `status`, because it changes nothing.
    pub async fn methods(&self) -> Result<Vec<Method>> {
        let answer = self.client.get_challenge_methods_v2().send().await;
        let answer =
            answer.map_err(|error| table(&error, Operation::Status).at(&self.name, Operation::Status))?;
        Ok(answer.into_inner().methods.unwrap_or_default().into_iter().map(method).collect())
    }

    /// Lets the customer answer a challenge in another way. **It may send a message.** Use the challenge that comes
    /// back: its id may be another.
    ///
    /// # Errors
    ///
    /// As [`OtpProvider::create`].
    pub async fn switch_method(&self, id: &ChallengeId, channel: Channel) -> Result<Challenge> {
        let at = |error: Error| error.at(&self.name, Operation::Create);
        let bank_id = self.bank_id(id).map_err(at)?;
        if !self.capabilities().channels.contains(&channel) {
            return Err(at(Error::unsupported(&format!("channel {channel}"))));
        }
        let body = types::ChallengeRequestSwitchMethod::new(method_type(channel));
        let answer = self.client.switch_method_v2().id(bank_id).body(body).send().await;
        let answer = answer.map_err(|error| at(table(&error, Operation::Create)))?;
        self.challenge(answer.into_inner(), channel).map_err(at)
    }

    fn bank_id(&self, id: &ChallengeId) -> Result<String> {
        admit_id(&self.name, id)?;
        let [bank_id] = <[String; 1]>::try_from(id.parts())
            .map_err(|_| Error::invalid("id", "must hold the id that the bank gave the challenge"))?;
        check_text("id", &bank_id, 256)?;
        Ok(bank_id)
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

#[async_trait]
impl OtpProvider for DeutscheBank {
    fn name(&self) -> &str {
        &self.name
    }

    fn capabilities(&self) -> Capabilities {
        const PURPOSES: &[&str] = &[
            "payment",
            "securities_order",
            "securities_order_change",
            "securities_order_deletion",
            "legitimation_data",
        ];
        Capabilities {
            languages: vec!["de", "en"],
            purposes: Purposes::Required(PURPOSES),
            ..Capabilities::new(RecipientNeed::Owner, [Channel::Sms, Channel::PhotoTan])
        }
    }

    fn issued(&self, id: &ChallengeId) -> bool {
        id.issuer() == self.name
    }

    async fn create(&self, request: &CreateRequest) -> Result<Challenge> {
        let at = |error: Error| error.at(&self.name, Operation::Create);
        let capabilities = self.capabilities();
        capabilities.admit_create(request).map_err(at)?;
        let channel = capabilities.channel(request);
        let (request_type, request_data) = data(request.purpose.as_ref()).map_err(at)?;
        let language = request.language.as_deref().map(|language| match language {
            "en" => types::Language::En,
            _ => types::Language::De,
        });
        let body = types::ChallengeStart::builder()
            .language(language)
            .method(method_type(channel))
            .request_data(request_data)
            .request_type(request_type);
        let answer = self.client.create_challenge_v2().body(body).send().await;
        let answer = answer.map_err(|error| at(table(&error, Operation::Create)))?;
        self.challenge(answer.into_inner(), channel).map_err(at)
    }

    async fn verify(&self, request: &VerifyRequest) -> Result<Verified> {
        let at = |error: Error| error.at(&self.name, Operation::Verify);
        let bank_id = self.bank_id(&request.id).map_err(at)?;
        self.capabilities().admit_verify(request).map_err(at)?;
        let body = types::ChallengeResponse::new(request.code.secret());
        let answer = self.client.verify_challenge_v2().id(bank_id).body(body).send().await;
        let answer = answer.map_err(|error| at(table(&error, Operation::Verify)))?;
        if carries_error(answer.body_bytes()) {
            return Err(at(unexpected("a success with an error in it")));
        }
        let proof = answer.into_inner().otp;
        if proof.expose().trim().is_empty() {
            return Err(at(unexpected("a success without a proof")));
        }
        Ok(Verified::new(request.id.clone()).with_proof(proof))
    }

    async fn cancel(&self, id: &ChallengeId) -> Result<()> {
        let at = |error: Error| error.at(&self.name, Operation::Cancel);
        admit_id(&self.name, id).map_err(at)?;
        Err(at(Error::unsupported("cancel")))
    }

    async fn status(&self, id: &ChallengeId) -> Result<Status> {
        let at = |error: Error| error.at(&self.name, Operation::Status);
        admit_id(&self.name, id).map_err(at)?;
        Err(at(Error::unsupported("status")))
    }
}

fn method_type(channel: Channel) -> ChallengeMethodType {
    match channel {
        Channel::PhotoTan => ChallengeMethodType::Phototan,
        _ => ChallengeMethodType::Mtan,
    }
}

fn method(item: types::ChallengeMethodItem) -> Method {
    let (hint, devices) = match item.metadata {
        Some(metadata) => (metadata.mobile_phone_number, metadata.active_devices_count),
        None => (None, None),
    };
    Method {
        channel: match item.method {
            ChallengeMethodType::Mtan => Some(Channel::Sms),
            ChallengeMethodType::Phototan => Some(Channel::PhotoTan),
            _ => None,
        },
        name: word(&item.method.to_string()),
        state: match item.status {
            MethodStatus::Active => MethodState::Active,
            MethodStatus::Inactive | MethodStatus::Deactivated | MethodStatus::DeviceStatusActivating => {
                MethodState::Inactive
            }
            MethodStatus::TemporarilyLocked => MethodState::TemporarilyLocked,
            MethodStatus::PermanentlyLocked => MethodState::PermanentlyLocked,
            MethodStatus::Unknown => MethodState::Unknown("UNKNOWN".to_owned()),
            MethodStatus::Unlisted(text) => MethodState::Unknown(word(&text)),
            // A value that a later version of the client knows.
            other => MethodState::Unknown(word(&other.to_string())),
        },
        hint: hint.map(|phone| mask(phone.expose())),
        devices: devices.and_then(|devices| u32::try_from(devices).ok()),
    }
}

/// Whether a success carries the bank's error besides.
fn carries_error(body: &[u8]) -> bool {
    #[derive(Deserialize)]
    struct Beside {
        code: Option<IgnoredAny>,
        message: Option<IgnoredAny>,
    }

    !serde_json::from_slice::<Beside>(body)
        .is_ok_and(|beside| beside.code.is_none() && beside.message.is_none())
}

/// The vendor's table, by its code.
fn table(error: &ClientError, operation: Operation) -> Error {
    use ErrorKind::{InvalidRequest, NotFound, Refused, Rejected, Unsupported};

    const PUSH: &str =
        "a pushTAN challenge is answered in the bank's app and followed through another of its APIs";
    const NO_PUSH: &str = "not a pushTAN challenge: it is answered with a code";

    let code = error.body().and_then(|body| body.code);
    let is_verify = operation == Operation::Verify;
    let kind = code.and_then(|code| match code {
        2 => Some(InvalidRequest),                                          // invalid value
        16 | 17 | 112 if is_verify => Some(Rejected(Rejection::WrongCode)), // wrong response
        16 | 17 | 112 => Some(InvalidRequest), // there is no response to be wrong
        111 => Some(Refused),                  // the method is not active
        113 | 114 => Some(NotFound),           // no such challenge
        127 | 131 => Some(InvalidRequest),     // of the bank's booking lists
        132 => Some(Unsupported),              // not supported
        138 | 139 => Some(Unsupported),        // the wrong way to answer it
        600..=799 => Some(Refused),            // the order itself is not possible
        _ => None,
    });
    let detail = match code {
        Some(138) => Some(NO_PUSH),
        Some(139) => Some(PUSH),
        _ => None,
    };
    // A refusal in words is only believed with a status that refuses.
    let is_refusal = error.status().is_some_and(|status| status.as_u16() == 400);
    let verdict = kind.filter(|_| is_refusal).map(|kind| Verdict { kind, detail });
    let said = error.body().map_or_else(Said::default, |body| Said {
        is_vendor_error: body.code.is_some(),
        code: code.map(|code| code.to_string()),
        message: body.message.clone(),
        request_id: body.message_id.clone(),
    });
    convert(error, operation, said, verdict)
}
