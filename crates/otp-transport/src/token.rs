//! Token cache: one fetch shared by all callers, renewed before expiry.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::credential::check_secret;
use crate::one_line::one_line;
use crate::secret::Secret;

/// A token is renewed this long before it expires, but never before nine tenths of its life have passed.
const MARGIN: Duration = Duration::from_secs(60);

/// Longer lifetimes are capped at this. "Never", as a very large number, must not exceed the range of the clock.
pub(crate) const MAX_LIFE: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// A source of tokens: an OAuth token endpoint, a vault, a file that something else keeps fresh.
///
/// It is called when a call needs a token and none is cached: the first time, shortly before the last one expires, and
/// once after a 401. Calls that wait at the same time share one fetch and its result. The fetch runs to its end even if
/// those calls are dropped, so that a single-use refresh token is not lost.
#[async_trait]
pub trait TokenSource: Send + Sync + 'static {
    /// A fresh token. One that is empty or not visible ASCII is never sent and counts as none.
    ///
    /// # Errors
    ///
    /// [`TokenError::refused`] if retrying does not help, else [`TokenError::unavailable`].
    async fn fetch(&self) -> Result<Token, TokenError>;
}

/// A bearer token and its lifetime.
#[derive(Clone, Debug)]
pub struct Token {
    secret: Secret,
    expires_in: Option<Duration>,
}

impl Token {
    /// A token that is used until the first 401.
    pub fn new(secret: impl Into<Secret>) -> Self {
        Self { secret: secret.into(), expires_in: None }
    }

    /// Sets the lifetime, counted from now; at most a year.
    #[must_use]
    pub fn with_expires_in(self, expires_in: Duration) -> Self {
        Self { expires_in: Some(expires_in.min(MAX_LIFE)), ..self }
    }
}

/// Longer messages are truncated.
const MAX_MESSAGE_CHARS: usize = 256;

/// No token. The message must not contain a secret: it appears in the error of the call, as one line of at most 256 characters.
#[derive(Clone, Debug)]
pub struct TokenError {
    text: String,
    refused: bool,
}

impl TokenError {
    /// The issuer refused: wrong client secret, expired refresh token.
    pub fn refused(text: impl Into<String>) -> Self {
        Self { text: one_line(&text.into(), MAX_MESSAGE_CHARS).into_owned(), refused: true }
    }

    /// The issuer cannot be reached or failed.
    pub fn unavailable(text: impl Into<String>) -> Self {
        Self { text: one_line(&text.into(), MAX_MESSAGE_CHARS).into_owned(), refused: false }
    }

    /// Whether the issuer refused.
    pub fn is_refused(&self) -> bool {
        self.refused
    }
}

impl fmt::Display for TokenError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

impl std::error::Error for TokenError {}

/// The cached token, and the source of the next.
#[derive(Clone)]
pub(crate) struct TokenCache {
    source: Arc<dyn TokenSource>,
    slot: Arc<Mutex<Slot>>,
    /// Number of fetches that have ended.
    fetched: Arc<AtomicU64>,
}

#[derive(Default)]
struct Slot {
    current: Option<CachedToken>,
    /// The error of the last fetch, if it failed, and its number.
    failed: Option<(u64, TokenError)>,
}

#[derive(Clone)]
pub(crate) struct CachedToken {
    pub(crate) secret: Secret,
    renew_at: Option<Instant>,
    /// Counts the tokens, so that of many calls with the same rejected token only the first renews it.
    generation: u64,
}

impl TokenCache {
    pub(crate) fn new(source: Arc<dyn TokenSource>) -> Self {
        Self { source, slot: Arc::default(), fetched: Arc::default() }
    }

    /// The cached token; a fresh one if there is none, it is about to expire, or it is the one that was `rejected`.
    pub(crate) async fn get(&self, rejected: Option<&CachedToken>) -> Result<CachedToken, TokenError> {
        let before = self.fetched.load(Ordering::SeqCst);
        let mut slot = self.slot.clone().lock_owned().await;
        if let Some(current) = &slot.current
            && current.renew_at.is_none_or(|at| Instant::now() < at)
            && rejected.is_none_or(|rejected| rejected.generation != current.generation)
        {
            return Ok(current.clone());
        }
        // A fetch that failed while this call waited would fail again: the calls share the error as they share a token.
        if let Some((number, error)) = &slot.failed
            && *number > before
        {
            return Err(error.clone());
        }
        let (source, fetched) = (self.source.clone(), self.fetched.clone());
        // A task of its own, so that it ends even if this call is dropped.
        let renewal = tokio::spawn(async move {
            // Another task, so that a panic of the source is an error like any other.
            let fetch = tokio::spawn(async move { source.fetch().await });
            let outcome =
                fetch.await.unwrap_or_else(|_| Err(did_not_finish())).and_then(|token| slot.put(token));
            let number = fetched.fetch_add(1, Ordering::SeqCst) + 1;
            slot.failed = outcome.as_ref().err().map(|error| (number, error.clone()));
            outcome
        });
        renewal.await.unwrap_or_else(|_| Err(did_not_finish()))
    }
}

impl Slot {
    /// Puts a token in place, unless it cannot be sent: then the next call asks for another.
    fn put(&mut self, token: Token) -> Result<CachedToken, TokenError> {
        check_secret(&token.secret)
            .map_err(|error| TokenError::unavailable(format!("the token cannot be sent: {error}")))?;
        let generation = self.current.as_ref().map_or(0, |current| current.generation + 1);
        let renew_at = token
            .expires_in
            .and_then(|life| Instant::now().checked_add(life.saturating_sub(MARGIN.min(life / 10))));
        let current = CachedToken { secret: token.secret, renew_at, generation };
        self.current = Some(current.clone());
        Ok(current)
    }
}

fn did_not_finish() -> TokenError {
    TokenError::unavailable("the token source did not finish")
}
