//! A message in the inbox.

use std::fmt;
use std::time::SystemTime;

use serde_json::{Value, json};

use crate::Provider;
use crate::clock::Time;

/// A message that the real service would have sent to a person, or that an app would have shown.
///
/// `Debug` shows the code on purpose: a failing test needs it, and it was sent to nobody. An image appears as its
/// size only.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Message {
    /// The provider that sent it.
    pub provider: Provider,
    /// The recipient: a phone number, or the user's id at Agilicus.
    pub to: String,
    /// How it was delivered: `sms`, `photo` (the app that reads a photoTAN image), `push`, `app` (an
    /// authenticator), `code` (returned to the caller, who passes it on), `link`.
    pub channel: &'static str,
    /// The message as a person would read it, with the code in it.
    pub text: String,
    /// The code alone.
    pub code: String,
    /// Id of the challenge that the code answers, or of the app enrollment that it completes. `None` at Equinix
    /// Metal, which has no ids.
    pub challenge: Option<String>,
    /// The photoTAN image (PNG) from which the app would read this code.
    pub image: Option<Vec<u8>>,
    /// When it was sent, by the sandbox's clock.
    pub sent: SystemTime,
}

impl Message {
    /// A wrong code with the same length and alphabet.
    #[must_use]
    pub fn wrong_code(&self) -> String {
        let mut wrong = self.code.clone();
        // The next character of the same range, so that only the value is wrong and not the form.
        let last = wrong.pop();
        wrong.push(match last {
            Some('9') => '0',
            Some('Z') => 'A',
            Some('z') => 'a',
            Some(other) => char::from_u32(u32::from(other) + 1).unwrap_or('0'),
            None => '0',
        });
        wrong
    }

    /// Whether it went to this recipient, however a phone number is spelled.
    pub(crate) fn is_to(&self, recipient: &str) -> bool {
        let wanted = recipient.trim();
        self.to == wanted || canonical_phone(wanted).is_some_and(|wanted| self.to == wanted)
    }

    pub(crate) fn to_json(&self) -> Value {
        json!({
            "provider": self.provider.slug(),
            "to": self.to,
            "channel": self.channel,
            "text": self.text,
            "code": self.code,
            "wrong_code": self.wrong_code(),
            "challenge": self.challenge,
            "image": self.image.as_deref().map(|png| data_encoding::BASE64.encode(png)),
            "time": Time::from(self.sent).to_rfc3339(),
        })
    }
}

/// `+` and digits, from an international number with separators, or with `00` in place of `+`.
fn canonical_phone(spelled: &str) -> Option<String> {
    let compact: String =
        spelled.chars().filter(|c| !c.is_whitespace() && !"-().\u{2011}/".contains(*c)).collect();
    let digits = compact.strip_prefix('+').or_else(|| compact.strip_prefix("00"))?;
    digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| format!("+{digits}"))
}

impl fmt::Debug for Message {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { provider, to, channel, text, code, challenge, image, sent } = self;
        formatter
            .debug_struct("Message")
            .field("provider", provider)
            .field("to", to)
            .field("channel", channel)
            .field("text", text)
            .field("code", code)
            .field("challenge", challenge)
            .field("image_bytes", &image.as_ref().map(Vec::len))
            .field("sent", &Time::from(*sent).to_rfc3339())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::canonical_phone;

    #[test]
    fn a_number_is_the_same_however_it_is_spelled() {
        for spelled in [
            "+4915112345678",
            " +49 151 1234-5678 ",
            "+49 (151) 1234.5678",
            "004915112345678",
            "+49/151/12345678",
        ] {
            assert_eq!(canonical_phone(spelled).as_deref(), Some("+4915112345678"), "{spelled}");
        }
        for other in ["user-7", "0151 1234", "+49x", ""] {
            assert_eq!(canonical_phone(other), None, "{other}");
        }
    }
}
