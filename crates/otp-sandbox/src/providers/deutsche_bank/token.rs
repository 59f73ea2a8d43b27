//! `POST /gw/oidc/token`: a fresh access token for a refresh token, which is exchanged for a new one each
//! time.

use std::collections::HashSet;

use serde_json::json;

use crate::clock::Time;
use crate::credentials::basic;
use crate::draw::Draw;
use crate::http::{Answer, Request, value_of};
use crate::providers::Context;
use crate::providers::tokens::Tokens;

const TOKEN_SECONDS: i64 = 600;
/// Old refresh tokens that are remembered as spent.
const MOST_SPENT: usize = 100_000;

#[derive(Debug)]
pub(crate) struct TokenEndpoint {
    issued: Tokens,
    spent: HashSet<String>,
}

impl TokenEndpoint {
    pub(crate) fn new() -> Self {
        Self { issued: Tokens::new(), spent: HashSet::new() }
    }

    pub(crate) fn expired(&self, token: &str, now: Time) -> bool {
        self.issued.expired(token, now)
    }

    pub(crate) fn answer(&mut self, request: &Request, context: &Context<'_>, draw: &mut Draw) -> Answer {
        let form = request.form();
        let field = |name| value_of(&form, name).filter(|value| !value.is_empty());
        let (id, secret) = match basic(request) {
            Some((id, secret)) => (Some(id), Some(secret)),
            None => {
                (field("client_id").map(ToOwned::to_owned), field("client_secret").map(ToOwned::to_owned))
            }
        };
        let known = id.is_some_and(|id| context.accepts_client(&id));
        if !known || secret.is_some_and(|secret| !context.accepts_client(&secret)) {
            return refused(401, "invalid_client").with("www-authenticate", "Basic");
        }
        match field("grant_type") {
            Some("refresh_token") => {}
            Some(_) => return refused(400, "unsupported_grant_type"),
            None => return refused(400, "invalid_request"),
        }
        let Some(old) = field("refresh_token") else { return refused(400, "invalid_request") };
        if !context.accepts(old) || self.spent.contains(old) {
            return refused(400, "invalid_grant");
        }
        if self.spent.len() >= MOST_SPENT {
            self.spent.clear();
        }
        self.spent.insert(old.to_owned());
        let access = draw.token();
        self.issued.issue(&access, "", TOKEN_SECONDS, context.now);
        let body = json!({
            "access_token": access,
            "token_type": "Bearer",
            "expires_in": TOKEN_SECONDS,
            "refresh_token": draw.token(),
        });
        Answer::json(200, &body).with("cache-control", "no-store")
    }
}

fn refused(status: u16, error: &str) -> Answer {
    Answer::json(status, &json!({ "error": error }))
}
