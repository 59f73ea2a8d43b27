//! The expected error, and how an error differs from it.

use std::error::Error as _;
use std::fmt::Debug;
use std::time::Duration;

use otp_facade::{DeclineReason, Error, ErrorKind, Operation};
use otp_sandbox::Provider;

use super::{CODE, CREDENTIAL, Call, PHONE};

/// In every text of every response here: what a provider says in words is for nobody's log.
pub const WORDS: &str = "in words";

/// Everything that the error must report.
#[derive(Clone, Debug, PartialEq)]
pub struct Expected {
    /// The kind.
    pub kind: ErrorKind,
    /// Whether the provider may have acted.
    pub may_have_acted: bool,
    /// The vendor's own code.
    pub vendor_code: Option<String>,
    /// The vendor's id of the call.
    pub request_id: Option<String>,
    /// The time to wait.
    pub retry_after: Option<Duration>,
    /// Whether the limit is that of the recipient.
    pub is_recipient_limit: bool,
    /// Why the provider declined. It is not compared if there is none here.
    pub decline_reason: Option<DeclineReason>,
}

impl Expected {
    /// A refusal that comes before acting.
    pub fn refused(kind: ErrorKind) -> Self {
        let (vendor_code, request_id, retry_after, decline_reason) = (None, None, None, None);
        let (may_have_acted, is_recipient_limit) = (false, false);
        Self {
            kind,
            may_have_acted,
            vendor_code,
            request_id,
            retry_after,
            is_recipient_limit,
            decline_reason,
        }
    }

    /// A response after which a message may have been sent, or an attempt used.
    pub fn perhaps(kind: ErrorKind) -> Self {
        Self { may_have_acted: true, ..Self::refused(kind) }
    }

    /// A limit of the recipient, which another call does not mend.
    pub fn recipient_limit() -> Self {
        Self { is_recipient_limit: true, ..Self::refused(ErrorKind::RateLimited) }
    }

    /// A refusal for this reason.
    pub fn declined(reason: DeclineReason) -> Self {
        Self { decline_reason: Some(reason), ..Self::refused(ErrorKind::ProviderDeclined) }
    }

    /// Sets the vendor's code.
    #[must_use]
    pub fn code(self, vendor_code: impl ToString) -> Self {
        Self { vendor_code: Some(vendor_code.to_string()), ..self }
    }

    /// Sets the vendor's id of the call.
    #[must_use]
    pub fn request_id(self, request_id: &str) -> Self {
        Self { request_id: Some(request_id.to_owned()), ..self }
    }

    /// Sets the time to wait.
    #[must_use]
    pub fn retry_after(self, retry_after: Duration) -> Self {
        Self { retry_after: Some(retry_after), ..self }
    }

    /// Empty if the error is the expected one.
    pub fn differences(&self, vendor: Provider, call: Call, error: &Error) -> Vec<String> {
        let mut found = Vec::new();
        let operation = call.operation();
        let is_transient =
            matches!(self.kind, ErrorKind::RateLimited | ErrorKind::Unavailable | ErrorKind::TimedOut)
                && !self.is_recipient_limit;
        let is_safe = matches!(operation, Operation::Cancel | Operation::Status) || !self.may_have_acted;
        differ(&mut found, "kind", error.kind(), self.kind);
        differ(&mut found, "may_have_acted", error.may_have_acted(), self.may_have_acted);
        differ(&mut found, "is_transient", error.is_transient(), is_transient);
        differ(&mut found, "is_safe_to_repeat", error.is_safe_to_repeat(), is_safe);
        differ(&mut found, "is_recipient_limit", error.is_recipient_limit(), self.is_recipient_limit);
        if self.decline_reason.is_some() {
            differ(&mut found, "decline_reason", error.decline_reason(), self.decline_reason);
        }
        differ(&mut found, "vendor_code", error.vendor_code(), self.vendor_code.as_deref());
        differ(&mut found, "request_id", error.request_id(), self.request_id.as_deref());
        differ(&mut found, "retry_after", error.retry_after(), self.retry_after);
        differ(&mut found, "provider", error.provider(), Some(vendor.slug()));
        differ(&mut found, "operation", error.operation(), Some(operation));
        found.extend(betrayed(error));
        found
    }
}

/// The texts of an error that show what they must not, or fill more than a line.
fn betrayed(error: &Error) -> Vec<String> {
    let mut texts = vec![error.to_string(), format!("{error:?}")];
    let mut source = error.source();
    while let Some(cause) = source {
        texts.push(cause.to_string());
        source = cause.source();
    }
    let secrets = [WORDS, CODE, CREDENTIAL, PHONE, "127.0.0.1"];
    texts.retain(|text| text.contains('\n') || secrets.iter().any(|secret| text.contains(secret)));
    texts
}

fn differ<T: PartialEq + Debug>(found: &mut Vec<String>, what: &str, got: T, expected: T) {
    if got != expected {
        found.push(format!("{what}: got {got:?}, expected {expected:?}"));
    }
}
