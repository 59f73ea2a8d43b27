//! Messages that would have gone out.

use std::collections::VecDeque;
use std::fmt;

use serde_json::{Value, json};

use crate::Provider;

/// A message that the real service would have sent to a person, or that an app would have shown.
///
/// `Debug` shows the code on purpose: a test that fails needs it, and nobody was sent it. Of an image it shows
/// the size.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Message {
    /// Who sent it.
    pub provider: Provider,
    /// Whom it went to: a phone number, or at Agilicus the user's id.
    pub to: String,
    /// By what way: `sms`, `photo` (the app behind a photoTAN image), `push`, `app` (an authenticator),
    /// `code` (handed to the caller, who passes it on), `link`.
    pub channel: &'static str,
    /// The text as a person would read it, with the code in it.
    pub text: String,
    /// The code alone.
    pub code: String,
    /// Id of the challenge that the code answers, or of the app's enrollment that it completes. Equinix Metal
    /// has no ids.
    pub challenge: Option<String>,
    /// The photoTAN image (PNG) that led to this code.
    pub image: Option<Vec<u8>>,
}

impl Message {
    /// A code of the same length and the same alphabet that is not the right one.
    #[must_use]
    pub fn wrong_code(&self) -> String {
        let mut wrong = self.code.clone();
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

    pub(crate) fn to_json(&self) -> Value {
        json!({
            "provider": self.provider.slug(),
            "to": self.to,
            "channel": self.channel,
            "text": self.text,
            "code": self.code,
            "challenge": self.challenge,
            "image": self.image.as_deref().map(|png| data_encoding::BASE64.encode(png)),
        })
    }
}

impl fmt::Debug for Message {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { provider, to, channel, text, code, challenge, image } = self;
        formatter
            .debug_struct("Message")
            .field("provider", provider)
            .field("to", to)
            .field("channel", channel)
            .field("text", text)
            .field("code", code)
            .field("challenge", challenge)
            .field("image_bytes", &image.as_ref().map(Vec::len))
            .finish()
    }
}

/// The newest messages; the oldest give way.
#[derive(Debug)]
pub(crate) struct Inbox {
    messages: VecDeque<Message>,
    capacity: usize,
}

impl Inbox {
    pub(crate) const fn new(capacity: usize) -> Self {
        Self { messages: VecDeque::new(), capacity }
    }

    pub(crate) fn receive(&mut self, messages: Vec<Message>) {
        self.messages.extend(messages);
        while self.messages.len() > self.capacity {
            self.messages.pop_front();
        }
    }

    pub(crate) fn all(&self) -> Vec<Message> {
        self.messages.iter().cloned().collect()
    }

    pub(crate) fn last(&self, provider: Provider) -> Option<Message> {
        self.messages.iter().rev().find(|message| message.provider == provider).cloned()
    }

    pub(crate) fn clear(&mut self) {
        self.messages.clear();
    }
}
