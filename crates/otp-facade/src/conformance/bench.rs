//! A provider under test, and what the cases do with it again and again.

use std::time::Duration;

use async_trait::async_trait;

use super::Finding;
use crate::challenge::{Challenge, ChallengeId, Verified};
use crate::error::{Error, ErrorKind, Result};
use crate::provider::OtpProvider;
use crate::request::{CreateRequest, VerifyRequest};
use crate::secret::Code;

/// A fresh provider with nothing but itself, and what the trait does not tell of it.
#[async_trait]
pub trait Bench: Send + Sync {
    /// The provider.
    fn provider(&self) -> &dyn OtpProvider;

    /// A request that it can honour, with a recipient that has phone number and user id.
    fn request(&self) -> CreateRequest;

    /// The code that a user would read for this challenge, the newest one.
    async fn code(&self, challenge: &Challenge) -> Option<Code>;

    /// Moves the service's clock. False if there is no way to; what is about time is then not tried, and the report
    /// says so.
    async fn advance(&self, by: Duration) -> bool {
        let _ = by;
        false
    }

    /// How many requests the service has seen, if that can be known; else it is not tried that nothing is sent, and
    /// the report says so.
    fn requests(&self) -> Option<usize> {
        None
    }

    /// How many wrong codes end a challenge of [`request`](Self::request). 3 by default.
    fn attempts(&self) -> u32 {
        3
    }

    /// After how long a challenge of [`request`](Self::request) is surely over. A day by default.
    fn lifetime(&self) -> Duration {
        Duration::from_secs(24 * 60 * 60)
    }

    /// An id of this instance that belongs to no challenge. By default that of a challenge, changed at its end; a
    /// service that checks the form of ids needs another.
    fn unknown(&self, id: &ChallengeId) -> ChallengeId {
        let parts = id.parts();
        let mut parts: Vec<&str> = parts.iter().map(String::as_str).collect();
        let last = parts.pop().unwrap_or_default();
        let changed = format!("{}0000", &last[..last.len().saturating_sub(4)]);
        parts.push(&changed);
        ChallengeId::new(&id.issuer(), &parts)
    }
}

/// Fails a case with a sentence unless something holds.
macro_rules! hold {
    ($condition:expr, $($text:tt)+) => {
        if !$condition {
            return Err(format!($($text)+));
        }
    };
}
pub(super) use hold;

impl dyn Bench + '_ {
    pub(super) async fn start(&self) -> std::result::Result<Challenge, String> {
        self.start_with(&self.request()).await
    }

    pub(super) async fn start_with(&self, request: &CreateRequest) -> std::result::Result<Challenge, String> {
        self.provider().create(request).await.map_err(|error| format!("create failed: {error}"))
    }

    /// The id of an open challenge as another instance would have issued it.
    pub(super) async fn of_another_instance(&self) -> std::result::Result<ChallengeId, String> {
        let parts = self.start().await?.id.parts();
        let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
        Ok(ChallengeId::new("somebody-else", &parts))
    }

    /// A challenge and its code.
    pub(super) async fn start_and_read(&self) -> std::result::Result<(Challenge, Code), String> {
        self.start_and_read_with(&self.request()).await
    }

    pub(super) async fn start_and_read_with(
        &self,
        request: &CreateRequest,
    ) -> std::result::Result<(Challenge, Code), String> {
        let challenge = self.start_with(request).await?;
        let code = self.code(&challenge).await.ok_or("no code can be read for the challenge")?;
        Ok((challenge, code))
    }

    pub(super) async fn verify(&self, challenge: &Challenge, code: impl Into<Code>) -> Result<Verified> {
        self.provider().verify(&VerifyRequest::new(challenge.id.clone(), code)).await
    }

    /// Spends every try on wrong codes.
    pub(super) async fn exhaust(&self, challenge: &Challenge, code: &Code) -> Finding {
        for _ in 0..self.attempts() {
            let outcome = self.verify(challenge, wrong(code)).await;
            hold!(outcome.is_err(), "a wrong code was accepted");
        }
        Ok(())
    }

    /// That something was refused with one of these kinds, and that the service saw nothing of it.
    pub(super) async fn refused<T>(
        &self,
        call: impl Future<Output = Result<T>>,
        kinds: &[ErrorKind],
        mention: &str,
    ) -> Finding {
        let before = self.requests();
        let error = refusal(call.await)?;
        hold!(kinds.contains(&error.kind()), "the kind is {:?}, one of {kinds:?} was expected", error.kind());
        hold!(error.to_string().contains(mention), "the text does not mention {mention:?}: {error}");
        hold!(!error.may_have_acted(), "the error says that the provider may have acted");
        hold!(self.requests() == before, "the service saw a request");
        Ok(())
    }
}

/// The error of something that must not succeed.
pub(super) fn refusal<T>(outcome: Result<T>) -> std::result::Result<Error, String> {
    outcome.err().ok_or_else(|| "it succeeded".to_owned())
}

/// That a code was not accepted because of the challenge or the code, not because something broke.
pub(super) fn rejection<T>(outcome: Result<T>) -> std::result::Result<Error, String> {
    let error = refusal(outcome)?;
    let is_rejection = matches!(error.kind(), ErrorKind::Rejected(_) | ErrorKind::NotFound);
    hold_kind(is_rejection, &error)?;
    Ok(error)
}

fn hold_kind(condition: bool, error: &Error) -> Finding {
    condition.then_some(()).ok_or_else(|| format!("the kind is {:?}, a rejection was expected", error.kind()))
}

/// A code of the same form that is not this one.
pub(super) fn wrong(code: &Code) -> Code {
    let other = |character: char| match character {
        '9' => '0',
        'z' => 'a',
        'Z' => 'A',
        character => char::from_u32(u32::from(character) + 1).unwrap_or('0'),
    };
    Code::from(code.expose().chars().map(other).collect::<String>())
}
