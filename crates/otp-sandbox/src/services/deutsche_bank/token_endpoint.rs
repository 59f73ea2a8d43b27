//! The token endpoint `POST /gw/oidc/token`: exchanges a refresh token, once, for an access token and a new refresh
//! token.

use std::collections::HashSet;

use serde_json::json;

use crate::clock::Time;
use crate::http::{Fields, Request, Response, basic};
use crate::services::Context;
use crate::services::issued_tokens::IssuedTokens;
use crate::services::seeded_rng::SeededRng;

const TOKEN_SECONDS: i64 = 600;
/// Bounds the memory of used refresh tokens.
const MAX_USED_TOKENS: usize = 100_000;

#[derive(Debug)]
pub(crate) struct TokenEndpoint {
    issued: IssuedTokens,
    used: HashSet<String>,
}

impl TokenEndpoint {
    pub(crate) fn new() -> Self {
        Self { issued: IssuedTokens::new(), used: HashSet::new() }
    }

    pub(crate) fn expired(&self, token: &str, now: Time) -> bool {
        self.issued.expired(token, now)
    }

    pub(crate) fn respond(
        &mut self,
        request: &Request,
        context: &Context<'_>,
        rng: &mut SeededRng,
    ) -> Response {
        let form = Fields::of_form(request);
        let field = |name| form.string(name).ok().flatten().filter(|value| !value.is_empty());
        let (id, secret) = match basic(request) {
            Some((id, secret)) => (Some(id), Some(secret)),
            None => {
                (field("client_id").map(ToOwned::to_owned), field("client_secret").map(ToOwned::to_owned))
            }
        };
        let known = id.is_some_and(|id| context.accepts_client(&id));
        if !known || secret.is_some_and(|secret| !context.accepts_client(&secret)) {
            return error(401, "invalid_client").with("www-authenticate", "Basic");
        }
        match field("grant_type") {
            Some("refresh_token") => {}
            Some(_) => return error(400, "unsupported_grant_type"),
            None => return error(400, "invalid_request"),
        }
        let Some(old) = field("refresh_token") else { return error(400, "invalid_request") };
        if !context.accepts(old) || self.used.contains(old) {
            return error(400, "invalid_grant");
        }
        if self.used.len() >= MAX_USED_TOKENS {
            // A used token becomes valid again. Only a loop of refreshes gets here.
            self.used.clear();
        }
        self.used.insert(old.to_owned());
        let access = rng.token();
        self.issued.issue(&access, "", TOKEN_SECONDS, context.now);
        let body = json!({
            "access_token": access,
            "token_type": "Bearer",
            "expires_in": TOKEN_SECONDS,
            "refresh_token": rng.token(),
        });
        Response::json(200, &body).with("cache-control", "no-store")
    }
}

fn error(status: u16, code: &str) -> Response {
    Response::json(status, &json!({ "error": code }))
}
