//! Capabilities of a provider, and validation of requests against them.

use std::ops::RangeInclusive;
use std::time::Duration;

use otp_transport::Secret;

use crate::channel::Channel;
use crate::code_format::{CodeFormat, check_code};
use crate::email::is_address;
use crate::error::{Error, Result};
use crate::purpose::{Purpose, Transaction};
use crate::request::{Alphabet, CreateRequest, Recipient, VerifyRequest};
use crate::unicode::{is_blank, is_invisible};

/// Maximum number of bytes of an idempotency key.
const MAX_IDEMPOTENCY_KEY: usize = 255;

/// Which part of the recipient a provider needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RecipientKind {
    /// Nothing: the challenge goes to the owner of the credential, whoever the request names.
    Owner,
    /// Nothing: the challenge goes to whoever the request names.
    Any,
    /// A phone number.
    Phone,
    /// A phone number; an e-mail address instead, where the channel is e-mail.
    PhoneOrEmail,
    /// A user id.
    User,
    /// A phone number and a user id: a failover whose members need different things.
    PhoneAndUser,
}

impl RecipientKind {
    /// What both together need.
    pub(crate) fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Any, needed) | (needed, Self::Any) => needed,
            (Self::Owner, needed) | (needed, Self::Owner) => needed,
            (one, other) if one == other => one,
            // The one has no channel e-mail, and so neither have both together.
            (Self::PhoneOrEmail, Self::Phone) | (Self::Phone, Self::PhoneOrEmail) => Self::Phone,
            _ => Self::PhoneAndUser,
        }
    }

    pub(crate) fn needs_phone(self) -> bool {
        matches!(self, Self::Phone | Self::PhoneOrEmail | Self::PhoneAndUser)
    }

    pub(crate) fn needs_user(self) -> bool {
        matches!(self, Self::User | Self::PhoneAndUser)
    }

    /// The field of the recipient that is needed and missing for a channel, and why it is needed.
    fn missing(self, recipient: &Recipient, channel: Channel) -> Option<(&'static str, &'static str)> {
        if self == Self::PhoneOrEmail && channel == Channel::Email {
            let rule = "is missing: this channel sends to an e-mail address";
            return recipient.email.is_none().then_some(("recipient.email", rule));
        }
        if self.needs_phone() && recipient.phone.is_none() {
            return Some(("recipient.phone", "is missing: this provider sends to a phone number"));
        }
        if self.needs_user() && recipient.user_id.is_none() {
            return Some(("recipient.user_id", "is missing: this provider sends to a user that it knows"));
        }
        None
    }
}

/// Which purposes a provider can bind a challenge to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PurposeSupport {
    /// None: a purpose is refused.
    None,
    /// One of those named (see [`Purpose::as_str`](crate::Purpose::as_str)), and it has to be given.
    Required(&'static [&'static str]),
    /// Any, if one is given.
    Any,
}

/// Capabilities of a provider. Everything else is refused before anything is sent.
///
/// An absent range means that the option cannot be set.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Capabilities {
    /// Whether a challenge can be cancelled.
    pub cancel: bool,
    /// Whether the status of a challenge can be read.
    pub status: bool,
    /// Channels over which codes can be delivered. The default is the first that reaches the recipient.
    pub channels: Vec<Channel>,
    /// Which part of the recipient is needed.
    pub recipient: RecipientKind,
    /// Which part of the recipient is used if it is there: what the optional members of a failover need.
    pub optional_recipient: RecipientKind,
    /// Range of the lifetime of a code.
    pub ttl: Option<RangeInclusive<Duration>>,
    /// Range of the number of wrong codes that end a challenge.
    pub max_attempts: Option<RangeInclusive<u32>>,
    /// Range of the number of characters of a code.
    pub code_length: Option<RangeInclusive<u32>>,
    /// Character sets that a code can have.
    pub alphabets: Vec<Alphabet>,
    /// What every code of this provider looks like, where that is known. A code of another form is refused before it
    /// can cost an attempt.
    pub code_format: Option<CodeFormat>,
    /// Whether the sender can be set.
    pub sender: bool,
    /// Channels by which a message can have a sender that the request sets. `None` is all channels.
    pub sender_channels: Option<Vec<Channel>>,
    /// Range of the number of characters of a sender, where it is known.
    pub sender_length: Option<RangeInclusive<u32>>,
    /// Whether the text of the message can be set.
    pub template: bool,
    /// Channels by which a message can have a text that the request sets. `None` is all channels.
    pub template_channels: Option<Vec<Channel>>,
    /// Whether a template is named by the id that the provider gave it, rather than given as a text.
    pub template_is_id: bool,
    /// What a template must contain in place of the code, where it is known, such as `{{pin}}`.
    pub template_placeholder: Option<&'static str>,
    /// Languages that the message can have, ISO 639-1.
    pub languages: Vec<&'static str>,
    /// Whether the provider can call a URL when the status changes.
    pub callback_url: bool,
    /// Whether the caller can give an id of its own.
    pub tracking_id: bool,
    /// Whether rate limits of the provider's can count by values of the request.
    pub rate_limit_keys: bool,
    /// Purposes that a challenge can be bound to.
    pub purposes: PurposeSupport,
    /// Whether a challenge can be bound to a subject, and a code be checked against subject and purpose.
    pub binding: bool,
    /// Whether a create can carry an idempotency key. Only a guard can honor one.
    pub idempotency_keys: bool,
    /// Whether verify has to present the purpose of the challenge again, because the provider checks it together with the
    /// code (PSD2).
    pub purpose_at_verify: bool,
    /// Whether an accepted code gives a proof ([`Verified::proof`](crate::Verified::proof)), which the caller has to keep.
    pub proof: bool,
    /// Whether a create is a resend of the same challenge while one is pending. The provider then keeps no two challenges
    /// apart: each code is accepted under each id of the recipient.
    pub resends: bool,
    /// Whether a create is refused while another challenge of the same recipient is pending. The error is `RateLimited`, and
    /// nothing is sent. Somebody else can so keep a person from being sent a code for as long as a challenge lives.
    pub one_at_a_time: bool,
    /// Name of the owner of the credential, where it is known and never changes. It says nothing about the credential.
    pub owner: Option<String>,
}

impl Capabilities {
    /// A provider that sends codes by one of these channels, verifies them, and has no options.
    pub fn new(recipient: RecipientKind, channels: impl Into<Vec<Channel>>) -> Self {
        Self {
            cancel: false,
            status: false,
            channels: channels.into(),
            recipient,
            optional_recipient: RecipientKind::Any,
            ttl: None,
            max_attempts: None,
            code_length: None,
            alphabets: Vec::new(),
            code_format: None,
            sender: false,
            sender_channels: None,
            sender_length: None,
            template: false,
            template_channels: None,
            template_is_id: false,
            template_placeholder: None,
            languages: Vec::new(),
            callback_url: false,
            tracking_id: false,
            rate_limit_keys: false,
            purposes: PurposeSupport::None,
            binding: false,
            idempotency_keys: false,
            purpose_at_verify: false,
            proof: false,
            resends: false,
            one_at_a_time: false,
            owner: None,
        }
    }

    /// Intersection of both: an option within the bounds of both, and none that only one has. A code may have the format
    /// of either.
    ///
    /// Where one needs a phone number and the other a user id, both are needed. Purposes that both require and do not share
    /// are none.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Self {
        let sender_length = overlap_of_limits(self.sender_length.as_ref(), other.sender_length.as_ref());
        let placeholders = [self.template_placeholder, other.template_placeholder];
        let is_one_notation = !matches!(placeholders, [Some(one), Some(other)] if one != other)
            && self.template_is_id == other.template_is_id;
        let channels = common(&self.channels, &other.channels);
        let sender_channels =
            common_channels(&channels, self.sender_channels.as_ref(), other.sender_channels.as_ref());
        let template_channels =
            common_channels(&channels, self.template_channels.as_ref(), other.template_channels.as_ref());
        let sender = self.sender && other.sender && sender_length.is_ok() && sender_channels.is_ok();
        let template = self.template && other.template && is_one_notation && template_channels.is_ok();
        Self {
            cancel: self.cancel && other.cancel,
            status: self.status && other.status,
            channels,
            recipient: self.recipient.and(other.recipient),
            optional_recipient: self.optional_recipient.and(other.optional_recipient),
            ttl: overlap(self.ttl.as_ref(), other.ttl.as_ref()),
            max_attempts: overlap(self.max_attempts.as_ref(), other.max_attempts.as_ref()),
            code_length: overlap(self.code_length.as_ref(), other.code_length.as_ref()),
            alphabets: common(&self.alphabets, &other.alphabets),
            code_format: self
                .code_format
                .as_ref()
                .zip(other.code_format.as_ref())
                .map(|(one, other)| one.or(other)),
            sender,
            sender_channels: sender_channels.unwrap_or_default().filter(|_| sender),
            sender_length: sender_length.unwrap_or_default().filter(|_| sender),
            template,
            template_channels: template_channels.unwrap_or_default().filter(|_| template),
            template_is_id: self.template_is_id && template,
            template_placeholder: placeholders.into_iter().flatten().next().filter(|_| template),
            languages: common(&self.languages, &other.languages),
            callback_url: self.callback_url && other.callback_url,
            tracking_id: self.tracking_id && other.tracking_id,
            rate_limit_keys: self.rate_limit_keys && other.rate_limit_keys,
            purposes: match (self.purposes, other.purposes) {
                (PurposeSupport::Any, purposes) | (purposes, PurposeSupport::Any) => purposes,
                (purposes, other) if purposes == other => purposes,
                _ => PurposeSupport::None,
            },
            binding: self.binding && other.binding,
            idempotency_keys: self.idempotency_keys && other.idempotency_keys,
            purpose_at_verify: self.purpose_at_verify || other.purpose_at_verify,
            proof: self.proof || other.proof,
            resends: self.resends || other.resends,
            one_at_a_time: self.one_at_a_time || other.one_at_a_time,
            owner: self.owner.clone().filter(|_| self.owner == other.owner),
        }
    }

    /// The channel that a request asks for, or else the first that reaches the recipient.
    pub fn channel(&self, request: &CreateRequest) -> Channel {
        let reaches = |channel: &&Channel| self.recipient.missing(&request.recipient, **channel).is_none();
        let default = || self.channels.iter().find(reaches).or(self.channels.first());
        request.channel.or_else(|| default().copied()).unwrap_or(Channel::Sms)
    }

    /// Whether a request can set the sender of a message by this channel.
    pub fn takes_sender(&self, channel: Channel) -> bool {
        self.sender && self.sender_channels.as_ref().is_none_or(|channels| channels.contains(&channel))
    }

    /// Whether a request can set the text of a message by this channel.
    pub fn takes_template(&self, channel: Channel) -> bool {
        self.template && self.template_channels.as_ref().is_none_or(|channels| channels.contains(&channel))
    }

    /// Whether the request's recipient has what is needed.
    pub(crate) fn reaches_recipient_of(&self, request: &CreateRequest) -> bool {
        self.recipient.missing(&request.recipient, self.channel(request)).is_none()
    }

    /// Validates a request: refuses what could not be honoured in full. Call it before anything is sent.
    ///
    /// # Errors
    ///
    /// `Unsupported` for an option that there is not, `InvalidRequest` for a value that breaks a rule; the text names
    /// the field and the rule.
    pub fn validate_create(&self, request: &CreateRequest) -> Result<()> {
        self.validate_recipient(request)?;
        self.validate_options(request)?;
        self.validate_purpose(request)
    }

    /// Validates all but the recipient and the purpose.
    pub(crate) fn validate_options(&self, request: &CreateRequest) -> Result<()> {
        if let Some(channel) = request.channel
            && !self.channels.contains(&channel)
        {
            return Err(Error::unsupported(&format!("channel {channel}")).with_field("channel"));
        }
        if let Some(ttl) = request.ttl {
            let range = self.ttl.as_ref().ok_or_else(|| Error::unsupported("ttl").with_field("ttl"))?;
            if !range.contains(&ttl) || ttl.subsec_nanos() != 0 {
                let (min, max) = (range.start().as_secs(), range.end().as_secs());
                return Err(Error::invalid("ttl", &format!("must be from {min} to {max} whole seconds")));
            }
        }
        validate_number("max_attempts", request.max_attempts, self.max_attempts.as_ref())?;
        validate_number("code_length", request.code_length, self.code_length.as_ref())?;
        if let Some(alphabet) = request.alphabet
            && !self.alphabets.contains(&alphabet)
        {
            return Err(Error::unsupported(&format!("alphabet {}", alphabet.as_str())).with_field("alphabet"));
        }
        if let Some(language) = &request.language
            && !self.languages.contains(&language.as_str())
        {
            if self.languages.is_empty() {
                return Err(Error::unsupported("language").with_field("language"));
            }
            return Err(Error::invalid("language", &format!("must be one of {}", self.languages.join(", "))));
        }
        let options = [
            ("sender", request.sender.as_deref(), self.sender),
            ("template", request.template.as_deref(), self.template),
            ("callback_url", request.callback_url.as_ref().map(Secret::expose), self.callback_url),
            ("tracking_id", request.tracking_id.as_deref(), self.tracking_id),
            ("subject", request.subject.as_deref(), self.binding),
            ("idempotency_key", request.idempotency_key.as_deref(), self.idempotency_keys),
        ];
        for (field, value, supported) in options {
            match value {
                Some(_) if !supported => return Err(Error::unsupported(field).with_field(field)),
                Some("") => return Err(Error::invalid(field, "must not be empty")),
                _ => {}
            }
        }
        if !request.rate_limit_keys.is_empty() && !self.rate_limit_keys {
            return Err(Error::unsupported("rate_limit_keys").with_field("rate_limit_keys"));
        }
        if request.rate_limit_keys.iter().any(|(limit, value)| limit.is_empty() || value.expose().is_empty())
        {
            return Err(Error::invalid("rate_limit_keys", "must not be empty"));
        }
        let ids = [
            ("tracking_id", &request.tracking_id),
            ("subject", &request.subject),
            ("idempotency_key", &request.idempotency_key),
        ];
        for (field, id) in ids {
            id.as_deref().map_or(Ok(()), |id| check_id(field, id))?;
        }
        if let Some(key) = &request.idempotency_key {
            Self::validate_idempotency_key(key, self.channel(request))?;
        }
        self.validate_texts(request)
    }

    fn validate_idempotency_key(key: &str, channel: Channel) -> Result<()> {
        if key.len() > MAX_IDEMPOTENCY_KEY {
            return Err(Error::invalid("idempotency_key", "must have at most 255 bytes"));
        }
        // A repetition would have to return the code or the image again, which nobody may keep.
        if channel.is_returned() {
            let what = format!("idempotency_key with channel {channel}");
            return Err(Error::unsupported(&what).with_field("idempotency_key"));
        }
        Ok(())
    }

    /// Validates the channel of sender and template, and their form.
    fn validate_texts(&self, request: &CreateRequest) -> Result<()> {
        let channel = self.channel(request);
        for (field, is_refused) in [
            ("sender", request.sender.is_some() && !self.takes_sender(channel)),
            ("template", request.template.is_some() && !self.takes_template(channel)),
        ] {
            if is_refused {
                return Err(unsupported_by_channel(field, channel));
            }
        }
        if let (Some(sender), Some(range)) = (&request.sender, &self.sender_length)
            && !u32::try_from(sender.chars().count()).is_ok_and(|length| range.contains(&length))
        {
            let rule = format!("must have {} to {} characters", range.start(), range.end());
            return Err(Error::invalid("sender", &rule));
        }
        if let (Some(template), Some(placeholder)) = (&request.template, self.template_placeholder)
            && !template.contains(placeholder)
        {
            return Err(Error::invalid("template", &format!("must contain the placeholder {placeholder}")));
        }
        Ok(())
    }

    fn validate_recipient(&self, request: &CreateRequest) -> Result<()> {
        let recipient = &request.recipient;
        if let Some(phone) = &recipient.phone
            && !is_e164(phone.expose())
        {
            return Err(Error::invalid(
                "recipient.phone",
                "must be in E.164 form: + and 7 to 15 digits, the first not 0",
            ));
        }
        if let Some(email) = &recipient.email
            && !is_address(email.expose())
        {
            return Err(Error::invalid(
                "recipient.email",
                "must be an e-mail address, such as ann@example.com",
            ));
        }
        if let Some(user_id) = &recipient.user_id {
            check_text("recipient.user_id", user_id, 256)?;
            check_id("recipient.user_id", user_id)?;
        }
        if let Some(country) = &recipient.country
            && !(country.len() == 2 && country.bytes().all(|byte| byte.is_ascii_uppercase()))
        {
            return Err(Error::invalid(
                "recipient.country",
                "must be two capital letters (ISO 3166-1 alpha-2)",
            ));
        }
        match self.recipient.missing(recipient, self.channel(request)) {
            Some((field, rule)) => Err(Error::invalid(field, rule)),
            None => Ok(()),
        }
    }

    fn validate_purpose(&self, request: &CreateRequest) -> Result<()> {
        match (&request.purpose, self.purposes) {
            (Some(purpose), PurposeSupport::Required(known)) if !known.contains(&purpose.as_str()) => {
                Err(Error::unsupported(&format!("purpose {}", purpose.as_str())).with_field("purpose"))
            }
            (Some(_), PurposeSupport::None) => Err(Error::unsupported("purpose").with_field("purpose")),
            (None, PurposeSupport::Required(known)) => {
                Err(Error::invalid("purpose", &format!("is missing: it must be one of {}", known.join(", "))))
            }
            _ => check_purpose(request.purpose.as_ref()),
        }
    }

    /// Validates a request: refuses a code, subject or purpose that could not be checked. Call it before anything is sent.
    ///
    /// # Errors
    ///
    /// `InvalidRequest` for a text that cannot be a code of this provider, `Unsupported` for a subject or purpose that it
    /// does not bind.
    pub fn validate_verify(&self, request: &VerifyRequest) -> Result<()> {
        check_code(&request.code)?;
        if let Some(format) = &self.code_format {
            format.admit(&request.code)?;
        }
        if !self.binding && request.subject.is_some() {
            return Err(Error::unsupported("subject").with_field("subject"));
        }
        // Without purposes, no challenge has one that could be checked.
        let checks_purposes =
            (self.binding || self.purpose_at_verify) && self.purposes != PurposeSupport::None;
        if !checks_purposes && request.purpose.is_some() {
            return Err(Error::unsupported("purpose").with_field("purpose"));
        }
        if self.purpose_at_verify && request.purpose.is_none() {
            return Err(Error::invalid(
                "purpose",
                "is missing: this provider checks it together with the code",
            ));
        }
        request.subject.as_deref().map_or(Ok(()), |subject| check_id("subject", subject))?;
        check_purpose(request.purpose.as_ref())
    }
}

/// The error for an option that there is, but not on this channel.
pub(crate) fn unsupported_by_channel(field: &str, channel: Channel) -> Error {
    Error::unsupported(&format!("{field} with the channel {channel}")).with_field(field)
}

fn common<T: Copy + PartialEq>(one: &[T], other: &[T]) -> Vec<T> {
    one.iter().copied().filter(|item| other.contains(item)).collect()
}

/// The common channels on which both have an option, where no list is all channels. An error if there is none.
fn common_channels(
    common_to_both: &[Channel],
    one: Option<&Vec<Channel>>,
    other: Option<&Vec<Channel>>,
) -> std::result::Result<Option<Vec<Channel>>, ()> {
    if one.is_none() && other.is_none() {
        return Ok(None);
    }
    let has = |list: Option<&Vec<Channel>>, channel| list.is_none_or(|list| list.contains(channel));
    let channels = common_to_both.iter().filter(|channel| has(one, channel) && has(other, channel));
    let channels: Vec<_> = channels.copied().collect();
    if channels.is_empty() { Err(()) } else { Ok(Some(channels)) }
}

/// The range within both; none if there is none.
fn overlap<T: Copy + Ord>(
    one: Option<&RangeInclusive<T>>,
    other: Option<&RangeInclusive<T>>,
) -> Option<RangeInclusive<T>> {
    let (one, other) = (one?, other?);
    let range = *one.start().max(other.start())..=*one.end().min(other.end());
    (!range.is_empty()).then_some(range)
}

/// The range within both, where no range is no limit. An error if nothing is within both.
fn overlap_of_limits(
    one: Option<&RangeInclusive<u32>>,
    other: Option<&RangeInclusive<u32>>,
) -> std::result::Result<Option<RangeInclusive<u32>>, ()> {
    match (one, other) {
        (Some(_), Some(_)) => overlap(one, other).map(Some).ok_or(()),
        (one, other) => Ok(one.or(other).cloned()),
    }
}

fn validate_number(field: &str, value: Option<u32>, range: Option<&RangeInclusive<u32>>) -> Result<()> {
    let Some(value) = value else { return Ok(()) };
    let range = range.ok_or_else(|| Error::unsupported(field).with_field(field))?;
    if range.contains(&value) {
        return Ok(());
    }
    Err(Error::invalid(field, &format!("must be from {} to {}", range.start(), range.end())))
}

/// Text that ends up in a path somewhere: empty and dotted ones would reach another route.
pub(crate) fn check_text(field: &str, text: &str, most: usize) -> Result<()> {
    match text {
        "" => Err(Error::invalid(field, "must not be empty")),
        "." | ".." => Err(Error::invalid(field, "must not be `.` or `..`")),
        text if text.chars().count() > most => {
            Err(Error::invalid(field, &format!("must have at most {most} characters")))
        }
        text if text.chars().any(char::is_control) => {
            Err(Error::invalid(field, "must not hold control characters"))
        }
        _ => Ok(()),
    }
}

/// Refuses an id by which one person would be two: with characters that nobody sees.
fn check_id(field: &str, id: &str) -> Result<()> {
    if id.starts_with(is_blank) || id.ends_with(is_blank) {
        return Err(Error::invalid(field, "must not begin or end with a blank"));
    }
    if id.chars().any(|character| is_invisible(character) || character.is_control()) {
        return Err(Error::invalid(field, "must not hold invisible characters"));
    }
    Ok(())
}

fn check_purpose(purpose: Option<&Purpose>) -> Result<()> {
    match purpose {
        Some(Purpose::Other(words)) => check_id("purpose", words),
        Some(Purpose::Transaction(Transaction { amount, payee })) => {
            for (field, text) in [("purpose.amount", amount), ("purpose.payee", payee)] {
                check_text(field, text, 256)?;
                check_id(field, text)?;
            }
            Ok(())
        }
        _ => Ok(()),
    }
}

pub(crate) fn is_e164(number: &str) -> bool {
    let Some(digits) = number.strip_prefix('+') else { return false };
    (7..=15).contains(&digits.len())
        && digits.bytes().all(|byte| byte.is_ascii_digit())
        && !digits.starts_with('0')
}
