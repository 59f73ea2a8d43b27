//! Requests: whom to challenge and how, and which code to check.

use std::fmt;
use std::time::Duration;

use otp_transport::Secret;
use serde::{Deserialize, Serialize};

use crate::challenge::ChallengeId;
use crate::channel::Channel;
#[cfg(feature = "phone-numbers")]
use crate::error::Result;
use crate::purpose::Purpose;
use crate::secret::Code;

/// A person, as far as any provider needs to know: a phone number, an e-mail address, a user id, or nothing where the
/// challenge goes to the owner of the credential.
///
/// Give all that is known: each provider takes what it needs, and refuses if that is missing, so that one request
/// serves unlike providers.
///
/// ```
/// use otp_facade::Recipient;
///
/// let anybody = Recipient::owner().with_phone("+4915112345678").with_user_id("user-7");
/// let shown = r#"Recipient { phone: Some(Secret(…)), email: None, user_id: Some("user-7"), country: None }"#;
/// assert_eq!(format!("{anybody:?}"), shown);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Recipient {
    /// Phone number in E.164 form. It is sent as it is; a guard's limits go by the person, however the number is spelled.
    pub phone: Option<Secret>,
    /// E-mail address, such as `ann@example.com`. It is sent as it is; a guard's limits go by the person, however the address
    /// is spelled.
    pub email: Option<Secret>,
    /// Id of the user with the provider, without blanks around it or invisible characters. An id, and no secret: it is
    /// part of the ids of Agilicus' challenges, and `Debug` shows it. Where an id is an e-mail address or a phone number,
    /// keep it out of logs.
    pub user_id: Option<String>,
    /// Country, ISO 3166-1 alpha-2.
    pub country: Option<String>,
}

impl Recipient {
    /// Whoever owns the provider's credential. Deutsche Bank and Equinix Metal know nobody else.
    pub fn owner() -> Self {
        Self::default()
    }

    /// Whoever has this phone number, in E.164 form: `+`, country code, number, 7 to 15 digits in all.
    pub fn phone(number: impl Into<Secret>) -> Self {
        Self::owner().with_phone(number)
    }

    /// Whoever has the phone number that a person typed, as they would dial it in `region` (ISO 3166-1 alpha-2, such as
    /// `FR`). Without a region, the number must begin with `+` or `00` and the country code.
    ///
    /// Spaces, brackets, dashes, dots, slashes, `tel:`, invisible characters and digits of other scripts are understood,
    /// and so is the prefix of calls abroad, and that of calls within the country. An extension is refused. Whether the
    /// number exists is not asked: new ones come up all the time.
    ///
    /// ```
    /// use otp_facade::Recipient;
    ///
    /// let typed = Recipient::parse_phone("06 12 34 56 78", Some("FR"))?;
    /// assert_eq!(typed, Recipient::phone("+33612345678"));
    /// assert_eq!(typed, Recipient::parse_phone("+33 (0)6 12-34-56-78", None)?);
    /// # Ok::<(), otp_facade::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// `InvalidRequest` for what has not the form of a number, or of a region. The text names the rule, and does not
    /// show the number.
    #[cfg(feature = "phone-numbers")]
    pub fn parse_phone(typed: &str, region: Option<&str>) -> Result<Self> {
        crate::phone::parse(typed, region).map(Self::phone)
    }

    /// Whoever has this e-mail address.
    ///
    /// A provider takes it for [`Channel::Email`], which is the default for a recipient without a phone number.
    pub fn email(address: impl Into<Secret>) -> Self {
        Self::owner().with_email(address)
    }

    /// A user that the provider knows by this id.
    pub fn user(id: impl Into<String>) -> Self {
        Self::owner().with_user_id(id)
    }

    /// Sets the phone number, in E.164 form.
    #[must_use]
    pub fn with_phone(mut self, number: impl Into<Secret>) -> Self {
        self.phone = Some(number.into());
        self
    }

    /// Sets the e-mail address.
    #[must_use]
    pub fn with_email(mut self, address: impl Into<Secret>) -> Self {
        self.email = Some(address.into());
        self
    }

    /// Sets the id of the user with the provider.
    #[must_use]
    pub fn with_user_id(mut self, id: impl Into<String>) -> Self {
        self.user_id = Some(id.into());
        self
    }

    /// Sets the country, ISO 3166-1 alpha-2, such as `FR`.
    #[must_use]
    pub fn with_country(mut self, country: impl Into<String>) -> Self {
        self.country = Some(country.into());
        self
    }
}

/// Character set of a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "config", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Alphabet {
    /// 0 to 9.
    Digits,
    /// Letters only.
    Letters,
    /// Letters and digits.
    Alphanumeric,
}

impl Alphabet {
    /// A stable name, such as `digits`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Digits => "digits",
            Self::Letters => "letters",
            Self::Alphanumeric => "alphanumeric",
        }
    }
}

/// What to challenge somebody with. An option that is left out follows the provider's settings; one that the provider
/// does not have is refused before anything is sent, never ignored.
///
/// ```
/// use std::time::Duration;
/// use otp_facade::{CreateRequest, Recipient};
///
/// let request = CreateRequest::new(Recipient::phone("+33612345678")).with_ttl(Duration::from_secs(180));
/// ```
///
/// `Debug` shows whether there is a subject or an idempotency key, and not which.
#[derive(Clone)]
#[non_exhaustive]
pub struct CreateRequest {
    /// Whom to challenge.
    pub recipient: Recipient,
    /// How the code is delivered. If none is given, the first of the provider's channels that reaches the recipient.
    pub channel: Option<Channel>,
    /// How long the code is good for, in whole seconds.
    pub ttl: Option<Duration>,
    /// How many wrong codes end the challenge.
    pub max_attempts: Option<u32>,
    /// How many characters the code has.
    pub code_length: Option<u32>,
    /// Character set of the code.
    pub alphabet: Option<Alphabet>,
    /// What the phone shows as the sender.
    pub sender: Option<String>,
    /// The text of the message, in the provider's own notation; or the provider's id of a template
    /// ([`Capabilities::template_is_id`](crate::Capabilities)).
    pub template: Option<String>,
    /// Language of texts for the user, ISO 639-1.
    pub language: Option<String>,
    /// URL that the provider calls when the status changes. Anyone who knows this URL can forge callbacks.
    pub callback_url: Option<Secret>,
    /// An id of the caller's, given back by the provider.
    pub tracking_id: Option<String>,
    /// By which values of this request the provider's own rate limits count, by the names of the limits, such as an IP address.
    pub rate_limit_keys: Vec<(String, Secret)>,
    /// What is being approved.
    pub purpose: Option<Purpose>,
    /// For whom the challenge is, in the caller's words: an account, a session. It may be worth a session, so that `Debug`
    /// hides it. No vendor binds it: a guard does, and
    /// [`InMemory`](crate::InMemory).
    pub subject: Option<String>,
    /// One key for all repetitions of one create: see [`with_idempotency_key`](Self::with_idempotency_key).
    pub idempotency_key: Option<String>,
}

impl CreateRequest {
    /// Challenges somebody as the provider usually does.
    pub fn new(recipient: Recipient) -> Self {
        Self {
            recipient,
            channel: None,
            ttl: None,
            max_attempts: None,
            code_length: None,
            alphabet: None,
            sender: None,
            template: None,
            language: None,
            callback_url: None,
            tracking_id: None,
            rate_limit_keys: Vec::new(),
            purpose: None,
            subject: None,
            idempotency_key: None,
        }
    }

    /// Sets the way by which the code reaches the user.
    #[must_use]
    pub fn with_channel(mut self, channel: Channel) -> Self {
        self.channel = Some(channel);
        self
    }

    /// Sets how long the code is good for. Whole seconds.
    #[must_use]
    pub fn with_ttl(mut self, ttl: Duration) -> Self {
        self.ttl = Some(ttl);
        self
    }

    /// Sets how many wrong codes end the challenge.
    #[must_use]
    pub fn with_max_attempts(mut self, max_attempts: u32) -> Self {
        self.max_attempts = Some(max_attempts);
        self
    }

    /// Sets how many characters the code has.
    #[must_use]
    pub fn with_code_length(mut self, code_length: u32) -> Self {
        self.code_length = Some(code_length);
        self
    }

    /// Sets of which characters the code consists.
    #[must_use]
    pub fn with_alphabet(mut self, alphabet: Alphabet) -> Self {
        self.alphabet = Some(alphabet);
        self
    }

    /// Sets what the phone shows as the sender.
    #[must_use]
    pub fn with_sender(mut self, sender: impl Into<String>) -> Self {
        self.sender = Some(sender.into());
        self
    }

    /// Sets the text of the message, in the provider's own notation (SMSCX: with `{{pin}}` in it).
    #[must_use]
    pub fn with_template(mut self, template: impl Into<String>) -> Self {
        self.template = Some(template.into());
        self
    }

    /// Sets the language of texts for the user, ISO 639-1, such as `de`.
    #[must_use]
    pub fn with_language(mut self, language: impl Into<String>) -> Self {
        self.language = Some(language.into());
        self
    }

    /// Sets the URL that the provider calls when the status changes.
    #[must_use]
    pub fn with_callback_url(mut self, callback_url: impl Into<Secret>) -> Self {
        self.callback_url = Some(callback_url.into());
        self
    }

    /// Sets an id of the caller's, given back by the provider (SMSCX: a UUID).
    #[must_use]
    pub fn with_tracking_id(mut self, tracking_id: impl Into<String>) -> Self {
        self.tracking_id = Some(tracking_id.into());
        self
    }

    /// Adds a value by which a rate limit of the provider's counts (Twilio: the unique name of a limit of the service).
    ///
    /// ```
    /// # use otp_facade::{CreateRequest, Recipient};
    /// let request = CreateRequest::new(Recipient::phone("+33612345678")).with_rate_limit_key("end_user_ip", "203.0.113.7");
    /// ```
    #[must_use]
    pub fn with_rate_limit_key(mut self, limit: impl Into<String>, value: impl Into<Secret>) -> Self {
        self.rate_limit_keys.push((limit.into(), value.into()));
        self
    }

    /// Sets what is being approved.
    #[must_use]
    pub fn with_purpose(mut self, purpose: impl Into<Purpose>) -> Self {
        self.purpose = Some(purpose.into());
        self
    }

    /// Binds the challenge to a subject, which [`VerifyRequest`] must then present too. A guard also counts by it.
    ///
    /// Use the id of an account, never a session: each new session would start with fresh limits.
    #[must_use]
    pub fn with_subject(mut self, subject: impl Into<String>) -> Self {
        self.subject = Some(subject.into());
        self
    }

    /// Makes repetitions of this create harmless: a double click, a reload, a gateway that sends the request again.
    ///
    /// At most 255 bytes, without blanks around them or invisible characters. Draw one at random for each form that is shown, and send it along in a hidden field. A person who asks
    /// for another message gets another key. Only a [`Guard`](crate::layers) honors it; without one it is refused. Of the creates
    /// with one key, for one recipient and one subject:
    ///
    /// - The first one starts the challenge. **The others get the same challenge**, on any machine, with its present
    ///   [`status`](crate::Challenge::status). Nothing is sent, and no limit counts them.
    /// - While the first one is under way, the others wait for it, at most 30 seconds after it began.
    /// - If it is not known whether the message was sent, all get that error, and nothing is sent. Ask the person whether to send
    ///   a new message, with a new key.
    /// - If certainly nothing was sent, the key is free, and the next create is the first one.
    /// - A create that asks for something else is refused as `InvalidRequest`.
    ///
    /// A key is remembered for the lifetime of the challenge and one hour, 70 minutes by default: as long as the guard can tell what
    /// became of the challenge. After that it is free.
    ///
    /// Channels that give a code or an image to the caller are refused with a key, because the guard may not keep those.
    ///
    /// `Debug` shows whether there is a key, and not which: who knows it, the recipient and the subject gets the id of the challenge.
    #[must_use]
    pub fn with_idempotency_key(mut self, key: impl Into<String>) -> Self {
        self.idempotency_key = Some(key.into());
        self
    }
}

/// Which code to check for which challenge.
///
/// Take the id from the server's side of the session, never from the browser along with the code.
///
/// `Debug` shows whether there is a subject, and not which.
#[derive(Clone)]
#[non_exhaustive]
pub struct VerifyRequest {
    /// The challenge.
    pub id: ChallengeId,
    /// What the user typed.
    pub code: Code,
    /// For whom the challenge must have been made.
    pub subject: Option<String>,
    /// For what the challenge must have been made. Some providers check it together with the code, and need it
    /// ([`Capabilities::purpose_at_verify`](crate::Capabilities)).
    pub purpose: Option<Purpose>,
}

impl VerifyRequest {
    /// Checks what the user typed.
    pub fn new(id: ChallengeId, code: impl Into<Code>) -> Self {
        Self { id, code: code.into(), subject: None, purpose: None }
    }

    /// Demands that the challenge was made for this subject. A provider that cannot tell refuses.
    #[must_use]
    pub fn with_subject(mut self, subject: impl Into<String>) -> Self {
        self.subject = Some(subject.into());
        self
    }

    /// Demands that the challenge was made for this purpose. A provider that cannot tell refuses.
    #[must_use]
    pub fn with_purpose(mut self, purpose: impl Into<Purpose>) -> Self {
        self.purpose = Some(purpose.into());
        self
    }
}

impl fmt::Debug for CreateRequest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { recipient, channel, ttl, max_attempts, code_length, alphabet, .. } = self;
        let Self { sender, template, language, callback_url, tracking_id, purpose, subject, .. } = self;
        let Self { rate_limit_keys, .. } = self;
        let hidden = |text: &Option<String>| text.as_ref().map(|_| Hidden);
        let mut fields = formatter.debug_struct("CreateRequest");
        fields.field("recipient", recipient).field("channel", channel).field("ttl", ttl);
        fields.field("max_attempts", max_attempts).field("code_length", code_length);
        fields.field("alphabet", alphabet).field("sender", sender).field("template", template);
        fields.field("language", language).field("callback_url", callback_url);
        fields.field("tracking_id", tracking_id).field("rate_limit_keys", rate_limit_keys);
        fields.field("purpose", purpose);
        fields.field("subject", &hidden(subject));
        fields.field("idempotency_key", &hidden(&self.idempotency_key)).finish()
    }
}

impl fmt::Debug for VerifyRequest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { id, code, subject, purpose } = self;
        let mut fields = formatter.debug_struct("VerifyRequest");
        fields.field("id", id).field("code", code).field("subject", &subject.as_ref().map(|_| Hidden));
        fields.field("purpose", purpose).finish()
    }
}

/// Stands for a text that is not shown.
struct Hidden;

impl fmt::Debug for Hidden {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("…")
    }
}
