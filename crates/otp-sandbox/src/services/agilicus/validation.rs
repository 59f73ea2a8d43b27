//! Validation of request bodies.

use serde_json::Value;

use crate::http::{Fields, Validated};

pub(super) const TYPES: [&str; 6] = ["sms", "web_push", "totp", "webauthn", "one_time_use_action", "code"];
const STATES: [&str; 6] =
    ["pending", "issued", "challenge_failed", "challenge_passed", "challenge_declined", "timed_out"];
const TRANSPORTS: [&str; 6] = ["internal", "ble", "nfc", "usb", "cable", "hybrid"];
const MAX_TIMEOUT_SECONDS: i64 = 86_400;

/// A valid request for a challenge.
#[derive(Debug)]
pub(super) struct ChallengeRequest<'a> {
    pub(super) user: &'a str,
    pub(super) types: Vec<&'static str>,
    pub(super) send_now: bool,
    pub(super) timeout_seconds: i64,
    pub(super) response_uri: Option<&'a str>,
    pub(super) answer_data: Option<&'a Value>,
}

pub(super) fn challenge(body: Fields<'_>) -> Validated<ChallengeRequest<'_>> {
    read_only_fields(body, "state", &STATES)?;
    let spec = Fields::of(body.get("spec"), "spec")?;
    let user = user(spec)?;
    let mut types: Vec<&str> = spec.string("challenge_type")?.into_iter().collect();
    types.extend(spec.strings("challenge_types")?.unwrap_or_default());
    let known = |wanted: &str| {
        let found = TYPES.into_iter().find(|known| *known == wanted);
        found.ok_or_else(|| format!("challenge type must be one of {}", TYPES.join(", ")))
    };
    let mut types = types.into_iter().map(known).collect::<Validated<Vec<_>>>()?;
    if types.is_empty() {
        types.push("sms");
    }
    types.sort_unstable();
    types.dedup();
    let endpoints = spec.array("challenge_endpoints")?.unwrap_or_default();
    for endpoint in endpoints {
        let endpoint = Fields::of(Some(endpoint), "challenge_endpoints")?;
        endpoint.string("endpoint")?;
        endpoint.string("type")?;
    }
    if types.contains(&"webauthn") && endpoints.is_empty() {
        return Err("challenge_endpoints is required for webauthn".to_owned());
    }
    spec.string("origin")?;
    spec.object("answer_data")?;
    Ok(ChallengeRequest {
        user,
        types,
        send_now: spec.boolean("send_now")?.unwrap_or(false),
        timeout_seconds: spec.integer("timeout_seconds", 1, MAX_TIMEOUT_SECONDS)?.unwrap_or(600),
        response_uri: spec.string("response_uri")?,
        answer_data: spec.get("answer_data"),
    })
}

/// A valid request for a one-time-use action.
#[derive(Debug)]
pub(super) struct ActionRequest<'a> {
    pub(super) spec: &'a Value,
    pub(super) user: &'a str,
    /// User and organization of each actor.
    pub(super) actors: Vec<(&'a str, &'a str)>,
    pub(super) timeout_seconds: i64,
}

pub(super) fn action(body: Fields<'_>) -> Validated<ActionRequest<'_>> {
    let value = body.get("spec").ok_or("spec is required")?;
    let spec = Fields::of(Some(value), "spec")?;
    for name in ["approved_actions", "declined_actions"] {
        for action in spec.array(name)?.ok_or_else(|| format!("{name} is required"))? {
            http_action(Fields::of(Some(action), name)?)?;
        }
    }
    let mut actors = Vec::new();
    for actor in spec.array("actors")?.ok_or("actors is required")? {
        let actor = Fields::of(Some(actor), "actors")?;
        actors.push((actor.required_string("user_id")?, actor.required_string("org_id")?));
    }
    let timeout_seconds = spec.integer("timeout_seconds", 1, MAX_TIMEOUT_SECONDS)?;
    spec.string("org_id")?;
    Ok(ActionRequest {
        spec: value,
        user: spec.string("user_id")?.or(actors.first().map(|(user, _)| *user)).unwrap_or_default(),
        actors,
        timeout_seconds: timeout_seconds.ok_or("timeout_seconds is required")?,
    })
}

fn http_action(action: Fields<'_>) -> Validated<()> {
    let action_type = action.required_string("challenge_action_type")?;
    if !["http_action", "HTTPChallengeAction"].contains(&action_type) {
        return Err("challenge_action_type must be http_action".to_owned());
    }
    action.required_string("method")?;
    let method = action.bounded_string("method", 128)?.unwrap_or_default();
    if !method.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return Err("method must consist of letters and digits".to_owned());
    }
    let uri = action.required_string("uri")?;
    action.bounded_string("uri", 1024)?;
    let rest = uri.strip_prefix("https://").or_else(|| uri.strip_prefix("http://"));
    if rest.is_none_or(str::is_empty) || uri.contains(['\n', '\r']) {
        return Err("uri must begin with http:// or https://".to_owned());
    }
    action.bounded_string("body", 250_000)?;
    action.bounded_string("content_type", 256)?;
    for scope in action.strings("scopes")?.unwrap_or_default() {
        if scope.is_empty() || scope.chars().count() > 511 {
            return Err("scopes must have 1 to 511 characters".to_owned());
        }
    }
    Ok(())
}

/// The user of a TOTP enrollment.
pub(super) fn totp_enrollment(body: Fields<'_>) -> Validated<&str> {
    read_only_fields(body, "state", &["pending", "success"])?;
    if let Some(status) = body.object("status")? {
        status.string("key")?;
    }
    user(Fields::of(body.get("spec"), "spec")?)
}

/// User and whole spec of a WebAuthn enrollment.
pub(super) fn web_authn_enrollment(body: Fields<'_>) -> Validated<(&str, &Value)> {
    metadata(body)?;
    if let Some(status) = body.object("status")? {
        status.string("challenge")?;
        status.string("credential_id")?;
        transports(status)?;
    }
    let value = body.get("spec").ok_or("spec is required")?;
    let spec = Fields::of(Some(value), "spec")?;
    spec.required_string("relying_party_id")?;
    spec.string("attestation_format")?;
    spec.one_of("attestation_conveyance", &["direct", "indirect", "none"])?;
    spec.one_of("user_verification", &["required", "preferred", "discouraged"])?;
    spec.string("http_endpoint")?;
    Ok((user(spec)?, value))
}

pub(super) fn transports(fields: Fields<'_>) -> Validated<Vec<&str>> {
    let transports = fields.strings("transports")?.unwrap_or_default();
    match transports.iter().find(|transport| !TRANSPORTS.contains(transport)) {
        Some(_) => Err(format!("transports must be some of {}", TRANSPORTS.join(", "))),
        None => Ok(transports),
    }
}

fn user(spec: Fields<'_>) -> Validated<&str> {
    let user = spec.required_string("user_id")?;
    if user.is_empty() { Err("user_id is empty".to_owned()) } else { Ok(user) }
}

/// Fields that only the server sets. They may be sent and are ignored, but must be well-formed.
fn read_only_fields(body: Fields<'_>, state: &str, states: &[&str]) -> Validated<()> {
    metadata(body)?;
    if let Some(status) = body.object("status")? {
        status.one_of(state, states)?;
        status.string("public_challenge")?;
        status.string("answered_at")?;
        if let Some(code) = status.bounded_string("code", 40)?
            && !code.bytes().all(|byte| byte.is_ascii_alphanumeric())
        {
            return Err("code must consist of letters and digits".to_owned());
        }
    }
    Ok(())
}

fn metadata(body: Fields<'_>) -> Validated<()> {
    if let Some(metadata) = body.object("metadata")? {
        for name in ["id", "created", "updated"] {
            metadata.string(name)?;
        }
    }
    Ok(())
}
