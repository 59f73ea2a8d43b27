//! `GET /__sandbox/events`: what changes, as server-sent events.
//!
//! Each event is a `changes` with messages and requests that are new or different, and the settings if they differ. Its
//! id is the revision up to which it is complete. A browser that reconnects sends the last id, and gets what it missed.

use std::sync::{Arc, Weak};
use std::time::Duration;

use bytes::Bytes;
use serde_json::{Value, json};
use tokio::sync::{mpsc, watch};

use super::{settings, with_headers};
use crate::fault::ResponsePlan;
use crate::http::{Request, Response};
use crate::state::SharedState;

/// Messages or requests in one event.
const CHUNK: usize = 500;
/// Changes within this time go out together.
const GATHER: Duration = Duration::from_millis(20);
/// A comment is sent after this time without a change. It shows that a client is gone.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

pub(super) fn stream(state: &Arc<SharedState>, request: &Request) -> ResponsePlan {
    let (sender, receiver) = mpsc::channel(4);
    let reader = Reader::new(state.epoch, request.header("last-event-id"));
    tokio::spawn(reader.run(Arc::downgrade(state), state.revisions.subscribe(), sender));
    let head = Response::empty(200).with("content-type", "text/event-stream");
    ResponsePlan::Events(with_headers(head), receiver)
}

/// What one client knows.
#[derive(Debug)]
struct Reader {
    epoch: u64,
    revision: u64,
    /// The numbers of the oldest message and request that are kept.
    first: (u64, u64),
    settings: Value,
}

impl Reader {
    fn new(epoch: u64, last_event_id: Option<&str>) -> Self {
        let known = last_event_id.and_then(|id| id.split_once('-'));
        // The id of another sandbox says nothing about this one.
        let known = known.filter(|(other, _)| *other == format!("{epoch:x}"));
        let revision = known.and_then(|(_, revision)| revision.parse().ok()).unwrap_or(0);
        Self { epoch, revision, first: (0, 0), settings: Value::Null }
    }

    async fn run(
        mut self,
        state: Weak<SharedState>,
        mut revisions: watch::Receiver<u64>,
        sender: mpsc::Sender<Bytes>,
    ) {
        // A browser waits this long before it connects again.
        let mut is_connected = sender.send(Bytes::from_static(b"retry: 1000\n\n")).await.is_ok();
        while is_connected {
            revisions.borrow_and_update();
            let events = match state.upgrade() {
                Some(state) => self.events(&state),
                None => return,
            };
            for event in events {
                if sender.send(event).await.is_err() {
                    return;
                }
            }
            match tokio::time::timeout(KEEP_ALIVE, revisions.changed()).await {
                Ok(Ok(())) => tokio::time::sleep(GATHER).await,
                Ok(Err(_)) => return,
                Err(_) => is_connected = sender.send(Bytes::from_static(b":\n\n")).await.is_ok(),
            }
        }
    }

    /// The events for everything that this client does not know, newest first.
    fn events(&mut self, state: &SharedState) -> Vec<Bytes> {
        let inbox = state.refreshed_inbox();
        // Read before the journal is locked and after the inbox is: a change with this number or a lower one is
        // then in what is read below.
        let revision = state.revisions.current();
        let is_new = |changed: u64| changed > self.revision;
        let messages: Vec<Value> = inbox
            .entries()
            .rev()
            .filter(|entry| is_new(entry.revision))
            .map(|entry| entry.to_json())
            .collect();
        let first_message = inbox.first_number();
        drop(inbox);
        let journal = state.journal();
        let requests: Vec<Value> = journal
            .entries()
            .rev()
            .filter(|entry| is_new(entry.revision))
            .map(|entry| entry.to_json())
            .collect();
        let first = (first_message, journal.first_number());
        drop(journal);
        let settings = settings::all(state);
        let has_news =
            !messages.is_empty() || !requests.is_empty() || first != self.first || settings != self.settings;
        let chunks = messages.len().max(requests.len()).div_ceil(CHUNK).max(usize::from(has_news));
        let mut events = Vec::with_capacity(chunks);
        for index in 0..chunks {
            let mut data = json!({
                "epoch": format!("{:x}", self.epoch),
                "now": state.clock.now().0,
                "first_message": first.0,
                "first_request": first.1,
                "messages": chunk(&messages, index),
                "requests": chunk(&requests, index),
            });
            if index == 0 && settings != self.settings {
                data["settings"] = settings.clone();
            }
            // Only the last one has the id: a client that is cut off before it asks again for the whole.
            let id = match index + 1 == chunks {
                true => format!("id: {:x}-{revision}\n", self.epoch),
                false => String::new(),
            };
            events.push(format!("event: changes\n{id}data: {data}\n\n").into());
        }
        (self.revision, self.first, self.settings) = (revision, first, settings);
        events
    }
}

fn chunk(all: &[Value], index: usize) -> &[Value] {
    all.chunks(CHUNK).nth(index).unwrap_or_default()
}
