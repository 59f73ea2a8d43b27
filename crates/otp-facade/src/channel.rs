//! How codes are delivered.

use std::fmt;

use serde::{Deserialize, Serialize};

/// How the code is delivered.
///
/// A challenge has one channel, and there is no fallback to another within it. Start another challenge over the other channel:
/// where each create is a [resend](crate::Capabilities::resends), it is the same code again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Channel {
    /// As a text message.
    Sms,
    /// In a phone call, read aloud.
    Call,
    /// As a message by WhatsApp.
    #[serde(rename = "whatsapp")]
    WhatsApp,
    /// As a message by RCS.
    Rcs,
    /// By e-mail.
    Email,
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
    /// All channels.
    pub const ALL: &'static [Self] = &[
        Self::Sms,
        Self::Call,
        Self::WhatsApp,
        Self::Rcs,
        Self::Email,
        Self::Push,
        Self::Totp,
        Self::ReturnedToCaller,
        Self::PhotoTan,
    ];

    /// A stable name, such as `sms`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sms => "sms",
            Self::Call => "call",
            Self::WhatsApp => "whatsapp",
            Self::Rcs => "rcs",
            Self::Email => "email",
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
