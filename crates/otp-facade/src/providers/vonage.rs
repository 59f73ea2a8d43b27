//! Vonage Verify v2: codes by SMS, call, WhatsApp, RCS and e-mail. <https://developer.vonage.com/en/api/verify.v2>

#[cfg(feature = "config")]
mod config;
mod problems;

#[cfg(feature = "config")]
pub use config::VonageConfig;

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use otp_transport::{ConfigError, Secret, TokenSource};
use serde::Deserialize;
use serde::de::IgnoredAny;
use uuid::Uuid;
use vonage_otp::types;

use super::builder::{ClientProvider, ProviderBuilder};
use super::error_mapping::{is_success_without_content, unexpected};
use super::vendor::{Vendor, otp_provider};
use crate::capabilities::{Capabilities, RecipientKind};
use crate::challenge::{Challenge, ChallengeId, Status, Verified};
use crate::channel::Channel;
use crate::code_format::CodeFormat;
use crate::error::{Error, Operation, Result};
use crate::request::{Alphabet, CreateRequest, VerifyRequest};
use crate::{email, mask};
use problems::classify;

/// How long a step lasts if the request does not say.
const LIFETIME: Duration = Duration::from_secs(180);

/// How many codes a request takes. Nobody can change it.
const ATTEMPTS: u32 = 3;

/// Languages of Vonage's own texts, and the locale of each.
const LOCALES: [(&str, &str); 14] = [
    ("ar", "ar-xa"),
    ("cs", "cs-cz"),
    ("da", "da-dk"),
    ("de", "de-de"),
    ("en", "en-us"),
    ("es", "es-es"),
    ("fr", "fr-fr"),
    ("hi", "hi-in"),
    ("id", "id-id"),
    ("it", "it-it"),
    ("nl", "nl-nl"),
    ("pt", "pt-pt"),
    ("ru", "ru-ru"),
    ("zh", "zh-cn"),
];

/// Vonage Verify: codes by SMS, call, WhatsApp, RCS and e-mail, to phone numbers and e-mail addresses.
///
/// It has create, verify and cancel. A request can choose the channel, ttl (15 to 900 s; at least 60 s under the price model "Verify
/// Success"), code length (4 to 10 digits), language, sender (SMS only), a template (its id; SMS and RCS only) and a tracking id
/// (letters and digits, or a UUID, which is sent without its dashes). There are three attempts. WhatsApp and RCS need a sender:
/// [`whatsapp_sender`](ProviderBuilder::whatsapp_sender), [`rcs_sender`](ProviderBuilder::rcs_sender).
///
/// **There is one challenge of a recipient at a time**: while it is open, another create is `RateLimited` and sends nothing. The
/// error is no reason to repeat the call. Somebody who knows a number can so block it until the challenge ends. After a cancel, the
/// number is free about a dozen seconds later.
///
/// A challenge is one step, by one channel. Vonage's workflows, in which each step has a code of its own, are in the client.
///
/// Vonage does not tell the status of a challenge. It posts callbacks to the application's URL: `vonage_otp::callback`.
///
/// | HTTP status | [decline reason](crate::Error::decline_reason) |
/// |---|---|
/// | 402 | `out_of_credit` |
/// | 412 | `channel_not_active` |
#[derive(Clone, Debug)]
pub struct Vonage {
    name: String,
    client: vonage_otp::Client,
    settings: Arc<Settings>,
    capabilities: Arc<Capabilities>,
}

/// What the provider needs beside a client.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    brand: String,
    whatsapp_sender: Option<String>,
    rcs_sender: Option<String>,
    email_sender: Option<String>,
}

impl ClientProvider for Vonage {
    type Client = vonage_otp::Client;
    type Settings = Settings;
    const SLUG: &'static str = "vonage";

    fn from_client(
        name: String,
        client: Self::Client,
        settings: Settings,
    ) -> std::result::Result<Self, ConfigError> {
        if settings.brand.parse::<types::NewRequestBrand>().is_err() {
            return Err(ConfigError::new("brand", "must have 1 to 18 characters and none of / { } : $"));
        }
        let is_sender = |number: &String| number.parse::<types::WhatsAppStepFrom>().is_ok();
        if !settings.whatsapp_sender.as_ref().is_none_or(is_sender) {
            return Err(ConfigError::new("whatsapp_sender", "must have 1 to 50 characters"));
        }
        let is_agent = |agent: &String| agent.parse::<types::RcsStepFrom>().is_ok();
        if !settings.rcs_sender.as_ref().is_none_or(is_agent) {
            return Err(ConfigError::new("rcs_sender", "must have 1 to 15 characters"));
        }
        if !settings.email_sender.as_deref().is_none_or(email::is_address) {
            return Err(ConfigError::new("email_sender", "must be an e-mail address"));
        }
        let capabilities = Arc::new(capabilities(&settings));
        Ok(Self { name, client, settings: Arc::new(settings), capabilities })
    }
}

impl ProviderBuilder<Vonage> {
    /// An application's id and its private key, in PEM. Each JWT is made here.
    pub fn application(self, id: impl Into<String>, private_key: impl Into<Secret>) -> Self {
        self.credential(vonage_otp::Credential::application(id, private_key))
    }

    /// The account's API key and API secret. There are no callbacks with it.
    pub fn api_key(self, key: impl Into<Secret>, secret: impl Into<Secret>) -> Self {
        self.credential(vonage_otp::Credential::api_key(key, secret))
    }

    /// JWTs from a source of yours.
    pub fn token_source(self, source: impl TokenSource) -> Self {
        self.credential(vonage_otp::Credential::token_source(source))
    }

    /// The brand in the message, 1 to 18 characters. It has to be set.
    pub fn brand(mut self, brand: impl Into<String>) -> Self {
        self.settings.brand = brand.into();
        self
    }

    /// The WhatsApp number that sends, in E.164 form without the plus sign. Without it there is no channel WhatsApp.
    pub fn whatsapp_sender(mut self, number: impl Into<String>) -> Self {
        self.settings.whatsapp_sender = Some(number.into());
        self
    }

    /// The RCS agent that sends. Without it there is no channel RCS.
    pub fn rcs_sender(mut self, agent: impl Into<String>) -> Self {
        self.settings.rcs_sender = Some(agent.into());
        self
    }

    /// The e-mail address that sends, instead of Vonage's.
    pub fn email_sender(mut self, address: impl Into<String>) -> Self {
        self.settings.email_sender = Some(address.into());
        self
    }
}

fn capabilities(settings: &Settings) -> Capabilities {
    let mut channels = vec![Channel::Sms, Channel::Call];
    channels.extend(settings.whatsapp_sender.as_ref().map(|_| Channel::WhatsApp));
    channels.extend(settings.rcs_sender.as_ref().map(|_| Channel::Rcs));
    channels.push(Channel::Email);
    let template_channels =
        channels.iter().copied().filter(|channel| matches!(channel, Channel::Sms | Channel::Rcs));
    let template_channels = Some(template_channels.collect());
    Capabilities {
        cancel: true,
        ttl: Some(Duration::from_secs(15)..=Duration::from_secs(900)),
        code_length: Some(4..=10),
        alphabets: vec![Alphabet::Digits],
        code_format: Some(CodeFormat::new(Alphabet::Digits, 4..=10)),
        sender: true,
        sender_channels: Some(vec![Channel::Sms]),
        template: true,
        template_channels,
        template_is_id: true,
        languages: LOCALES.map(|(language, _)| language).to_vec(),
        tracking_id: true,
        one_at_a_time: true,
        ..Capabilities::new(RecipientKind::PhoneOrEmail, channels)
    }
}

impl Vonage {
    /// Starts to set up the provider.
    pub fn builder() -> ProviderBuilder<Self> {
        ProviderBuilder::new()
    }

    /// The client underneath, for what only Vonage has: workflows of several steps, silent authentication.
    pub fn client(&self) -> &vonage_otp::Client {
        &self.client
    }

    fn step(&self, request: &CreateRequest, channel: Channel) -> Result<types::WorkflowStep> {
        let settings = &self.settings;
        Ok(match channel {
            Channel::Call => types::VoiceStep::new(types::VoiceChannel::Voice, phone(request)?).into(),
            Channel::WhatsApp => {
                let sender = settings.whatsapp_sender.as_deref().unwrap_or_default().parse();
                let sender = sender.map_err(|_| Error::unsupported("channel whatsapp"))?;
                types::WhatsAppStep::new(types::WhatsAppChannel::Whatsapp, sender, phone(request)?).into()
            }
            Channel::Rcs => {
                let sender = settings.rcs_sender.as_deref().unwrap_or_default().parse();
                let sender = sender.map_err(|_| Error::unsupported("channel rcs"))?;
                types::RcsStep::new(types::RcsChannel::Rcs, sender, phone(request)?).into()
            }
            Channel::Email => {
                let to = request.recipient.email.clone();
                let to = to.ok_or_else(|| Error::invalid("recipient.email", "is missing"))?;
                let mut step = types::EmailStep::new(types::EmailChannel::Email, to);
                step.from = settings.email_sender.clone();
                step.into()
            }
            _ => {
                let mut step = types::SmsStep::new(types::SmsChannel::Sms, phone(request)?);
                step.from = request.sender.as_deref().map(sms_sender).transpose()?;
                step.into()
            }
        })
    }
}

/// The number without its plus sign.
fn phone(request: &CreateRequest) -> Result<types::PhoneNumber> {
    let phone = request.recipient.phone.as_ref();
    let phone = phone.ok_or_else(|| Error::invalid("recipient.phone", "is missing"))?;
    let digits = phone.expose().trim_start_matches('+').parse();
    digits.map_err(|_| Error::invalid("recipient.phone", "must be in E.164 form"))
}

fn sms_sender(sender: &str) -> Result<types::SmsStepFrom> {
    let is_number = sender.bytes().all(|byte| byte.is_ascii_digit());
    let is_name =
        sender.len() <= 11 && sender.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b' ');
    let sender = sender.parse().ok().filter(|_| is_number || is_name);
    sender.ok_or_else(|| {
        Error::invalid("sender", "must have at most 11 letters and digits, or at most 15 digits")
    })
}

/// A reference has letters and digits only. A UUID is one without its dashes.
fn client_ref(tracking_id: &str) -> Result<types::NewRequestClientRef> {
    let uuid = Uuid::parse_str(tracking_id).ok().map(|uuid| uuid.simple().to_string());
    let reference = uuid.as_deref().unwrap_or(tracking_id).parse();
    reference.map_err(|_| Error::invalid("tracking_id", "must have 1 to 40 letters and digits, or be a UUID"))
}

otp_provider!(Vonage);

impl Vendor for Vonage {
    /// Id of the request.
    type Parts = Uuid;
    type Body = types::NewRequest;

    fn name(&self) -> &str {
        &self.name
    }

    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    fn parts(&self, id: &ChallengeId) -> Result<Uuid> {
        let request_id = id.exactly().and_then(|[request_id]| Uuid::parse_str(&request_id).ok());
        request_id.ok_or_else(|| Error::invalid("id", "must hold the UUID that Vonage gave the request"))
    }

    fn body(&self, request: &CreateRequest) -> Result<Self::Body> {
        let channel = self.capabilities.channel(request);
        let brand = self.settings.brand.parse();
        let mut body = types::NewRequest::default();
        body.brand = Some(brand.map_err(|_| Error::invalid("brand", "must have 1 to 18 characters"))?);
        body.workflow = Some(vec![self.step(request, channel)?]);
        body.template_id = request.template.clone();
        let locale = request.language.as_deref().and_then(|language| {
            LOCALES.iter().find(|(known, _)| *known == language).map(|(_, locale)| (*locale).to_owned())
        });
        body.locale = locale;
        body.channel_timeout = request.ttl.and_then(|ttl| i64::try_from(ttl.as_secs()).ok());
        body.code_length = request.code_length.map(i64::from);
        body.client_ref = request.tracking_id.as_deref().map(client_ref).transpose()?;
        Ok(body)
    }

    async fn create(&self, request: &CreateRequest, body: Self::Body) -> Result<Challenge> {
        let channel = self.capabilities.channel(request);
        let started = self.client.new_request().body(body).send().await;
        let started = started.map_err(|error| classify(&error, Operation::Create))?.into_inner();
        if Uuid::try_parse(&started.request_id).is_err() {
            return Err(unexpected("the id of the request is not a UUID"));
        }
        let challenge = Challenge::new(ChallengeId::new(&self.name, &[&started.request_id]), channel);
        let lifetime = request.ttl.unwrap_or(LIFETIME);
        let mut challenge = challenge.with_expires_in(lifetime).with_max_attempts(ATTEMPTS);
        // Another request to the same recipient is refused until this one is over.
        challenge = challenge.with_resend_after(lifetime);
        challenge.hint = match channel {
            Channel::Email => request.recipient.email.as_ref().map(|address| email::mask(address.expose())),
            _ => request.recipient.phone.as_ref().map(|phone| mask::mask(phone.expose())),
        };
        Ok(challenge)
    }

    async fn verify(&self, request_id: Uuid, request: &VerifyRequest) -> Result<Verified> {
        let code = request.code.expose().parse();
        let code = code.map_err(|_| Error::invalid("code", "must consist of 4 to 10 digits"))?;
        let body = types::CheckCodeRequest::from(types::CheckCodeByCode::new(code));
        let checked = self.client.check_code().request_id(request_id.to_string()).body(body).send().await;
        let checked = checked.map_err(|error| classify(&error, Operation::Verify))?;
        match accepts(checked.body_bytes(), request_id) {
            true => Ok(Verified::new(request.id.clone())),
            false => Err(unexpected("a success that does not say that this request is completed")),
        }
    }

    async fn cancel(&self, request_id: Uuid) -> Result<()> {
        match self.client.cancel_request().request_id(request_id.to_string()).send().await {
            Ok(_) => Ok(()),
            Err(error) if is_success_without_content(&error) => Ok(()),
            Err(error) => Err(classify(&error, Operation::Cancel)),
        }
    }

    /// Never called: the capabilities have no status.
    async fn status(&self, _: Uuid) -> Result<Status> {
        Err(Error::unsupported("status"))
    }
}

/// Whether the response to a check is an acceptance: the word, for this request, and no problem beside it. What occurs twice or
/// has another type is none.
fn accepts(body: &[u8], asked: Uuid) -> bool {
    #[derive(Deserialize)]
    struct Acceptance<'a> {
        #[serde(borrow)]
        status: Option<Cow<'a, str>>,
        #[serde(borrow)]
        request_id: Option<Cow<'a, str>>,
        title: Option<IgnoredAny>,
        detail: Option<IgnoredAny>,
    }

    serde_json::from_slice::<Acceptance>(body).is_ok_and(|acceptance| {
        acceptance.status.is_some_and(|status| status == "completed")
            && acceptance.request_id.is_some_and(|id| Uuid::parse_str(&id) == Ok(asked))
            && acceptance.title.is_none()
            && acceptance.detail.is_none()
    })
}
