//! The inbox: messages that the real services would have sent.

use std::collections::{HashMap, VecDeque};

use serde_json::{Value, json};

use super::message::Message;
use super::revisions::Revisions;
use crate::Provider;
use crate::clock::Time;
use crate::services::{CodeState, CodeStatus};

/// The newest messages, up to `capacity`.
#[derive(Debug)]
pub(crate) struct Inbox {
    entries: VecDeque<Entry>,
    /// Newest message of each challenge, by number.
    by_challenge: HashMap<String, u64>,
    /// How many messages ever arrived, which is the number of the newest one.
    received: u64,
    capacity: usize,
    revisions: Revisions,
}

/// A message with what became of its code.
#[derive(Debug)]
pub(crate) struct Entry {
    /// Counts from 1 and is never used again.
    pub(crate) number: u64,
    pub(crate) revision: u64,
    pub(crate) message: Message,
    /// `None` if the service has no challenge for this message.
    pub(crate) code: Option<CodeState>,
}

impl Inbox {
    pub(crate) fn new(capacity: usize, revisions: Revisions) -> Self {
        Self { entries: VecDeque::new(), by_challenge: HashMap::new(), received: 0, capacity, revisions }
    }

    pub(crate) fn receive(&mut self, messages: Vec<Message>) {
        for message in messages {
            self.received += 1;
            let revision = self.revisions.next();
            if let Some(challenge) = &message.challenge {
                self.by_challenge.insert(challenge.clone(), self.received);
            }
            self.entries.push_back(Entry { number: self.received, revision, message, code: None });
        }
        while self.entries.len() > self.capacity {
            self.remove_oldest();
        }
    }

    fn remove_oldest(&mut self) {
        let Some(Entry { number, message, .. }) = self.entries.pop_front() else { return };
        if let Some(challenge) = message.challenge
            && self.by_challenge.get(&challenge) == Some(&number)
        {
            self.by_challenge.remove(&challenge);
        }
    }

    /// Whether a message of this challenge is in the inbox.
    pub(crate) fn knows(&self, challenge: &str) -> bool {
        self.by_challenge.contains_key(challenge)
    }

    /// Reads again what became of the codes. A final state is not asked for twice.
    pub(crate) fn refresh(&mut self, state_of: impl Fn(&Message) -> Option<CodeState>) {
        for entry in &mut self.entries {
            if entry.code.is_some_and(|code| code.status.is_final()) {
                continue;
            }
            let code = state_of(&entry.message);
            if code != entry.code {
                entry.code = code;
                entry.revision = self.revisions.next();
            }
        }
    }

    /// The earliest expiry of a code that is still good.
    pub(crate) fn next_expiry(&self) -> Option<Time> {
        let codes = self.entries.iter().filter_map(|entry| entry.code);
        codes.filter(|code| code.status == CodeStatus::Pending).map(|code| code.expires).min()
    }

    pub(crate) fn entries(&self) -> impl DoubleEndedIterator<Item = &Entry> {
        self.entries.iter()
    }

    /// The number of the oldest message that is kept, or of the next one.
    pub(crate) fn first_number(&self) -> u64 {
        self.entries.front().map_or(self.received + 1, |entry| entry.number)
    }

    pub(crate) fn all(&self) -> Vec<Message> {
        self.entries.iter().map(|entry| entry.message.clone()).collect()
    }

    pub(crate) fn last(&self, provider: Provider) -> Option<Message> {
        let mut newest_first = self.entries.iter().rev().map(|entry| &entry.message);
        newest_first.find(|message| message.provider == provider).cloned()
    }

    pub(crate) fn last_to(&self, recipient: &str) -> Option<Message> {
        let mut newest_first = self.entries.iter().rev().map(|entry| &entry.message);
        newest_first.find(|message| message.is_to(recipient)).cloned()
    }

    pub(crate) fn clear(&mut self) {
        self.entries.clear();
        self.by_challenge.clear();
        self.revisions.next();
    }
}

impl Entry {
    pub(crate) fn to_json(&self) -> Value {
        let mut json = self.message.to_json();
        let code = self.code;
        json["number"] = json!(self.number);
        json["state"] = json!(code.map(|code| code.status.as_str()));
        json["expires"] = json!(code.map(|code| code.expires.to_rfc3339()));
        json["attempts_left"] = json!(code.and_then(|code| code.attempts_left));
        // By `POST /__sandbox/challenges/{id}`.
        json["answerable"] = json!(code.is_some_and(|code| code.answerable));
        json
    }
}
