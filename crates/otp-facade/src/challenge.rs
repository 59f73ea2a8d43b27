//! What the operations return: a challenge, its id, its status, and that it was verified.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;
use std::time::{Duration, SystemTime};

use otp_transport::{is_unreserved, one_line};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::channel::Channel;
use crate::error::{Error, Result};
use crate::mask::mask_digits;
use crate::provider::OtpProvider;
use crate::secret::{Code, Image, Proof};
use crate::vendor_text::word;

/// No provider issues longer ids.
const MAX_ID: usize = 4096;

const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Identifier of a challenge, whichever provider issued it.
///
/// It is a string: `Display` and `FromStr` are inverse, and it serializes as a string. It carries the name of the instance
/// that issued it and all that the provider needs to verify a code. Nothing else has to be kept.
///
/// **Keep it on the server's side**, in the session of whoever asked for the challenge: a verified code proves that
/// somebody has the code, not who presents the id.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ChallengeId {
    text: String,
    issuer: usize,
}

impl ChallengeId {
    /// An id of the provider instance `issuer`, with what that instance needs to know the challenge again.
    ///
    /// ```
    /// use otp_facade::ChallengeId;
    ///
    /// let id = ChallengeId::new("sms-eu", &["4711", "a/b"]);
    /// assert_eq!(id.to_string(), "sms-eu:4711:a%2Fb");
    /// assert_eq!(id.issuer(), "sms-eu");
    /// assert_eq!(id.parts(), ["4711", "a/b"]);
    /// assert_eq!(id.to_string().parse::<ChallengeId>()?, id);
    /// # Ok::<(), otp_facade::Error>(())
    /// ```
    pub fn new(issuer: &str, parts: &[&str]) -> Self {
        let length = issuer.len() + parts.iter().map(|part| 1 + part.len()).sum::<usize>();
        let mut text = String::with_capacity(length.max(issuer.len() + 1));
        push_escaped(&mut text, issuer);
        let issuer = text.len();
        for part in parts {
            text.push(':');
            push_escaped(&mut text, part);
        }
        if parts.is_empty() {
            text.push(':');
        }
        Self { text, issuer }
    }

    /// Name of the provider instance that issued the challenge. An id that did not come from here may
    /// have anything there.
    pub fn issuer(&self) -> Cow<'_, str> {
        unescaped(&self.text[..self.issuer])
    }

    /// The same as it stands in the id, at most 64 characters on one line: fit to be shown.
    pub(crate) fn escaped_issuer(&self) -> Cow<'_, str> {
        one_line(&self.text[..self.issuer], 64)
    }

    /// Whether this provider issued the challenge, or a member inside it.
    pub fn is_issued_by(&self, provider: &(impl OtpProvider + ?Sized)) -> bool {
        let issuer = self.issuer();
        provider.issuers().iter().any(|name| *name == issuer)
    }

    /// Refuses an id that another instance issued: a code must not travel to a provider that did not issue the challenge.
    ///
    /// # Errors
    ///
    /// `InvalidRequest`, naming the two.
    pub fn validate_issuer(&self, name: &str) -> Result<()> {
        if self.issuer() == name {
            return Ok(());
        }
        let rule = format!("must be of a challenge that {name} issued, not {}", self.escaped_issuer());
        Err(Error::invalid("id", &rule))
    }

    /// What the issuer put into the id, if it is so many parts.
    #[cfg(feature = "_client")]
    #[allow(dead_code, reason = "not every provider needs it")]
    pub(crate) fn exactly<const N: usize>(&self) -> Option<[Cow<'_, str>; N]> {
        let parts = &self.text[self.issuer + 1..];
        // Searching for colons one by one takes longer than counting them, and few ids have another number.
        if parts.bytes().filter(|byte| *byte == b':').count() + 1 != N {
            return None;
        }
        let mut parts = parts.split(':');
        Some(std::array::from_fn(|_| parts.next().map(unescaped).unwrap_or_default()))
    }

    /// What the issuer put into the id.
    pub fn parts(&self) -> Vec<String> {
        self.text[self.issuer + 1..].split(':').map(|part| unescaped(part).into_owned()).collect()
    }

    /// The text, as `Display` writes it.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

#[inline]
fn push_escaped(text: &mut String, part: &str) {
    // The encoder looks for the end of each run that it may copy. Names and ids are one such run, as a rule.
    match part.bytes().all(is_unreserved) {
        true => text.push_str(part),
        false => text.extend(utf8_percent_encode(part, ESCAPED)),
    }
}

fn unescaped(text: &str) -> Cow<'_, str> {
    match text.contains('%') {
        true => percent_decode_str(text).decode_utf8_lossy(),
        false => text.into(),
    }
}

impl fmt::Display for ChallengeId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

impl FromStr for ChallengeId {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let refuse = |rule| Err(Error::invalid("id", rule));
        if text.len() > MAX_ID {
            return refuse("must have at most 4096 characters");
        }
        let Some(issuer) = text.bytes().position(|byte| byte == b':').filter(|at| *at > 0) else {
            return refuse(
                "must be what a challenge's id was written as: the issuer's name, a colon, and more",
            );
        };
        let well_formed = text.bytes().all(|byte| is_unreserved(byte) || matches!(byte, b'%' | b':'));
        if !well_formed {
            return refuse("must consist of letters, digits and -._~%: only");
        }
        Ok(Self { text: text.to_owned(), issuer })
    }
}

impl Serialize for ChallengeId {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl<'de> Deserialize<'de> for ChallengeId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(|error: Error| serde::de::Error::custom(error))
    }
}

/// A challenge that was started.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Challenge {
    /// Identifies the challenge in the other operations.
    pub id: ChallengeId,
    /// How the code is delivered.
    pub channel: Channel,
    /// Lifetime, counted from the receipt of the provider's response, where the provider reports it.
    pub expires_in: Option<Duration>,
    /// Expiry by the clock of this machine, to be shown: the time of receipt plus [`expires_in`](Self::expires_in).
    pub expires_at: Option<SystemTime>,
    /// Where the code went, masked: at most the last four digits of a phone number, whatever the provider sends.
    pub hint: Option<String>,
    /// The code, where the caller delivers it to the user. None even there if the response did not hold one: cancel the
    /// challenge then.
    pub code: Option<Code>,
    /// The PNG that the user scans (photoTAN). None even there if the response did not hold one: let the customer answer
    /// in another way then.
    pub image: Option<Image>,
    /// Number of wrong codes that end the challenge, where the provider reports it. Where a create is a resend of the same
    /// challenge ([`Capabilities::resends`](crate::Capabilities::resends)), the wrong codes of before are among them.
    pub max_attempts: Option<u32>,
    /// How long until the same recipient may be sent another message, counted from the receipt of the response. A guard sets it
    /// by its limits. A provider that takes one challenge at a time
    /// ([`Capabilities::one_at_a_time`](crate::Capabilities::one_at_a_time)) sets it to the end of this one, which comes earlier if
    /// it is verified or cancelled. The later one counts.
    pub resend_after: Option<Duration>,
    /// When the same recipient may be sent another message, by the clock of this machine, to be shown: the time of receipt plus
    /// [`resend_after`](Self::resend_after).
    pub resend_at: Option<SystemTime>,
    /// How many more messages the limits of the hour and the day allow, where a guard has limits.
    pub resends_left: Option<u32>,
    /// Whether another provider may have sent a message for the same create, whose code is not accepted: tell the person to use
    /// the newest message. Only a failover sets it, with [`Failover::after_uncertain_create`](crate::Failover).
    pub earlier_message_possible: bool,
    /// Where the challenge stands: [`Status::Pending`], unless it is [replayed](Self::replayed).
    pub status: Status,
    /// Whether an earlier create with the same [idempotency key](crate::CreateRequest::with_idempotency_key) started the
    /// challenge. Nothing was sent for this one. Only a guard sets it. Times are counted from the earlier create,
    /// and [`resends_left`](Self::resends_left) is as it was then.
    pub replayed: bool,
}

impl Challenge {
    /// A challenge of which nothing else is known.
    pub fn new(id: ChallengeId, channel: Channel) -> Self {
        Self {
            id,
            channel,
            expires_in: None,
            expires_at: None,
            hint: None,
            code: None,
            image: None,
            max_attempts: None,
            resend_after: None,
            resend_at: None,
            resends_left: None,
            earlier_message_possible: false,
            status: Status::Pending,
            replayed: false,
        }
    }

    /// Sets how long until another message is possible, and with it when.
    #[must_use]
    pub fn with_resend_after(mut self, resend_after: Duration) -> Self {
        self.resend_after = Some(resend_after);
        self.resend_at = SystemTime::now().checked_add(resend_after);
        self
    }

    /// Sets how long it is good for from now on, and with it when it ends.
    ///
    /// Take the provider's ttl, or the difference of two times of its own clock. The difference between its clock and
    /// that of this machine may be longer than the life of a challenge.
    #[must_use]
    pub fn with_expires_in(mut self, expires_in: Duration) -> Self {
        self.expires_in = Some(expires_in);
        self.expires_at = SystemTime::now().checked_add(expires_in);
        self
    }

    /// Sets when it ends by the clock of this machine, and with it how long it is good for. For a time of another
    /// machine's clock there is [`with_expires_in`](Self::with_expires_in).
    #[must_use]
    pub fn with_expires_at(mut self, expires_at: SystemTime) -> Self {
        self.expires_in = Some(expires_at.duration_since(SystemTime::now()).unwrap_or_default());
        self.expires_at = Some(expires_at);
        self
    }

    /// Sets where the code went, on one line of at most 64 characters. All digits but the last four are masked here; mask what
    /// else must not be seen.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(mask_digits(&hint.into()));
        self
    }

    /// Sets the code that the caller is to bring to the user.
    #[must_use]
    pub fn with_code(mut self, code: impl Into<Code>) -> Self {
        self.code = Some(code.into());
        self
    }

    /// Sets the PNG that the user is to scan.
    #[must_use]
    pub fn with_image(mut self, image: Vec<u8>) -> Self {
        self.image = Some(image.into());
        self
    }

    /// Sets how many wrong codes it takes.
    #[must_use]
    pub fn with_max_attempts(mut self, max_attempts: u32) -> Self {
        self.max_attempts = Some(max_attempts);
        self
    }
}

/// The provider accepted the code. There is no other way to one of these than an explicit acceptance.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Verified {
    /// The challenge that the code belongs to.
    pub id: ChallengeId,
    /// What the provider gives for it, where it gives something.
    pub proof: Option<Proof>,
}

impl Verified {
    /// For a provider that has accepted the code of this challenge.
    pub fn new(id: ChallengeId) -> Self {
        Self { id, proof: None }
    }

    /// Sets what the provider gave.
    #[must_use]
    pub fn with_proof(mut self, proof: impl Into<Proof>) -> Self {
        self.proof = Some(proof.into());
        self
    }
}

/// Where a challenge stands.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Status {
    /// It waits for a code.
    Pending,
    /// A code was accepted, or the user approved on another device. It does not tell which code, nor who presented it: it settles
    /// no verify whose outcome is not known.
    Verified,
    /// Its time is over.
    Expired,
    /// It was cancelled.
    Cancelled,
    /// The user said no.
    Declined,
    /// All attempts are used.
    TooManyAttempts,
    /// It could not be delivered.
    Failed,
    /// Something that this version does not know, in the provider's words. Never to be taken for `Verified`, even if the
    /// provider's word is `verified`: that is what some call another state. Make it by [`Status::unknown`]. Keep it by
    /// `Display` or serde, which tell it from ours, and do not read the bare word back.
    Unknown(String),
}

impl Status {
    /// A stable name, such as `pending`; `unknown` for whatever the provider's word is.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Verified => "verified",
            Self::Expired => "expired",
            Self::Cancelled => "cancelled",
            Self::Declined => "declined",
            Self::TooManyAttempts => "too_many_attempts",
            Self::Failed => "failed",
            Self::Unknown(_) => "unknown",
        }
    }

    /// A status that this version does not know, from the provider's word. The word is made fit for a log: one line of at
    /// most 64 characters, without numbers that could be a code or somebody's phone.
    ///
    /// ```
    /// use otp_facade::Status;
    ///
    /// let status = Status::unknown("Verified\nlogin ok");
    /// assert_eq!(status.to_string(), "unknown:Verified\u{FFFD}login ok");
    /// assert_eq!(Status::from(status.to_string().as_str()), status);
    /// ```
    pub fn unknown(text: &str) -> Self {
        Self::Unknown(word(text))
    }

    /// Whether it will not change any more. An unknown status may.
    pub fn is_final(&self) -> bool {
        !matches!(self, Self::Pending | Self::Unknown(_))
    }
}

/// What an unknown status is written with, so that a provider's word is never read back as one of ours.
const UNKNOWN: &str = "unknown:";

impl From<&str> for Status {
    fn from(text: &str) -> Self {
        let known = [
            Self::Pending,
            Self::Verified,
            Self::Expired,
            Self::Cancelled,
            Self::Declined,
            Self::TooManyAttempts,
            Self::Failed,
        ];
        let found = known.into_iter().find(|status| status.as_str() == text);
        found.unwrap_or_else(|| Self::unknown(text.strip_prefix(UNKNOWN).unwrap_or(text)))
    }
}

impl fmt::Display for Status {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown(text) => write!(formatter, "{UNKNOWN}{}", word(text)),
            known => formatter.write_str(known.as_str()),
        }
    }
}

impl Serialize for Status {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Status {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        String::deserialize(deserializer).map(|text| Self::from(text.as_str()))
    }
}
