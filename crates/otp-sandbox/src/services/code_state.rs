//! What became of a code that a service sent.

use crate::clock::Time;

/// State of the code in a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct CodeState {
    pub(crate) status: CodeStatus,
    pub(crate) expires: Time,
    /// `None` where attempts are not counted.
    pub(crate) attempts_left: Option<u32>,
    /// Whether the user can approve, decline or fail it on another device.
    pub(crate) answerable: bool,
}

impl CodeState {
    /// The challenge was deleted, and the service knows nothing more of it.
    pub(crate) const fn deleted(now: Time) -> Self {
        Self { status: CodeStatus::Cancelled, expires: now, attempts_left: None, answerable: false }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CodeStatus {
    Pending,
    Verified,
    Expired,
    Cancelled,
    Exhausted,
    Declined,
    Failed,
    /// A newer message has the code that is valid now.
    Replaced,
}

impl CodeStatus {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Verified => "verified",
            Self::Expired => "expired",
            Self::Cancelled => "cancelled",
            Self::Exhausted => "exhausted",
            Self::Declined => "declined",
            Self::Failed => "failed",
            Self::Replaced => "replaced",
        }
    }

    pub(crate) const fn is_final(self) -> bool {
        !matches!(self, Self::Pending)
    }

    /// The state of an open code: out of attempts, expired or pending.
    pub(crate) fn of_open(attempts_left: u32, expires: Time, now: Time) -> Self {
        if attempts_left == 0 {
            Self::Exhausted
        } else if expires <= now {
            Self::Expired
        } else {
            Self::Pending
        }
    }
}
