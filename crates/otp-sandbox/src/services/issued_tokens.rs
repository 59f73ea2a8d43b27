//! Access tokens that a token endpoint has issued.

use super::retention_map::RetentionMap;
use crate::clock::Time;

/// Issued tokens with their scopes and expiry.
///
/// A token that was never issued is neither expired nor short of a scope: the services accept any token, so that a
/// test need not ask for one first.
#[derive(Debug)]
pub(crate) struct IssuedTokens(RetentionMap<String, Grant>);

#[derive(Debug)]
struct Grant {
    scope: String,
    expires: Time,
}

impl IssuedTokens {
    pub(crate) fn new() -> Self {
        Self(RetentionMap::new())
    }

    pub(crate) fn issue(&mut self, token: &str, scope: &str, seconds: i64, now: Time) {
        let expires = now.plus_seconds(seconds);
        self.0.insert(token.to_owned(), Grant { scope: scope.to_owned(), expires }, expires, now);
    }

    pub(crate) fn expired(&self, token: &str, now: Time) -> bool {
        self.0.get(&token.to_owned()).is_some_and(|grant| grant.expires <= now)
    }

    /// Whether the token was issued without this scope.
    pub(crate) fn lacks_scope(&self, token: &str, scope: &str) -> bool {
        self.0
            .get(&token.to_owned())
            .is_some_and(|grant| !grant.scope.split(' ').any(|granted| granted == scope))
    }
}
