//! What the server remembers of a browser, in its session.

use std::time::SystemTime;

use otp_facade::{Challenge, ChallengeId, Error};
use serde::{Deserialize, Serialize};
use tower_sessions::Session;
use tower_sessions::session::Error as SessionError;

use crate::accounts::Account;

/// Where the visit is in the session.
const KEY: &str = "visit";

/// One browser, from the first form to the logout. The browser itself has only the session's id, in a cookie.
#[derive(Serialize, Deserialize)]
pub(crate) struct Visit {
    /// Stands in every form (CSRF token). Another site can send a form here, but cannot know this.
    pub(crate) token: String,
    /// Makes the idempotency keys of this visit unlike those of all others.
    messages: String,
    /// Number of the next message, which the form carries.
    pub(crate) next_message: u32,
    /// The challenge whose code the person has to type.
    pub(crate) pending: Option<Pending>,
    /// The account, once the person is logged in.
    pub(crate) account: Option<Account>,
}

/// A challenge that waits for its code.
#[derive(Serialize, Deserialize)]
pub(crate) struct Pending {
    /// It never leaves the server. An id from the browser could be that of somebody else's challenge.
    pub(crate) id: ChallengeId,
    /// The number that a right code proves, in E.164 form. It is in the sessions' store, so treat that as personal data.
    pub(crate) phone: String,
    /// Whether it takes a code. One of a form that was sent again later may be used or expired.
    pub(crate) is_open: bool,
    /// When another message is possible.
    resend_at: Option<SystemTime>,
    /// Whether an earlier message may have come whose code is not accepted.
    pub(crate) newest_only: bool,
}

impl Visit {
    /// Reads the visit of this session, or begins one.
    pub(crate) async fn load(session: &Session) -> Result<Self, SessionError> {
        if let Some(visit) = session.get(KEY).await? {
            return Ok(visit);
        }
        let visit =
            Self { token: random(), messages: random(), next_message: 1, pending: None, account: None };
        visit.save(session).await?;
        Ok(visit)
    }

    /// Keeps the visit in this session.
    pub(crate) async fn save(&self, session: &Session) -> Result<(), SessionError> {
        session.insert(KEY, self).await
    }

    /// Turns the visit into that of a person who is logged in.
    pub(crate) async fn log_in(&mut self, account: Account, session: &Session) -> Result<(), SessionError> {
        // With another id. Somebody who has planted a session in this browser, or has seen its id, stays outside.
        session.cycle_id().await?;
        *self = Self {
            token: random(),
            messages: random(),
            next_message: 1,
            pending: None,
            account: Some(account),
        };
        self.save(session).await
    }

    /// The idempotency key of a message. A second click and a reload send the number that the first one sent, and get its
    /// challenge. Only the number is the browser's, so that nobody can use another visit's key.
    pub(crate) fn idempotency_key(&self, message: u32) -> String {
        format!("{}-{message}", self.messages)
    }
}

impl Pending {
    /// The challenge that was started for this number.
    pub(crate) fn new(challenge: &Challenge, phone: &str) -> Self {
        Self {
            id: challenge.id.clone(),
            phone: phone.to_owned(),
            is_open: !challenge.status.is_final(),
            resend_at: challenge.resend_at,
            newest_only: challenge.earlier_message_possible,
        }
    }

    /// The last digits of the number, by which the person knows it again.
    pub(crate) fn last_digits(&self) -> &str {
        self.phone.len().checked_sub(4).and_then(|start| self.phone.get(start..)).unwrap_or_default()
    }

    /// Takes note that another message was asked for, and this error came.
    pub(crate) fn was_not_replaced(&mut self, error: &Error) {
        // If certainly nothing was sent, the code of before is still the newest.
        self.is_open &= error.is_safe_to_repeat();
        if let Some(wait) = error.retry_after() {
            self.resend_at = SystemTime::now().checked_add(wait);
        }
    }

    /// Seconds until another message is possible, rounded up so that nobody asks too early.
    pub(crate) fn resend_seconds(&self) -> u64 {
        let wait = self.resend_at.and_then(|at| at.duration_since(SystemTime::now()).ok());
        wait.map_or(0, |wait| wait.as_millis().div_ceil(1000) as u64)
    }

    /// The same for the person. After the last message of an hour, it is minutes.
    pub(crate) fn resend_wait(&self) -> String {
        match self.resend_seconds() {
            seconds @ 0..=120 => format!("{seconds} s"),
            seconds => format!("{} min", seconds.div_ceil(60)),
        }
    }
}

/// 128 bits that nobody can guess.
fn random() -> String {
    format!("{:032x}", rand::random::<u128>())
}
