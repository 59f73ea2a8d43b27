//! Settings of the guard: its key, rate limits, attempts, lifetime and calling codes.

use std::time::Duration;

use otp_transport::{ConfigError, Secret};

use super::spellings::Spellings;

/// Shorter keys can be guessed.
const MIN_KEY_CHARS: usize = 32;

/// Longer lifetimes would leave the range of the clock.
const MAX_LIFETIME: Duration = Duration::from_secs(100 * 366 * 24 * 60 * 60);

/// Settings of a [`Guard`](crate::Guard).
///
/// The rate limits protect against attackers who have messages sent. The maximum number of attempts and the lifetime
/// protect against those who guess codes.
///
/// ```
/// use std::time::Duration;
/// use otp_facade::GuardSettings;
///
/// let settings = GuardSettings::new("a key of at least 32 characters, kept like a password")
///     .with_per_day(6)
///     .with_global_per_hour(2_000)
///     .with_calling_codes(["+49", "+43", "+1"])
///     .with_blocked_calling_codes(["+1876"]); // Jamaica
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct GuardSettings {
    /// Secret key; recipients, subjects and purposes are stored only as keyed hashes, the provider's ids only encrypted.
    pub key: Secret,
    /// Former keys, by which open challenges are still known.
    pub previous_keys: Vec<Secret>,
    /// Maximum lifetime of a challenge. 10 minutes by default.
    pub lifetime: Duration,
    /// Maximum number of attempts per challenge. 5 by default.
    pub max_attempts: u32,
    /// Minimum interval between two challenges of one recipient. 30 seconds by default; may be zero.
    pub interval: Duration,
    /// Maximum number of challenges per recipient in any hour. 5 by default.
    pub per_hour: Option<u32>,
    /// Maximum number of challenges per recipient in any 24 hours. 10 by default.
    pub per_day: Option<u32>,
    /// Maximum number of challenges per subject in any 24 hours. 10 by default.
    pub per_subject_per_day: Option<u32>,
    /// Maximum number of different recipients per subject in any 24 hours. 3 by default.
    pub recipients_per_subject_per_day: Option<u32>,
    /// Maximum number of challenges of all recipients in any hour. No limit by default.
    pub global_per_hour: Option<u32>,
    /// Maximum number of failures in a row across challenges. 100 by default.
    pub max_failures: Option<u32>,
    /// How long failures in a row are counted after the last one. 90 days by default.
    pub failure_retention: Duration,
    /// Allowed prefixes of phone numbers. All by default.
    pub calling_codes: Option<Vec<String>>,
    /// Blocked prefixes of phone numbers, in any spelling. They take precedence over `calling_codes`.
    pub blocked_calling_codes: Vec<String>,
}

impl GuardSettings {
    /// Settings with the default limits and this key.
    ///
    /// `key` has 32 characters or more. Keep it like a password: anyone who has the key and the store can test which phone
    /// numbers are in it. With another key, all limits start anew, and open challenges are not found. See
    /// [`with_previous_keys`](Self::with_previous_keys).
    pub fn new(key: impl Into<Secret>) -> Self {
        Self {
            key: key.into(),
            previous_keys: Vec::new(),
            lifetime: Duration::from_secs(600),
            max_attempts: 5,
            interval: Duration::from_secs(30),
            per_hour: Some(5),
            per_day: Some(10),
            per_subject_per_day: Some(10),
            recipients_per_subject_per_day: Some(3),
            global_per_hour: None,
            max_failures: Some(100),
            failure_retention: Duration::from_secs(90 * 24 * 60 * 60),
            calling_codes: None,
            blocked_calling_codes: Vec::new(),
        }
    }

    /// Sets the former keys, for a rotation of the key. Challenges that were created by one of them still take their code.
    ///
    /// All limits and failures in a row start anew with a new key, because the store knows people only by it. To rotate the key
    /// of several machines, first give each the new key as a previous one. Then make it the key of each. Remove the old
    /// one when the last challenge of it has expired, and the last idempotency key is no longer remembered.
    #[must_use]
    pub fn with_previous_keys<T: Into<Secret>>(mut self, keys: impl IntoIterator<Item = T>) -> Self {
        self.previous_keys = keys.into_iter().map(Into::into).collect();
        self
    }

    /// Sets the maximum lifetime of a challenge. A longer one gives attackers more time to guess.
    #[must_use]
    pub fn with_lifetime(mut self, lifetime: Duration) -> Self {
        self.lifetime = lifetime;
        self
    }

    /// Sets the maximum number of attempts per challenge. Where the provider or the request allows fewer, that holds.
    #[must_use]
    pub fn with_max_attempts(mut self, max_attempts: u32) -> Self {
        self.max_attempts = max_attempts;
        self
    }

    /// Sets the minimum interval between two challenges of one recipient.
    #[must_use]
    pub fn with_min_interval(mut self, interval: Duration) -> Self {
        self.interval = interval;
        self
    }

    /// Sets the maximum number of challenges per recipient in any hour. `None` is no limit.
    #[must_use]
    pub fn with_per_hour(mut self, per_hour: impl Into<Option<u32>>) -> Self {
        self.per_hour = per_hour.into();
        self
    }

    /// Sets the maximum number of challenges per recipient in any 24 hours. `None` is no limit.
    #[must_use]
    pub fn with_per_day(mut self, per_day: impl Into<Option<u32>>) -> Self {
        self.per_day = per_day.into();
        self
    }

    /// Sets the maximum number of challenges per subject in any 24 hours. `None` is no limit.
    ///
    /// It protects against one account that pumps messages. It applies only to requests with a
    /// [subject](crate::CreateRequest::with_subject).
    #[must_use]
    pub fn with_per_subject_per_day(mut self, per_day: impl Into<Option<u32>>) -> Self {
        self.per_subject_per_day = per_day.into();
        self
    }

    /// Sets the maximum number of different recipients per subject in any 24 hours. `None` is no limit.
    ///
    /// It applies only to requests with a [subject](crate::CreateRequest::with_subject). A recipient that counts already has
    /// always room.
    #[must_use]
    pub fn with_recipients_per_subject_per_day(mut self, recipients: impl Into<Option<u32>>) -> Self {
        self.recipients_per_subject_per_day = recipients.into();
        self
    }

    /// Sets the maximum number of challenges of all recipients in any hour. `None` is no limit.
    ///
    /// Challenges are counted by the minute: each counts for up to a minute longer.
    #[must_use]
    pub fn with_global_per_hour(mut self, global_per_hour: impl Into<Option<u32>>) -> Self {
        self.global_per_hour = global_per_hour.into();
        self
    }

    /// Sets the maximum number of failures in a row across challenges. `None` is no limit. NIST SP 800-63B allows at most
    /// 100.
    ///
    /// Failures are wrong codes, and attempts whose outcome is not known. They are counted for each subject, and for each recipient
    /// together with the subject; without a subject, for each recipient. A success resets both. At the limit, create and
    /// verify fail with [`Rejection::LockedOut`](crate::Rejection::LockedOut) before anything is sent.
    #[must_use]
    pub fn with_max_failures(mut self, max_failures: impl Into<Option<u32>>) -> Self {
        self.max_failures = max_failures.into();
        self
    }

    /// Sets how long failures in a row are counted after the last one. An attempt that was rejected without a look at the code may
    /// prolong those before it.
    #[must_use]
    pub fn with_failure_retention(mut self, retention: Duration) -> Self {
        self.failure_retention = retention;
        self
    }

    /// Sets the allowed prefixes of phone numbers: calling codes such as `+49`, or longer prefixes.
    ///
    /// A prefix is compared with the number without a national prefix after the country code, because messages are charged
    /// by that: `+33 06…` is `+336…`. [`Recipient::country`](crate::Recipient::country) is not used, because nobody checks
    /// it.
    #[must_use]
    pub fn with_calling_codes<T: Into<String>>(mut self, calling_codes: impl IntoIterator<Item = T>) -> Self {
        self.calling_codes = Some(calling_codes.into_iter().map(Into::into).collect());
        self
    }

    /// Sets the blocked prefixes of phone numbers: exceptions from a calling code that several countries share.
    #[must_use]
    pub fn with_blocked_calling_codes<T: Into<String>>(
        mut self,
        calling_codes: impl IntoIterator<Item = T>,
    ) -> Self {
        self.blocked_calling_codes = calling_codes.into_iter().map(Into::into).collect();
        self
    }

    pub(super) fn check(&self) -> Result<(), ConfigError> {
        let is_short = |key: &Secret| key.expose().chars().count() < MIN_KEY_CHARS;
        if is_short(&self.key) {
            return Err(ConfigError::new("key", "must have at least 32 characters"));
        }
        if self.previous_keys.iter().any(is_short) {
            return Err(ConfigError::new("previous_keys", "must have at least 32 characters each"));
        }
        let lifetimes = Duration::from_secs(1)..=MAX_LIFETIME;
        if !lifetimes.contains(&self.lifetime) {
            return Err(ConfigError::new("lifetime", "must be from one second to 100 years"));
        }
        if !lifetimes.contains(&self.failure_retention) {
            return Err(ConfigError::new("failure_retention", "must be from one second to 100 years"));
        }
        let numbers = [
            ("max_attempts", Some(self.max_attempts)),
            ("per_hour", self.per_hour),
            ("per_day", self.per_day),
            ("per_subject_per_day", self.per_subject_per_day),
            ("recipients_per_subject_per_day", self.recipients_per_subject_per_day),
            ("max_failures", self.max_failures),
            ("global_per_hour", self.global_per_hour),
        ];
        for (setting, number) in numbers {
            if number == Some(0) {
                return Err(ConfigError::new(setting, "must be at least 1"));
            }
        }
        let codes = |codes: &[String]| codes.iter().all(|code| is_calling_code_prefix(code));
        if !self.calling_codes.as_deref().is_none_or(codes) {
            return Err(ConfigError::new("calling_codes", "must be + and at least one digit each"));
        }
        if !codes(&self.blocked_calling_codes) {
            return Err(ConfigError::new("blocked_calling_codes", "must be + and at least one digit each"));
        }
        Ok(())
    }

    /// Whether not every number may be sent to. Parsing a number is what costs most in a create.
    pub(super) fn restricts_numbers(&self) -> bool {
        self.calling_codes.is_some() || !self.blocked_calling_codes.is_empty()
    }

    /// Whether a message may be sent to this number. No spelling of a blocked number is allowed.
    pub(super) fn allows_number(&self, number: &Spellings<'_>) -> bool {
        let begins =
            |number: &str, codes: &[String]| codes.iter().any(|code| number.starts_with(code.as_str()));
        let canonical = [number.international.as_ref(), number.canonical.as_str()];
        let allowed = |codes: &[String]| canonical.iter().any(|number| begins(number, codes));
        let blocked =
            canonical.iter().chain([&number.given]).any(|number| begins(number, &self.blocked_calling_codes));
        self.calling_codes.as_deref().is_none_or(allowed) && !blocked
    }
}

fn is_calling_code_prefix(code: &str) -> bool {
    let digits = code.strip_prefix('+').unwrap_or_default();
    !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
}
