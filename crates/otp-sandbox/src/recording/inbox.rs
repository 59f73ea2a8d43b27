//! The inbox: messages that the real services would have sent.

use std::collections::VecDeque;
use std::fmt;

use serde_json::{Value, json};

use crate::Provider;

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

/// The newest messages, up to `capacity`.
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
