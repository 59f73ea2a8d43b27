//! How codes are delivered.

use std::fmt;

use serde::{Deserialize, Serialize};

/// How the code is delivered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Channel {
    /// As a text message.
    Sms,
    /// As a question on another device, which the user answers there. There is no code to verify.
    Push,
    /// From an authenticator app (RFC 6238). Nothing is sent.
    Totp,
    /// By the caller: the code comes back in [`Challenge::code`](crate::Challenge::code).
    ReturnedToCaller,
    /// From a photoTAN device that scans [`Challenge::image`](crate::Challenge::image).
    PhotoTan,
}

impl Channel {
    /// A stable name, such as `sms`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sms => "sms",
            Self::Push => "push",
            Self::Totp => "totp",
            Self::ReturnedToCaller => "returned_to_caller",
            Self::PhotoTan => "photo_tan",
        }
    }
}

impl Channel {
    /// Whether what the user needs comes back to the caller, and is not sent.
    pub(crate) fn is_returned(self) -> bool {
        matches!(self, Self::ReturnedToCaller | Self::PhotoTan)
    }
}

impl fmt::Display for Channel {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}
