//! Twilio Verify v2: codes by SMS, call, WhatsApp and e-mail. <https://www.twilio.com/docs/verify/api>

#[cfg(feature = "config")]
mod config;
mod error_codes;

#[cfg(feature = "config")]
pub use config::TwilioConfig;

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use otp_transport::{ConfigError, Secret};
use serde::Deserialize;
use serde::de::IgnoredAny;
use twilio_otp::types;

use super::builder::{ClientProvider, ProviderBuilder};
use super::error_mapping::unexpected;
use super::vendor::{Vendor, otp_provider};
use crate::capabilities::{Capabilities, PurposeSupport, RecipientKind};
use crate::challenge::{Challenge, ChallengeId, Status, Verified};
use crate::channel::Channel;
use crate::code_format::CodeFormat;
use crate::error::{Error, ErrorKind, Operation, Rejection, Result};
use crate::purpose::{Purpose, Transaction};
use crate::request::{Alphabet, CreateRequest, Recipient, VerifyRequest};
use crate::{email, mask};
use error_codes::classify;

/// How long a code is good for, unless Twilio's support has changed it for the service.
const LIFETIME: Duration = Duration::from_secs(10 * 60);

/// How many wrong codes end a verification. Nobody can change it.
const ATTEMPTS: u32 = 5;

/// Most characters of a tag.
const MAX_TAG: usize = 128;

const CHANNELS: [(Channel, &str); 4] = [
    (Channel::Sms, "sms"),
    (Channel::Call, "call"),
    (Channel::WhatsApp, "whatsapp"),
    (Channel::Email, "email"),
];

/// Languages of Twilio's own texts, spelled as Twilio does.
const LANGUAGES: [&str; 34] = [
    "af", "ar", "ca", "cs", "da", "de", "el", "en", "es", "fi", "fr", "he", "hi", "hr", "hu", "id", "it",
    "ja", "ko", "ms", "nb", "nl", "pl", "pt", "pt-BR", "ro", "ru", "sv", "th", "tr", "vi", "zh", "zh-CN",
    "zh-HK",
];

/// Twilio Verify: codes by SMS, call, WhatsApp and e-mail, to phone numbers and e-mail addresses.
///
/// It has all four operations. A request can choose the channel, the language, a template (its SID, `HJ…`; SMS and call only), a
/// tracking id (a tag, which comes back in Twilio's events) and values for the service's rate limits. Length and lifetime of
/// codes are settings of the Verify service; there are five attempts.
///
/// **A create is a resend while a challenge of the same address is pending**: it has the same id and the same code, so that two
/// users of one number share a challenge, and one's cancel ends the other's. There are five messages for one challenge. Another
/// create with another channel is how a code reaches the person another way.
///
/// **A final challenge is gone**: once it was verified, has expired or has no attempts left, status and verify are `NotFound`.
///
/// With [`psd2`](ProviderBuilder::psd2), each challenge is for a [`Transaction`], and verify has to present it again.
///
/// | vendor code | [decline reason](crate::Error::decline_reason) |
/// |---|---|
/// | 60006, 60205 | `unreachable` |
/// | 60220, 60605 | `country_not_allowed` |
/// | 60201, 60218, 60219, 60252 | `template_not_approved` |
/// | 60214, 60223, 60408 | `channel_not_active` |
/// | 60410, 60412, 60413 | `suspected_fraud` |
#[derive(Clone, Debug)]
pub struct Twilio {
    name: String,
    client: twilio_otp::Client,
    settings: Arc<Settings>,
    capabilities: Arc<Capabilities>,
}

/// What the provider needs beside a client.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    service_sid: String,
    brand: Option<String>,
    lifetime: Option<Duration>,
    psd2: bool,
}

impl ClientProvider for Twilio {
    type Client = twilio_otp::Client;
    type Settings = Settings;
    const SLUG: &'static str = "twilio";

    fn from_client(
        name: String,
        client: Self::Client,
        settings: Settings,
    ) -> std::result::Result<Self, ConfigError> {
        if settings.service_sid.parse::<types::ServiceSid>().is_err() {
            return Err(ConfigError::new("service_sid", "must be VA and 32 hexadecimal digits"));
        }
        if settings.brand.as_deref() == Some("") {
            return Err(ConfigError::new("brand", "must not be empty"));
        }
        let lifetimes = Duration::from_secs(2 * 60)..=Duration::from_secs(24 * 60 * 60);
        if settings.lifetime.is_some_and(|lifetime| !lifetimes.contains(&lifetime)) {
            return Err(ConfigError::new("lifetime", "must be from 120 to 86400 seconds"));
        }
        let capabilities = Arc::new(capabilities(settings.psd2));
        Ok(Self { name, client, settings: Arc::new(settings), capabilities })
    }
}

impl ProviderBuilder<Twilio> {
    /// The SID of the account (`AC…`) and its auth token.
    pub fn auth_token(self, account_sid: impl Into<Secret>, auth_token: impl Into<Secret>) -> Self {
        self.credential(twilio_otp::Credential::auth_token(account_sid, auth_token))
    }

    /// The SID of an API key (`SK…`) and its secret.
    pub fn api_key(self, sid: impl Into<Secret>, secret: impl Into<Secret>) -> Self {
        self.credential(twilio_otp::Credential::api_key(sid, secret))
    }

    /// The SID of the Verify service (`VA…`). It has to be set.
    pub fn service_sid(mut self, service_sid: impl Into<String>) -> Self {
        self.settings.service_sid = service_sid.into();
        self
    }

    /// The brand in the message, instead of the service's friendly name. Twilio has to enable it for the account.
    pub fn brand(mut self, brand: impl Into<String>) -> Self {
        self.settings.brand = Some(brand.into());
        self
    }

    /// How long the service's codes are good for, if Twilio's support has changed it: 2 minutes to 24 hours. 10 minutes by default.
    pub fn lifetime(mut self, lifetime: Duration) -> Self {
        self.settings.lifetime = Some(lifetime);
        self
    }

    /// The service has PSD2 enabled: each challenge is for a [`Transaction`], and verify has to present it again.
    pub fn psd2(mut self) -> Self {
        self.settings.psd2 = true;
        self
    }
}

fn capabilities(psd2: bool) -> Capabilities {
    let channels = CHANNELS.into_iter().map(|(channel, _)| channel);
    // A service with PSD2 makes no calls (60214).
    let channels: Vec<_> = channels.filter(|channel| !(psd2 && *channel == Channel::Call)).collect();
    let template_channels =
        channels.iter().copied().filter(|channel| matches!(channel, Channel::Sms | Channel::Call));
    let template_channels = Some(template_channels.collect());
    Capabilities {
        cancel: true,
        status: true,
        code_format: Some(CodeFormat::new(Alphabet::Digits, 4..=10)),
        template: true,
        template_channels,
        template_is_id: true,
        languages: LANGUAGES.to_vec(),
        tracking_id: true,
        rate_limit_keys: true,
        purposes: if psd2 { PurposeSupport::Required(&["transaction"]) } else { PurposeSupport::None },
        purpose_at_verify: psd2,
        resends: true,
        ..Capabilities::new(RecipientKind::PhoneOrEmail, channels)
    }
}

impl Twilio {
    /// Starts to set up the provider.
    pub fn builder() -> ProviderBuilder<Self> {
        ProviderBuilder::new()
    }

    /// The client underneath, for what only Twilio has.
    pub fn client(&self) -> &twilio_otp::Client {
        &self.client
    }

    /// How long the code is good for from now on: the lifetime, less the age of a verification that was sent again. Both times
    /// are Twilio's.
    fn lifetime(&self, verification: &types::Verification) -> Duration {
        let lifetime = self.settings.lifetime.unwrap_or(LIFETIME);
        let attempts = verification.send_code_attempts.iter().flatten();
        let sent = attempts.filter_map(|attempt| attempt.time.as_ref()).next_back();
        let age = sent.zip(verification.date_created.as_ref());
        let age = age.and_then(|(sent, created)| sent.duration_since(created));
        lifetime.saturating_sub(age.filter(|age| *age < lifetime).unwrap_or_default())
    }
}

/// What Twilio calls a channel.
fn word(channel: Channel) -> &'static str {
    CHANNELS.iter().find(|(known, _)| *known == channel).map_or("sms", |(_, word)| word)
}

fn address(recipient: &Recipient, channel: Channel) -> Result<Secret> {
    let (address, field) = match channel {
        Channel::Email => (&recipient.email, "recipient.email"),
        _ => (&recipient.phone, "recipient.phone"),
    };
    address.clone().ok_or_else(|| Error::invalid(field, "is missing"))
}

fn transaction(purpose: Option<&Purpose>) -> Option<&Transaction> {
    match purpose {
        Some(Purpose::Transaction(transaction)) => Some(transaction),
        _ => None,
    }
}

otp_provider!(Twilio);

impl Vendor for Twilio {
    /// SID of the verification.
    type Parts = types::NewVerificationCheckVerificationSid;
    type Body = types::NewVerification;

    fn name(&self) -> &str {
        &self.name
    }

    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    fn parts(&self, id: &ChallengeId) -> Result<Self::Parts> {
        let sid = id.exactly().and_then(|[sid]| sid.parse().ok());
        sid.ok_or_else(|| Error::invalid("id", "must hold the SID that Twilio gave the verification"))
    }

    fn body(&self, request: &CreateRequest) -> Result<Self::Body> {
        let channel = self.capabilities.channel(request);
        let mut body =
            types::NewVerification::new(word(channel).to_owned(), address(&request.recipient, channel)?);
        if let Some(template) = &request.template {
            let rule = "must be the SID of a template: HJ and 32 hexadecimal digits";
            body.template_sid = Some(template.parse().map_err(|_| Error::invalid("template", rule))?);
        }
        if let Some(tracking_id) = &request.tracking_id {
            if tracking_id.chars().count() > MAX_TAG {
                return Err(Error::invalid("tracking_id", "must have at most 128 characters"));
            }
            body.tags = Some(serde_json::json!({ "tracking_id": tracking_id }).to_string());
        }
        if !request.rate_limit_keys.is_empty() {
            let keys = request.rate_limit_keys.iter();
            let keys: serde_json::Map<_, _> =
                keys.map(|(limit, value)| (limit.clone(), value.expose().into())).collect();
            body.rate_limits = Some(Secret::from(serde_json::Value::Object(keys).to_string()));
        }
        if let Some(transaction) = transaction(request.purpose.as_ref()) {
            body.amount = Some(transaction.amount.as_str().into());
            body.payee = Some(transaction.payee.as_str().into());
        }
        body.locale = request.language.clone();
        body.custom_friendly_name = self.settings.brand.clone();
        Ok(body)
    }

    async fn create(&self, request: &CreateRequest, body: Self::Body) -> Result<Challenge> {
        let channel = self.capabilities.channel(request);
        let service_sid = self.settings.service_sid.as_str();
        let started = self.client.create_verification().service_sid(service_sid).body(body).send().await;
        let started = started.map_err(|error| classify(&error, Operation::Create))?.into_inner();
        let sid = started.sid.as_deref().filter(|sid| sid.parse::<Self::Parts>().is_ok());
        let sid = sid.ok_or_else(|| unexpected("a verification without a SID"))?;
        let challenge = Challenge::new(ChallengeId::new(&self.name, &[sid]), channel);
        let mut challenge = challenge.with_expires_in(self.lifetime(&started)).with_max_attempts(ATTEMPTS);
        let address = address(&request.recipient, channel)?;
        challenge.hint = Some(match channel {
            Channel::Email => email::mask(address.expose()),
            _ => mask::mask(address.expose()),
        });
        Ok(challenge)
    }

    async fn verify(&self, sid: Self::Parts, request: &VerifyRequest) -> Result<Verified> {
        if self.settings.psd2 && transaction(request.purpose.as_ref()).is_none() {
            return Err(Error::invalid("purpose", "must be a transaction"));
        }
        let mut body = types::NewVerificationCheck::default();
        body.code = Some(request.code.secret());
        if let Some(transaction) = transaction(request.purpose.as_ref()) {
            body.amount = Some(transaction.amount.as_str().into());
            body.payee = Some(transaction.payee.as_str().into());
        }
        body.verification_sid = Some(sid.clone());
        let service_sid = self.settings.service_sid.as_str();
        let checked =
            self.client.create_verification_check().service_sid(service_sid).body(body).send().await;
        let checked = checked.map_err(|error| classify(&error, Operation::Verify))?;
        let is_ours = checked.sid.as_deref().is_none_or(|other| other == &**sid);
        let rejection = match checked.status.as_deref() {
            _ if !is_ours => return Err(unexpected("the response is of another verification")),
            Some("approved") if accepts(checked.body_bytes(), &sid) => {
                return Ok(Verified::new(request.id.clone()));
            }
            Some("pending") => Rejection::WrongCode,
            Some("max_attempts_reached") => Rejection::TooManyAttempts,
            Some("expired") => Rejection::Expired,
            Some("canceled") => Rejection::Cancelled,
            Some("failed") => Rejection::Unspecified,
            Some("deleted") => return Err(Error::new(ErrorKind::NotFound)),
            _ => return Err(unexpected("a success that does not say that this verification is approved")),
        };
        // The code was looked at, whatever came of it.
        Err(Error::new(ErrorKind::Rejected(rejection)).with_may_have_acted(true))
    }

    async fn cancel(&self, sid: Self::Parts) -> Result<()> {
        let body = types::VerificationUpdate::new(types::NewStatus::Canceled);
        let service_sid = self.settings.service_sid.as_str();
        let update = self.client.update_verification().service_sid(service_sid).sid(sid.as_str());
        let updated = update.body(body).send().await;
        let updated = updated.map_err(|error| classify(&error, Operation::Cancel))?;
        let is_ours = updated.sid.as_deref() == Some(&**sid);
        match updated.status.as_deref() {
            Some("canceled") if is_ours => Ok(()),
            _ => Err(unexpected("a success that does not say that this verification is canceled")),
        }
    }

    async fn status(&self, sid: Self::Parts) -> Result<Status> {
        let service_sid = self.settings.service_sid.as_str();
        let found = self.client.fetch_verification().service_sid(service_sid).sid(sid.as_str()).send().await;
        let found = found.map_err(|error| classify(&error, Operation::Status))?;
        if found.sid.as_deref() != Some(&**sid) {
            return Err(unexpected("the response is of another verification"));
        }
        let status = found.status.as_deref().ok_or_else(|| unexpected("a verification without a status"))?;
        Ok(match status {
            "pending" => Status::Pending,
            "approved" => Status::Verified,
            "canceled" => Status::Cancelled,
            "max_attempts_reached" => Status::TooManyAttempts,
            "expired" => Status::Expired,
            "failed" => Status::Failed,
            "deleted" => return Err(Error::new(ErrorKind::NotFound)),
            other => Status::unknown(other),
        })
    }
}

/// Whether the response to a check is an acceptance: the word, for this verification, with nothing beside it that denies it.
/// What occurs twice or has another type is none.
fn accepts(body: &[u8], asked: &str) -> bool {
    #[derive(Deserialize)]
    struct Acceptance<'a> {
        #[serde(borrow)]
        status: Option<Cow<'a, str>>,
        #[serde(borrow)]
        sid: Option<Cow<'a, str>>,
        valid: Option<bool>,
        code: Option<IgnoredAny>,
        message: Option<IgnoredAny>,
        more_info: Option<IgnoredAny>,
    }

    serde_json::from_slice::<Acceptance>(body).is_ok_and(|acceptance| {
        acceptance.status.is_some_and(|status| status == "approved")
            && acceptance.sid.is_some_and(|sid| sid == asked)
            && acceptance.valid != Some(false)
            && acceptance.code.is_none()
            && acceptance.message.is_none()
            && acceptance.more_info.is_none()
    })
}
