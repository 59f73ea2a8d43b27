//! The error type, and the rule for when a call may be repeated.

mod decline_reason;
mod page;
mod text;

use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

use otp_transport::{ConnectionFailure, Secret, one_line};
use serde::{Deserialize, Serialize};

pub use self::decline_reason::DeclineReason;
pub use self::page::{Audience, LogLevel};
pub use self::text::TextKey;

/// Result of an operation.
pub type Result<T> = std::result::Result<T, Error>;

/// The four operations of [`OtpProvider`](crate::OtpProvider).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Operation {
    /// Start a challenge.
    Create,
    /// Check a code.
    Verify,
    /// End a challenge.
    Cancel,
    /// Read the status of a challenge.
    Status,
}

impl Operation {
    /// All four operations.
    pub const ALL: [Self; 4] = [Self::Create, Self::Verify, Self::Cancel, Self::Status];

    /// A stable name: `create`, `verify`, `cancel`, `status`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Verify => "verify",
            Self::Cancel => "cancel",
            Self::Status => "status",
        }
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// The kind of an error. Each kind says what the caller can do now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ErrorKind {
    /// The provider does not have this operation or option. Choose another provider or leave the option out. Nothing was
    /// sent.
    Unsupported,
    /// The request breaks a rule. The message names it. Correct the request.
    InvalidRequest,
    /// The credential is not accepted, or lacks a permission. Renew it, or ask the provider for the permission.
    Unauthorized,
    /// The provider does not know the challenge, or has forgotten it. Start a new one.
    NotFound,
    /// The code is not accepted. The [`Rejection`] says whether to ask for another code or to start a new challenge.
    Rejected(Rejection),
    /// The provider declined for a reason of its own: no credit, no coverage, an order that is not allowed.
    /// [`decline_reason`](Error::decline_reason) says which. Another provider may accept the request.
    ProviderDeclined,
    /// The guard's settings do not allow the calling code of the number. Ask for another number. Nothing was sent, and no
    /// limit counts the request.
    CountryNotAllowed,
    /// Too many calls. Wait for [`retry_after`](Error::retry_after), or use another provider.
    RateLimited,
    /// The provider cannot be reached or does not work. If the error is [safe to repeat](Error::is_safe_to_repeat), try
    /// later, or use another provider.
    Unavailable,
    /// There was no response in time. The provider may have acted.
    TimedOut,
    /// The response does not match the provider's documentation. The provider may have acted. Report it to the
    /// maintainers.
    UnexpectedResponse,
    /// The guard's store cannot be reached. No code is accepted until it can.
    StoreUnavailable,
}

impl ErrorKind {
    /// All kinds, each rejection included.
    pub const ALL: &'static [Self] = &[
        Self::Unsupported,
        Self::InvalidRequest,
        Self::Unauthorized,
        Self::NotFound,
        Self::Rejected(Rejection::WrongCode),
        Self::Rejected(Rejection::Expired),
        Self::Rejected(Rejection::Cancelled),
        Self::Rejected(Rejection::TooManyAttempts),
        Self::Rejected(Rejection::AlreadyUsed),
        Self::Rejected(Rejection::Mismatch),
        Self::Rejected(Rejection::LockedOut),
        Self::Rejected(Rejection::Unspecified),
        Self::ProviderDeclined,
        Self::CountryNotAllowed,
        Self::RateLimited,
        Self::Unavailable,
        Self::TimedOut,
        Self::UnexpectedResponse,
        Self::StoreUnavailable,
    ];

    /// A stable name, such as `rate_limited`; for a rejection, that of its reason, such as `wrong_code`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unsupported => "unsupported",
            Self::InvalidRequest => "invalid_request",
            Self::Unauthorized => "unauthorized",
            Self::NotFound => "not_found",
            Self::Rejected(rejection) => rejection.as_str(),
            Self::ProviderDeclined => "provider_declined",
            Self::CountryNotAllowed => "country_not_allowed",
            Self::RateLimited => "rate_limited",
            Self::Unavailable => "unavailable",
            Self::TimedOut => "timed_out",
            Self::UnexpectedResponse => "unexpected_response",
            Self::StoreUnavailable => "store_unavailable",
        }
    }

    /// Whether the provider may have acted, if only the kind is known.
    fn may_have_acted(self) -> bool {
        match self {
            Self::Rejected(rejection) => matches!(rejection, Rejection::WrongCode | Rejection::Unspecified),
            Self::Unavailable | Self::TimedOut | Self::UnexpectedResponse => true,
            _ => false,
        }
    }
}

/// Why a code is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Rejection {
    /// The code is not that of this challenge. An attempt is used.
    WrongCode,
    /// The challenge has expired.
    Expired,
    /// The challenge was cancelled.
    Cancelled,
    /// All attempts are used.
    TooManyAttempts,
    /// The challenge was verified before.
    AlreadyUsed,
    /// The challenge was created for another subject or purpose.
    Mismatch,
    /// There were too many wrong codes in a row, across challenges. It ends when the application resets it, or long after
    /// the last of them.
    LockedOut,
    /// The provider rejected the code and gave no reason. An attempt may have been used.
    Unspecified,
}

impl Rejection {
    /// A stable name, such as `wrong_code`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::WrongCode => "wrong_code",
            Self::Expired => "expired",
            Self::Cancelled => "cancelled",
            Self::TooManyAttempts => "too_many_attempts",
            Self::AlreadyUsed => "already_used",
            Self::Mismatch => "mismatch",
            Self::LockedOut => "locked_out",
            Self::Unspecified => "rejected",
        }
    }
}

/// The error of an operation.
///
/// [`kind`](Self::kind) says what to do now, and [`may_have_acted`](Self::may_have_acted) whether the provider may have
/// acted although the operation failed.
///
/// `Display` is one line for operators: provider, operation, kind, vendor code, message, how long to wait, and whether a message may have
/// been sent or an attempt may have been used. [`user_message`](Self::user_message) is for the person. `Display`, `Debug` and the chain of sources contain no URL, header, body,
/// code or number.
pub struct Error {
    inner: Box<Inner>,
}

struct Inner {
    kind: ErrorKind,
    provider: Option<String>,
    operation: Option<Operation>,
    field: Option<String>,
    decline_reason: Option<DeclineReason>,
    vendor_code: Option<String>,
    request_id: Option<String>,
    retry_after: Option<Duration>,
    attempts_left: Option<u32>,
    may_have_acted: bool,
    is_never_sent: bool,
    is_recipient_limit: bool,
    vendor_status: Option<u16>,
    vendor_message: Option<Secret>,
    connection_failure: Option<ConnectionFailure>,
    message: Option<String>,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

impl Error {
    /// Creates an error of this kind. Whether the provider may have acted follows from the kind until it is set.
    pub fn new(kind: ErrorKind) -> Self {
        let inner = Inner {
            kind,
            provider: None,
            operation: None,
            field: None,
            decline_reason: None,
            vendor_code: None,
            request_id: None,
            retry_after: None,
            attempts_left: None,
            may_have_acted: kind.may_have_acted(),
            is_never_sent: false,
            is_recipient_limit: false,
            vendor_status: None,
            vendor_message: None,
            connection_failure: None,
            message: None,
            source: None,
        };
        Self { inner: Box::new(inner) }
    }

    /// Creates the error for a request that breaks a rule and was not sent.
    ///
    /// `field` and `rule` make a sentence, such as "ttl must be from 60 to 1800 seconds".
    pub fn invalid(field: &str, rule: &str) -> Self {
        Self::new(ErrorKind::InvalidRequest)
            .with_field(field)
            .with_message(format!("{field} {rule}"))
            .with_never_sent()
    }

    /// Creates the error for an operation or option that the provider does not have. Nothing was sent.
    ///
    /// The message is `what` followed by "is not supported".
    pub fn unsupported(what: &str) -> Self {
        Self::new(ErrorKind::Unsupported).with_message(format!("{what} is not supported")).with_never_sent()
    }

    /// Sets the provider, if none is set yet, and the operation.
    ///
    /// The operation is replaced: a create may fail in a status call that it makes itself, and the caller asks whether
    /// the create may be repeated.
    #[must_use]
    pub fn with_origin(mut self, provider: &str, operation: Operation) -> Self {
        self = self.with_provider(provider);
        self.inner.operation = Some(operation);
        self
    }

    /// Sets the provider, if none is set yet, of an error of no operation.
    #[must_use]
    pub(crate) fn with_provider(mut self, provider: &str) -> Self {
        self.inner.provider.get_or_insert_with(|| one_line(provider, 64).into_owned());
        self
    }

    /// Sets the field of the request that the error is about.
    #[must_use]
    pub fn with_field(mut self, field: &str) -> Self {
        self.inner.field = Some(one_line(field, 64).into_owned());
        self
    }

    /// Sets why the provider declined. It is only for the kind [`ErrorKind::ProviderDeclined`].
    #[must_use]
    pub fn with_decline_reason(mut self, decline_reason: DeclineReason) -> Self {
        self.inner.decline_reason = Some(decline_reason);
        self
    }

    /// Sets the vendor's own code.
    #[must_use]
    pub fn with_vendor_code(mut self, vendor_code: impl Into<String>) -> Self {
        self.inner.vendor_code = Some(one_line(&vendor_code.into(), 64).into_owned());
        self
    }

    /// Sets the vendor's id of the call.
    #[must_use]
    pub fn with_request_id(mut self, request_id: impl Into<String>) -> Self {
        self.inner.request_id = Some(one_line(&request_id.into(), 128).into_owned());
        self
    }

    /// Sets how long to wait before the next call.
    #[must_use]
    pub fn with_retry_after(mut self, retry_after: Duration) -> Self {
        self.inner.retry_after = Some(retry_after);
        self
    }

    /// Sets how many attempts are left.
    #[must_use]
    pub fn with_attempts_left(mut self, attempts_left: u32) -> Self {
        self.inner.attempts_left = Some(attempts_left);
        self
    }

    /// Sets whether the provider may have acted, that is, sent a message or used an attempt.
    #[must_use]
    pub fn with_may_have_acted(mut self, may_have_acted: bool) -> Self {
        self.inner.may_have_acted = may_have_acted;
        self.inner.is_never_sent &= !may_have_acted;
        self
    }

    /// Marks the request as never sent, or as not processed by the server's own word. The provider then cannot have acted.
    #[must_use]
    pub fn with_never_sent(mut self) -> Self {
        self.inner.is_never_sent = true;
        self.inner.may_have_acted = false;
        self
    }

    /// Marks the limit as that of this recipient or challenge at the provider, and not of the account: the same call does not
    /// succeed by being repeated, and says nothing about the provider's health. It is only for the kind
    /// [`ErrorKind::RateLimited`].
    #[must_use]
    pub fn with_recipient_limit(mut self) -> Self {
        self.inner.is_recipient_limit = true;
        self
    }

    /// Sets the HTTP status of the vendor's response.
    #[must_use]
    pub fn with_vendor_status(mut self, vendor_status: u16) -> Self {
        self.inner.vendor_status = Some(vendor_status);
        self
    }

    /// Sets the vendor's own message. Neither `Display` nor `Debug` shows it.
    #[must_use]
    pub fn with_vendor_message(mut self, vendor_message: impl Into<Secret>) -> Self {
        self.inner.vendor_message = Some(vendor_message.into());
        self
    }

    /// Sets why no connection was made.
    #[must_use]
    pub fn with_connection_failure(mut self, connection_failure: ConnectionFailure) -> Self {
        self.inner.connection_failure = Some(connection_failure);
        self
    }

    /// Sets the message, one line of at most 512 characters. It must contain no secret.
    #[must_use]
    pub fn with_message(mut self, message: impl Into<String>) -> Self {
        self.inner.message = Some(one_line(&message.into(), 512).into_owned());
        self
    }

    /// Sets the source. Neither its message nor those of its own sources may contain a secret.
    #[must_use]
    pub fn with_source(mut self, source: impl StdError + Send + Sync + 'static) -> Self {
        self.inner.source = Some(Box::new(source));
        self
    }

    /// The kind, which says what to do now.
    pub fn kind(&self) -> ErrorKind {
        self.inner.kind
    }

    /// The message, as `Display` shows it after the kind.
    pub(crate) fn message(&self) -> Option<&str> {
        self.inner.message.as_deref()
    }

    /// Name of the provider's instance.
    pub fn provider(&self) -> Option<&str> {
        self.inner.provider.as_deref()
    }

    /// The operation that failed.
    pub fn operation(&self) -> Option<Operation> {
        self.inner.operation
    }

    /// The field of the request that is invalid, not supported or not allowed, such as `recipient.phone` or `code`.
    ///
    /// It has the name of the field in [`CreateRequest`](crate::CreateRequest) or [`VerifyRequest`](crate::VerifyRequest),
    /// or of the constructor's parameter. None if the error is about no field, or if a vendor does not say which.
    pub fn field(&self) -> Option<&str> {
        self.inner.field.as_deref()
    }

    /// Why the provider declined. None for every other kind than [`ErrorKind::ProviderDeclined`].
    pub fn decline_reason(&self) -> Option<DeclineReason> {
        let is_declined = self.kind() == ErrorKind::ProviderDeclined;
        is_declined.then(|| self.inner.decline_reason.unwrap_or(DeclineReason::Other))
    }

    /// The vendor's own code, as its documentation lists it.
    pub fn vendor_code(&self) -> Option<&str> {
        self.inner.vendor_code.as_deref()
    }

    /// The vendor's id of the call, worth quoting to its support.
    pub fn request_id(&self) -> Option<&str> {
        self.inner.request_id.as_deref()
    }

    /// How long to wait before the next call, if the provider or the guard reported it.
    pub fn retry_after(&self) -> Option<Duration> {
        self.inner.retry_after
    }

    /// How many attempts are left, if the provider or the guard reported it.
    pub fn attempts_left(&self) -> Option<u32> {
        self.inner.attempts_left
    }

    /// The HTTP status of the vendor's response, if there was one.
    pub fn vendor_status(&self) -> Option<u16> {
        self.inner.vendor_status
    }

    /// The vendor's own message. It may repeat the number or the code that was sent, so it is a secret: do not log it.
    pub fn vendor_message(&self) -> Option<&Secret> {
        self.inner.vendor_message.as_ref()
    }

    /// Why no connection was made: the name was not found, TLS refused a certificate, and so on.
    pub fn connection_failure(&self) -> Option<ConnectionFailure> {
        self.inner.connection_failure
    }

    /// Whether a message may have been sent (create), or an attempt may have been used (verify).
    ///
    /// It is false only if one of these is certain:
    ///
    /// - The request was [never sent](Self::is_never_sent).
    /// - The response was a 401, which says that the request was not applied.
    /// - The vendor refused the request in its own error format, with a status that it documents for this operation and
    ///   that it sends before it acts.
    ///
    /// It is true after a timeout, a closed connection, a response that cannot be read, and an error page of a gateway.
    ///
    /// Such a verify stays unknown. The status of the challenge does not settle it: `Verified` tells that *a* code was accepted,
    /// not *this* one. Tell the user that the code could not be checked, and to ask for a new one.
    pub fn may_have_acted(&self) -> bool {
        self.inner.may_have_acted
    }

    /// Whether the request was never sent: it was refused locally, or no connection was made. A request that the server did
    /// not process, by the rules of HTTP/2 (REFUSED_STREAM, or GOAWAY), counts as never sent.
    pub fn is_never_sent(&self) -> bool {
        self.inner.is_never_sent
    }

    /// Whether the limit is that of this recipient or challenge at the provider: so many messages, or one challenge at a time.
    /// Another call does not help; another provider may.
    pub fn is_recipient_limit(&self) -> bool {
        self.kind() == ErrorKind::RateLimited && self.inner.is_recipient_limit
    }

    /// Whether the same call may succeed later: the provider is down, slow, or limits calls.
    pub fn is_transient(&self) -> bool {
        match self.kind() {
            ErrorKind::RateLimited => !self.is_recipient_limit(),
            ErrorKind::Unavailable | ErrorKind::TimedOut | ErrorKind::StoreUnavailable => true,
            _ => false,
        }
    }

    /// Whether the same call may be repeated, at this provider or at another, without a second message or a second
    /// attempt.
    ///
    /// Cancel and status always may. Create and verify may only if the provider cannot have acted.
    pub fn is_safe_to_repeat(&self) -> bool {
        match self.operation() {
            Some(Operation::Cancel | Operation::Status) => true,
            Some(Operation::Create | Operation::Verify) | None => !self.may_have_acted(),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner { kind, provider, operation, vendor_code, message, .. } = &*self.inner;
        if let Some(provider) = provider {
            write!(formatter, "{provider}: ")?;
        }
        if let Some(operation) = operation {
            write!(formatter, "{operation}: ")?;
        }
        formatter.write_str(kind.as_str())?;
        if let Some(reason) = self.decline_reason().filter(|reason| *reason != DeclineReason::Other) {
            write!(formatter, ", {reason}")?;
        }
        if let Some(vendor_code) = vendor_code {
            write!(formatter, " (vendor code {vendor_code})")?;
        }
        if let Some(message) = message {
            write!(formatter, ": {message}")?;
        }
        if let Some(wait) = self.retry_after() {
            // Rounded up: a caller that waits for the printed time must not come too early.
            write!(formatter, "; retry after {} s", wait.as_millis().div_ceil(1000))?;
        }
        // A rejection already says that an attempt was used.
        if self.is_safe_to_repeat() || matches!(self.kind(), ErrorKind::Rejected(_)) {
            return Ok(());
        }
        formatter.write_str(match operation {
            Some(Operation::Create) => "; a message may have been sent",
            Some(Operation::Verify) => {
                "; the code could not be checked, and an attempt may have been used: ask for a new code"
            }
            _ => "; the provider may have acted",
        })
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner { kind, provider, operation, vendor_code, request_id, message, source, .. } = &*self.inner;
        let mut fields = formatter.debug_struct("Error");
        fields.field("kind", kind).field("provider", provider).field("operation", operation);
        fields.field("field", &self.inner.field).field("decline_reason", &self.decline_reason());
        fields.field("vendor_code", vendor_code).field("request_id", request_id);
        fields
            .field("retry_after", &self.inner.retry_after)
            .field("attempts_left", &self.inner.attempts_left);
        fields
            .field("may_have_acted", &self.inner.may_have_acted)
            .field("vendor_status", &self.inner.vendor_status)
            .field("connection_failure", &self.inner.connection_failure)
            .field("message", message)
            .field("source", source);
        fields.finish()
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.inner.source.as_deref().map(|source| source as &(dyn StdError + 'static))
    }
}
