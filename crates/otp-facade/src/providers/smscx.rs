//! SMSCX (SMS Connexion): codes by SMS, paid per message. <https://sms.cx/sms-api-documentation/>

#[cfg(feature = "config")]
mod config;

#[cfg(feature = "config")]
pub use config::SmscxConfig;

use std::borrow::Cow;
use std::sync::LazyLock;
use std::time::{Duration, SystemTime};

use otp_transport::{ConfigError, Secret, TokenSource};
use serde::Deserialize;
use serde::de::IgnoredAny;
use smscx_otp::types::{self, ErrorResponse, ErrorType, OtpStatus, PinType};
use uuid::Uuid;

use super::builder::{ClientProvider, ProviderBuilder};
use super::error_mapping::{Classification, VendorError, is_loggable_token, map_error, unexpected};
use super::lifetime::Lifetime;
use super::vendor::{self, Vendor, otp_provider};
use crate::capabilities::{Capabilities, RecipientKind};
use crate::challenge::{Challenge, ChallengeId, Status, Verified};
use crate::channel::Channel;
use crate::code_format::CodeFormat;
use crate::error::{DeclineReason, Error, ErrorKind, Operation, Rejection, Result};
use crate::mask::mask;
use crate::request::{Alphabet, CreateRequest, VerifyRequest};

type ClientError = smscx_otp::Error<ErrorResponse>;

/// SMSCX: codes by SMS to any phone number.
///
/// It has all four operations and most options: ttl 60 to 1800 s, 1 to 10 attempts, codes of 4 to 10 characters, sender,
/// template (with `{{pin}}`), callback URL and tracking id (a UUID). Creating costs money.
///
/// Cancelling what is already cancelled succeeds, so that a cancel whose answer was lost can be repeated.
///
/// | vendor code | [decline reason](crate::Error::decline_reason) |
/// |---|---|
/// | `insufficient_credit` | `out_of_credit` |
/// | `no_coverage` | `unreachable` |
/// | 1132, 1133 | `template_not_approved` |
/// | 1606, 1608 | `channel_not_active` |
/// | 2031 | `not_open` |
#[derive(Clone, Debug)]
pub struct Smscx {
    name: String,
    client: smscx_otp::Client,
}

impl ClientProvider for Smscx {
    type Client = smscx_otp::Client;
    type Settings = ();
    const SLUG: &'static str = "smscx";

    fn from_client(name: String, client: Self::Client, (): ()) -> std::result::Result<Self, ConfigError> {
        Ok(Self { name, client })
    }
}

impl ProviderBuilder<Smscx> {
    /// The account's API key.
    pub fn api_key(self, key: impl Into<Secret>) -> Self {
        self.credential(smscx_otp::Credential::api_key(key))
    }

    /// A bearer token that does not change.
    pub fn bearer(self, token: impl Into<Secret>) -> Self {
        self.credential(smscx_otp::Credential::bearer(token))
    }

    /// Bearer tokens for an application's id and secret.
    pub fn client_credentials(self, id: impl Into<String>, secret: impl Into<Secret>) -> Self {
        self.credential(smscx_otp::Credential::client_credentials(id, secret, None))
    }

    /// Bearer tokens from a source of yours.
    pub fn token_source(self, source: impl TokenSource) -> Self {
        self.credential(smscx_otp::Credential::token_source(source))
    }
}

/// What SMSCX knows of a challenge beyond its status.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Details {
    /// Where it stands.
    pub status: Status,
    /// What it cost, in the account's currency.
    pub cost: Option<f64>,
    /// Into how many SMS the message was split.
    pub parts: Option<u32>,
    /// How many wrong codes came in.
    pub attempts: Option<u32>,
    /// How many it takes.
    pub max_attempts: Option<u32>,
    /// When it ends, as SMSCX writes it: a time of its clock, and taken for UTC where it has no zone. It may differ from
    /// this machine's by minutes or hours, so it is something to show, not to decide by.
    pub expires_at: Option<SystemTime>,
}

impl Smscx {
    /// Starts to set up the provider.
    pub fn builder() -> ProviderBuilder<Self> {
        ProviderBuilder::new()
    }

    /// The client underneath, for what only SMSCX has.
    pub fn client(&self) -> &smscx_otp::Client {
        &self.client
    }

    /// Reads all that SMSCX knows of a challenge. Costs nothing.
    ///
    /// # Errors
    ///
    /// As [`OtpProvider::status`](crate::OtpProvider::status).
    pub async fn details(&self, id: &ChallengeId) -> Result<Details> {
        let details = async { self.read_details(vendor::own_parts(self, id)?).await };
        vendor::with_origin(self, Operation::Status, details.await)
    }

    async fn read_details(&self, otp_id: Uuid) -> Result<Details> {
        let otp = self.client.get_otp_status().otp_id(otp_id).send().await;
        let otp = otp.map_err(|error| classify(&error, Operation::Status))?.into_inner();
        if Uuid::parse_str(&otp.otp_id) != Ok(otp_id) {
            return Err(unexpected("the response is of another challenge"));
        }
        let word = otp.status.ok_or_else(|| unexpected("a challenge without a status"))?;
        let to_u32 = |number: Option<i64>| number.and_then(|number| u32::try_from(number).ok());
        Ok(Details {
            status: status(word),
            cost: otp.cost,
            parts: to_u32(otp.parts),
            attempts: to_u32(otp.attempts),
            max_attempts: to_u32(otp.max_attempts),
            expires_at: otp.date_expires.and_then(|date| date.to_system_time()),
        })
    }
}

static CAPABILITIES: LazyLock<Capabilities> = LazyLock::new(|| Capabilities {
    cancel: true,
    status: true,
    ttl: Some(Duration::from_secs(60)..=Duration::from_secs(1800)),
    max_attempts: Some(1..=10),
    code_length: Some(4..=10),
    alphabets: vec![Alphabet::Digits, Alphabet::Letters, Alphabet::Alphanumeric],
    code_format: Some(CodeFormat::new(Alphabet::Alphanumeric, 4..=10)),
    sender: true,
    sender_length: Some(3..=15),
    template: true,
    template_placeholder: Some("{{pin}}"),
    callback_url: true,
    tracking_id: true,
    ..Capabilities::new(RecipientKind::Phone, [Channel::Sms])
});

otp_provider!(Smscx);

impl Vendor for Smscx {
    type Parts = Uuid;
    type Body = types::NewOtpRequest;

    fn name(&self) -> &str {
        &self.name
    }

    fn capabilities(&self) -> &Capabilities {
        &CAPABILITIES
    }

    fn parts(&self, id: &ChallengeId) -> Result<Uuid> {
        let otp_id = id.exactly().and_then(|[otp_id]| Uuid::parse_str(&otp_id).ok());
        otp_id.ok_or_else(|| Error::invalid("id", "must hold the UUID that SMSCX gave the challenge"))
    }

    fn body(&self, request: &CreateRequest) -> Result<Self::Body> {
        let Some(phone) = &request.recipient.phone else {
            return Err(Error::invalid("recipient.phone", "is missing"));
        };
        let track_id = request.tracking_id.as_deref().map(Uuid::parse_str).transpose();
        let sender = request.sender.as_deref().map(str::parse).transpose();
        let pin_type = request.alphabet.map(|alphabet| match alphabet {
            Alphabet::Digits => PinType::Numbers,
            Alphabet::Letters => PinType::Letters,
            Alphabet::Alphanumeric => PinType::Alphanumeric,
        });
        let country_iso = request.recipient.country.as_deref().map(str::parse).transpose();
        let mut body = types::NewOtpRequest::new(phone.clone());
        body.country_iso =
            country_iso.map_err(|_| Error::invalid("recipient.country", "must be two letters"))?;
        body.from = sender.map_err(|_| Error::invalid("sender", "must have 3 to 15 characters"))?;
        body.template = request.template.clone();
        body.track_id = track_id.map_err(|_| Error::invalid("tracking_id", "must be a UUID"))?;
        body.ttl = request.ttl.and_then(|ttl| i64::try_from(ttl.as_secs()).ok());
        body.max_attempts = request.max_attempts.map(i64::from);
        body.pin_type = pin_type;
        body.pin_length = request.code_length.map(i64::from);
        body.otp_callback_url = request.callback_url.clone();
        Ok(body)
    }

    async fn create(&self, request: &CreateRequest, body: Self::Body) -> Result<Challenge> {
        let otp = self.client.new_otp().body(body).send().await;
        let otp = otp.map_err(|error| classify(&error, Operation::Create))?;
        // Reading a date takes as long as masking a number, and this one is only used where the other is missing.
        let responded = if otp.date_created.is_none() { otp.date() } else { None };
        let otp = otp.into_inner();
        if Uuid::try_parse(&otp.otp_id).is_err() {
            return Err(unexpected("the id of the challenge is not a UUID"));
        }
        let id = ChallengeId::new(&self.name, &[&otp.otp_id]);
        let mut challenge = Challenge::new(id, Channel::Sms);
        challenge.hint =
            otp.phone_number.or_else(|| request.recipient.phone.clone()).map(|phone| mask(phone.expose()));
        let (created, expires) = (otp.date_created.as_ref(), otp.date_expires.as_ref());
        if let Some(lifetime) = (Lifetime { ttl: otp.ttl, created, expires, responded }).duration() {
            challenge = challenge.with_expires_in(lifetime);
        }
        challenge.max_attempts = otp.max_attempts.and_then(|number| u32::try_from(number).ok());
        Ok(challenge)
    }

    async fn verify(&self, otp_id: Uuid, request: &VerifyRequest) -> Result<Verified> {
        let body = types::VerifyPinRequest::new(request.code.secret());
        let answer = self.client.verify_otp().otp_id(otp_id).body(body).send().await;
        let answer = answer.map_err(|error| classify(&error, Operation::Verify))?;
        let body = answer.body_bytes();
        // One colon is one member: the status, which the client has read exactly. Then there is nothing beside it to look for.
        let is_status_alone = body.iter().filter(|byte| **byte == b':').count() == 1;
        let is_verified = answer.status.as_deref() == Some("VERIFIED");
        match is_verified && (is_status_alone || accepts(body, otp_id)) {
            true => Ok(Verified::new(request.id.clone())),
            false => Err(unexpected("a success that does not say that this challenge is VERIFIED")),
        }
    }

    async fn cancel(&self, otp_id: Uuid) -> Result<()> {
        match self.client.cancel_otp().otp_id(otp_id).send().await {
            Ok(answer) => match answer.info.id.as_deref() {
                Some(other) if Uuid::parse_str(other) != Ok(otp_id) => {
                    Err(unexpected("the response is of another challenge"))
                }
                _ => Ok(()),
            },
            Err(error) if is_cancelled_before(&error) => Ok(()),
            Err(error) => Err(classify(&error, Operation::Cancel)),
        }
    }

    async fn status(&self, otp_id: Uuid) -> Result<Status> {
        self.read_details(otp_id).await.map(|details| details.status)
    }
}

/// Whether the response to a verify is an acceptance: the word, for this challenge where it names one, and no error
/// beside it. What occurs twice or has another type is none.
fn accepts(body: &[u8], asked: Uuid) -> bool {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Acceptance<'a> {
        #[serde(borrow)]
        status: Option<Cow<'a, str>>,
        #[serde(borrow)]
        otp_id: Option<Cow<'a, str>>,
        error: Option<IgnoredAny>,
    }

    serde_json::from_slice::<Acceptance>(body).is_ok_and(|acceptance| {
        acceptance.status.is_some_and(|status| status == "VERIFIED")
            && acceptance.otp_id.is_none_or(|id| Uuid::parse_str(&id) == Ok(asked))
            && acceptance.error.is_none()
    })
}

fn status(status: OtpStatus) -> Status {
    match status {
        OtpStatus::Pending => Status::Pending,
        OtpStatus::Verified => Status::Verified,
        OtpStatus::Expired => Status::Expired,
        OtpStatus::Cancelled => Status::Cancelled,
        // SMSCX calls it failed when the attempts are used up.
        OtpStatus::Failed => Status::TooManyAttempts,
        OtpStatus::Unlisted(word) => Status::unknown(&word),
        // A value that a later version of the client knows.
        other => Status::unknown(&other.to_string()),
    }
}

fn code(error: &ClientError) -> Option<i64> {
    error.body()?.error.as_ref()?.code
}

fn is_cancelled_before(error: &ClientError) -> bool {
    code(error) == Some(2030) && error.status().is_some_and(|status| status.as_u16() == 403)
}

/// The field that a code of SMSCX is about, by its name in the facade.
fn field(code: i64) -> Option<&'static str> {
    Some(match code {
        2001 | 2020 => "recipient.phone",
        2002 | 2003 => "recipient.country",
        2004 | 2005 => "sender",
        2006 => "template",
        2007..=2009 => "ttl",
        2010..=2012 => "max_attempts",
        2013 | 2014 => "alphabet",
        2015..=2017 => "code_length",
        2018 => "tracking_id",
        2019 => "callback_url",
        2022 => "code",
        _ => return None,
    })
}

/// The vendor's table: its code first, then its type; the HTTP status is the same for too many things.
fn classify(error: &ClientError, operation: Operation) -> Error {
    use DeclineReason::{ChannelNotActive, NotOpen, OutOfCredit, TemplateNotApproved, Unreachable};
    use ErrorKind::{
        InvalidRequest, NotFound, RateLimited, Rejected, Unauthorized, Unavailable, UnexpectedResponse,
    };

    let detail = error.body().and_then(|body| body.error.as_ref());
    let code = detail.and_then(|detail| detail.code);
    let error_type = detail.and_then(|detail| detail.type_.as_ref());
    let by_code = code.and_then(|code| -> Option<Classification> {
        Some(match code {
            2001..=2020 | 2022 => Classification { field: field(code), ..InvalidRequest.into() },
            2021 => NotFound.into(),                              // no such challenge
            2023 => Rejected(Rejection::AlreadyUsed).into(),      // verified before
            2024 | 2030 => Rejected(Rejection::Cancelled).into(), // cancelled
            2025 | 2028 => Rejected(Rejection::Expired).into(),   // the challenge or its code expired
            2026 | 2027 => Rejected(Rejection::TooManyAttempts).into(), // the attempts are used up
            2029 => Rejected(Rejection::WrongCode).into(),        // the code does not match
            2031 => NotOpen.into(),                               // no longer pending: it cannot be cancelled
            1132 | 1133 => TemplateNotApproved.into(),
            1606 | 1608 => ChannelNotActive.into(),
            _ => return None,
        })
    });
    let by_type = error_type.and_then(|error_type| -> Option<Classification> {
        Some(match error_type {
            ErrorType::AccessDenied
            | ErrorType::InsufficientScope
            | ErrorType::InvalidApiKey
            | ErrorType::InvalidClient
            | ErrorType::InvalidScope => Unauthorized.into(),
            ErrorType::InsufficientCredit => OutOfCredit.into(),
            ErrorType::NoCoverage => Unreachable.into(),
            ErrorType::DuplicateId
            | ErrorType::DuplicateValue
            | ErrorType::InvalidBody
            | ErrorType::InvalidParam
            | ErrorType::InvalidRequest
            | ErrorType::UnsupportedGrantType => InvalidRequest.into(),
            // The path takes another method: not what is documented.
            ErrorType::InvalidMethod => UnexpectedResponse.into(),
            ErrorType::NotFound => NotFound.into(),
            ErrorType::RateLimit => RateLimited.into(),
            ErrorType::ServerError => Unavailable.into(),
            ErrorType::InvalidPin => Rejected(Rejection::WrongCode).into(),
            ErrorType::OtpExpired => Rejected(Rejection::Expired).into(),
            ErrorType::OtpFailed => Rejected(Rejection::TooManyAttempts).into(),
            ErrorType::OtpCancelled => Rejected(Rejection::Cancelled).into(),
            ErrorType::OtpVerified => Rejected(Rejection::AlreadyUsed).into(),
            _ => return None,
        })
    });
    // A refusal in words is only believed with a status that refuses.
    let is_refusal = error.status().is_some_and(|status| status.is_client_error());
    let verdict = by_code.or(by_type).filter(|_| is_refusal);
    // The numbers of the OTP operations say all; others say it together with their type.
    let name = match (code, error_type) {
        (Some(code @ 2001..=2031), _) | (Some(code), None) => Some(code.to_string()),
        (Some(code), Some(error_type)) if is_loggable_token(&error_type.to_string()) => {
            Some(format!("{error_type}:{code}"))
        }
        (Some(code), Some(_)) => Some(code.to_string()),
        (None, error_type) => error_type.map(ToString::to_string),
    };
    let said = VendorError {
        is_vendor_error: code.is_some() || error_type.is_some(),
        code: name,
        message: detail.and_then(|detail| detail.message.clone()),
        request_id: None,
    };
    let converted = map_error(error, operation, said, verdict);
    match verdict.map(|verdict| verdict.kind) {
        // Documented, and refused before the path was looked at.
        Some(UnexpectedResponse) if error.is_documented() => converted.with_may_have_acted(false),
        _ => converted,
    }
}
