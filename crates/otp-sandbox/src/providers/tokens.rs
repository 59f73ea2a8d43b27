//! Access tokens that a service has issued.

use crate::clock::Time;
use crate::shelf::Shelf;

/// Issued tokens by their text. A token that was never issued is none of this module's business: the services
/// accept any, so that a test needs no ceremony.
#[derive(Debug)]
pub(crate) struct Tokens(Shelf<String, Grant>);

#[derive(Debug)]
struct Grant {
    scope: String,
    expires: Time,
}

impl Tokens {
    pub(crate) fn new() -> Self {
        Self(Shelf::new())
    }

    pub(crate) fn issue(&mut self, token: &str, scope: &str, seconds: i64, now: Time) {
        let expires = now.plus_seconds(seconds);
        self.0.put(token.to_owned(), Grant { scope: scope.to_owned(), expires }, expires, now);
    }

    pub(crate) fn expired(&self, token: &str, now: Time) -> bool {
        self.0.get(&token.to_owned()).is_some_and(|grant| grant.expires <= now)
    }

    /// Whether the token was issued for scopes without this one.
    pub(crate) fn lacks(&self, token: &str, scope: &str) -> bool {
        self.0.get(&token.to_owned()).is_some_and(|grant| !grant.scope.split(' ').any(|held| held == scope))
    }
}
