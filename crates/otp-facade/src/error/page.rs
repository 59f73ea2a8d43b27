//! From an error to a page: what an application answers, who has to act, and how to log it.

use serde::{Deserialize, Serialize};

use super::text::TextKey;
use super::{DeclineReason, Error, ErrorKind, Operation, Rejection};

/// Who has to act after an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Audience {
    /// The person who logs in: another code, another number, or a pause.
    Person,
    /// Whoever runs the application: an account, a credential, a setting, a server.
    Operator,
    /// Whoever writes the application: the request can never succeed.
    Developer,
}

impl Audience {
    /// A stable name: `person`, `operator`, `developer`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Operator => "operator",
            Self::Developer => "developer",
        }
    }
}

/// How important an error is in a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum LogLevel {
    /// Everyday life: a typing error, an expired code.
    Info,
    /// It may pass by itself. Many of them need a look.
    Warn,
    /// It stays until somebody acts.
    Error,
}

impl LogLevel {
    /// A stable name: `info`, `warn`, `error`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warn => "warn",
            Self::Error => "error",
        }
    }
}

/// A row of the table in `docs/errors.md`.
struct Page {
    status: u16,
    audience: Audience,
    log_level: LogLevel,
    text: TextKey,
}

impl Page {
    fn person(status: u16, text: TextKey) -> Self {
        Self { status, audience: Audience::Person, log_level: LogLevel::Info, text }
    }

    fn operator(status: u16, log_level: LogLevel, text: TextKey) -> Self {
        Self { status, audience: Audience::Operator, log_level, text }
    }

    fn developer(status: u16, text: TextKey) -> Self {
        Self { status, audience: Audience::Developer, log_level: LogLevel::Error, text }
    }
}

impl Error {
    /// The HTTP status that the application should answer with. [`errors_guide`](crate::errors_guide) has the table.
    ///
    /// It is never the vendor's: a 401 of a vendor is about the application's credential, and not about the person's.
    pub fn response_status(&self) -> u16 {
        self.page().status
    }

    /// Who has to act.
    pub fn audience(&self) -> Audience {
        self.page().audience
    }

    /// How important the error is in a log.
    pub fn log_level(&self) -> LogLevel {
        self.page().log_level
    }

    /// The key of the text for the person, to look up a translation.
    pub fn text_key(&self) -> TextKey {
        self.page().text
    }

    fn page(&self) -> Page {
        let fault = self.fault();
        match self.kind() {
            ErrorKind::InvalidRequest => self.invalid_request(),
            ErrorKind::Unsupported => Page::developer(500, fault),
            ErrorKind::Unauthorized | ErrorKind::StoreUnavailable => {
                Page::operator(503, LogLevel::Error, fault)
            }
            ErrorKind::NotFound => match self.operation() {
                // Not a challenge, but what the configuration names: a service, an account, a path.
                Some(Operation::Create) => Page::operator(503, LogLevel::Error, fault),
                _ => self.no_challenge(),
            },
            ErrorKind::Rejected(rejection) => self.rejected(rejection),
            ErrorKind::ProviderDeclined => self.declined(),
            ErrorKind::CountryNotAllowed => Page::person(422, TextKey::CountryNotAllowed),
            ErrorKind::RateLimited => self.rate_limited(),
            // A gateway's status for what is not known, 503 for what may be repeated.
            ErrorKind::Unavailable if self.is_safe_to_repeat() => Page::operator(503, LogLevel::Warn, fault),
            ErrorKind::Unavailable => Page::operator(502, LogLevel::Warn, fault),
            ErrorKind::TimedOut if self.is_safe_to_repeat() => Page::operator(503, LogLevel::Warn, fault),
            ErrorKind::TimedOut => Page::operator(504, LogLevel::Warn, fault),
            ErrorKind::UnexpectedResponse => Page::operator(502, LogLevel::Error, fault),
        }
    }

    /// The text for a fault that the person cannot mend. What may have happened decides what the person does now.
    fn fault(&self) -> TextKey {
        match (self.operation(), self.may_have_acted()) {
            (Some(Operation::Create), false) => TextKey::CannotSend,
            (Some(Operation::Create), true) => TextKey::MessageMayHaveBeenSent,
            (Some(Operation::Verify), false) => TextKey::CannotCheck,
            (Some(Operation::Verify), true) => TextKey::CodeNotChecked,
            (Some(Operation::Cancel | Operation::Status) | None, _) => TextKey::Unavailable,
        }
    }

    fn invalid_request(&self) -> Page {
        match self.field() {
            // What a person types.
            Some("recipient.phone") => Page::person(422, TextKey::InvalidPhone),
            Some("code") => Page::person(422, TextKey::InvalidCode),
            Some("iban" | "amount" | "security") => Page::person(422, TextKey::InvalidInput),
            // The person can go on with a new code. Why the id is wrong, the developer has to find out.
            Some("id") => {
                Page { audience: Audience::Developer, log_level: LogLevel::Error, ..self.no_challenge() }
            }
            _ => Page::developer(500, self.fault()),
        }
    }

    /// There is no such challenge.
    fn no_challenge(&self) -> Page {
        match self.operation() {
            Some(Operation::Cancel) => Page::person(409, TextKey::NothingToCancel),
            Some(Operation::Status) => Page::person(404, TextKey::CodeNotValid),
            Some(Operation::Create | Operation::Verify) | None => Page::person(422, TextKey::CodeNotValid),
        }
    }

    fn rejected(&self, rejection: Rejection) -> Page {
        let text = match (rejection, self.attempts_left()) {
            (Rejection::LockedOut, _) => {
                return Page { log_level: LogLevel::Warn, ..Page::person(403, TextKey::LockedOut) };
            }
            _ if self.operation() == Some(Operation::Cancel) => {
                return Page::person(409, TextKey::NothingToCancel);
            }
            (Rejection::WrongCode | Rejection::Unspecified, Some(0)) => TextKey::NoAttemptsLeft,
            (Rejection::WrongCode, Some(_)) => TextKey::WrongCodeAttemptsLeft,
            (Rejection::WrongCode, None) => TextKey::WrongCode,
            (Rejection::Unspecified, _) => TextKey::CodeNotAccepted,
            (Rejection::Expired, _) => TextKey::CodeExpired,
            (Rejection::Cancelled, _) => TextKey::CodeCancelled,
            (Rejection::TooManyAttempts, _) => TextKey::TooManyAttempts,
            (Rejection::AlreadyUsed, _) => TextKey::CodeUsed,
            // Somebody else's challenge, or a mistake in the application.
            (Rejection::Mismatch, _) => {
                return Page { log_level: LogLevel::Warn, ..Page::person(422, TextKey::CodeNotValid) };
            }
        };
        Page::person(422, text)
    }

    fn declined(&self) -> Page {
        match self.decline_reason().unwrap_or(DeclineReason::Other) {
            DeclineReason::Unreachable => Page::person(422, TextKey::NumberUnreachable),
            DeclineReason::CountryNotAllowed => Page::person(422, TextKey::CountryNotAllowed),
            // The text says no more than that: a fraudster learns nothing about the provider's rules.
            DeclineReason::SuspectedFraud => {
                Page { log_level: LogLevel::Warn, ..Page::person(422, TextKey::NumberUnreachable) }
            }
            DeclineReason::MethodNotActive => Page::person(422, TextKey::MethodNotActive),
            DeclineReason::OrderNotAllowed => Page::person(422, TextKey::OrderNotAllowed),
            DeclineReason::NotOpen => Page { status: 409, ..self.no_challenge() },
            DeclineReason::OutOfCredit
            | DeclineReason::ChannelNotActive
            | DeclineReason::TemplateNotApproved
            | DeclineReason::Other => Page::operator(503, LogLevel::Error, self.fault()),
        }
    }

    fn rate_limited(&self) -> Page {
        let text = match self.retry_after() {
            Some(_) => TextKey::RateLimitedWait,
            None => TextKey::RateLimited,
        };
        match self.vendor_status().filter(|_| !self.is_recipient_limit()) {
            // The provider limits the account, and not the person.
            Some(_) => Page::operator(429, LogLevel::Warn, text),
            None => Page::person(429, text),
        }
    }
}
