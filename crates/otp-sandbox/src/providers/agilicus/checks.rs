//! What the bodies of requests must look like.

use serde_json::Value;

use crate::fields::{Checked, Fields};

pub(super) const TYPES: [&str; 6] = ["sms", "web_push", "totp", "webauthn", "one_time_use_action", "code"];
const STATES: [&str; 6] =
    ["pending", "issued", "challenge_failed", "challenge_passed", "challenge_declined", "timed_out"];
const TRANSPORTS: [&str; 6] = ["internal", "ble", "nfc", "usb", "cable", "hybrid"];
const LONGEST_TIMEOUT: i64 = 86_400;

/// A challenge as it is ordered.
#[derive(Debug)]
pub(super) struct ChallengeOrder<'a> {
    pub(super) user: &'a str,
    pub(super) types: Vec<&'static str>,
    pub(super) send_now: bool,
    pub(super) timeout_seconds: i64,
    pub(super) response_uri: Option<&'a str>,
    pub(super) answer_data: Option<&'a Value>,
}

pub(super) fn challenge(body: Fields<'_>) -> Checked<ChallengeOrder<'_>> {
    server_side(body, "state", &STATES)?;
    let spec = Fields::of(body.get("spec"), "spec")?;
    let user = user(spec)?;
    let mut types: Vec<&str> = spec.text("challenge_type")?.into_iter().collect();
    types.extend(spec.texts("challenge_types")?.unwrap_or_default());
    let known = |wanted: &str| {
        let found = TYPES.into_iter().find(|known| *known == wanted);
        found.ok_or_else(|| format!("challenge type must be one of {}", TYPES.join(", ")))
    };
    let mut types = types.into_iter().map(known).collect::<Checked<Vec<_>>>()?;
    if types.is_empty() {
        types.push("sms");
    }
    types.sort_unstable();
    types.dedup();
    let endpoints = spec.list("challenge_endpoints")?.unwrap_or_default();
    for endpoint in endpoints {
        let endpoint = Fields::of(Some(endpoint), "challenge_endpoints")?;
        endpoint.text("endpoint")?;
        endpoint.text("type")?;
    }
    if types.contains(&"webauthn") && endpoints.is_empty() {
        return Err("challenge_endpoints is needed for webauthn".to_owned());
    }
    spec.text("origin")?;
    spec.object("answer_data")?;
    Ok(ChallengeOrder {
        user,
        types,
        send_now: spec.flag("send_now")?.unwrap_or(false),
        timeout_seconds: spec.whole("timeout_seconds", 1, LONGEST_TIMEOUT)?.unwrap_or(600),
        response_uri: spec.text("response_uri")?,
        answer_data: spec.get("answer_data"),
    })
}

/// A one-time-use action as it is ordered.
#[derive(Debug)]
pub(super) struct ActionOrder<'a> {
    pub(super) spec: &'a Value,
    pub(super) user: &'a str,
    /// User and organization.
    pub(super) actors: Vec<(&'a str, &'a str)>,
    pub(super) timeout_seconds: i64,
}

pub(super) fn action(body: Fields<'_>) -> Checked<ActionOrder<'_>> {
    let value = body.get("spec").ok_or("spec is required")?;
    let spec = Fields::of(Some(value), "spec")?;
    for name in ["approved_actions", "declined_actions"] {
        for action in spec.list(name)?.ok_or_else(|| format!("{name} is required"))? {
            http_action(Fields::of(Some(action), name)?)?;
        }
    }
    let mut actors = Vec::new();
    for actor in spec.list("actors")?.ok_or("actors is required")? {
        let actor = Fields::of(Some(actor), "actors")?;
        actors.push((actor.required("user_id")?, actor.required("org_id")?));
    }
    let timeout_seconds = spec.whole("timeout_seconds", 1, LONGEST_TIMEOUT)?;
    spec.text("org_id")?;
    Ok(ActionOrder {
        spec: value,
        user: spec.text("user_id")?.or(actors.first().map(|(user, _)| *user)).unwrap_or_default(),
        actors,
        timeout_seconds: timeout_seconds.ok_or("timeout_seconds is required")?,
    })
}

fn http_action(action: Fields<'_>) -> Checked<()> {
    let kind = action.required("challenge_action_type")?;
    if !["http_action", "HTTPChallengeAction"].contains(&kind) {
        return Err("challenge_action_type must be http_action".to_owned());
    }
    action.required("method")?;
    let method = action.sized("method", 128)?.unwrap_or_default();
    if !method.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return Err("method must consist of letters and digits".to_owned());
    }
    let uri = action.required("uri")?;
    action.sized("uri", 1024)?;
    let rest = uri.strip_prefix("https://").or_else(|| uri.strip_prefix("http://"));
    if rest.is_none_or(str::is_empty) || uri.contains(['\n', '\r']) {
        return Err("uri must begin with http:// or https://".to_owned());
    }
    action.sized("body", 250_000)?;
    action.sized("content_type", 256)?;
    for scope in action.texts("scopes")?.unwrap_or_default() {
        if scope.is_empty() || scope.chars().count() > 511 {
            return Err("scopes must have 1 to 511 characters".to_owned());
        }
    }
    Ok(())
}

/// The user of a TOTP enrollment.
pub(super) fn totp_enrollment(body: Fields<'_>) -> Checked<&str> {
    server_side(body, "state", &["pending", "success"])?;
    if let Some(status) = body.object("status")? {
        status.text("key")?;
    }
    user(Fields::of(body.get("spec"), "spec")?)
}

/// User and whole spec of a WebAuthn enrollment.
pub(super) fn web_authn_enrollment(body: Fields<'_>) -> Checked<(&str, &Value)> {
    metadata(body)?;
    if let Some(status) = body.object("status")? {
        status.text("challenge")?;
        status.text("credential_id")?;
        transports(status)?;
    }
    let value = body.get("spec").ok_or("spec is required")?;
    let spec = Fields::of(Some(value), "spec")?;
    spec.required("relying_party_id")?;
    spec.text("attestation_format")?;
    spec.one_of("attestation_conveyance", &["direct", "indirect", "none"])?;
    spec.one_of("user_verification", &["required", "preferred", "discouraged"])?;
    spec.text("http_endpoint")?;
    Ok((user(spec)?, value))
}

pub(super) fn transports(fields: Fields<'_>) -> Checked<Vec<&str>> {
    let transports = fields.texts("transports")?.unwrap_or_default();
    match transports.iter().find(|transport| !TRANSPORTS.contains(transport)) {
        Some(_) => Err(format!("transports must be some of {}", TRANSPORTS.join(", "))),
        None => Ok(transports),
    }
}

fn user(spec: Fields<'_>) -> Checked<&str> {
    let user = spec.required("user_id")?;
    if user.is_empty() { Err("user_id is empty".to_owned()) } else { Ok(user) }
}

/// What only the server sets may be sent along, and is ignored; but it must have the right form.
fn server_side(body: Fields<'_>, state: &str, states: &[&str]) -> Checked<()> {
    metadata(body)?;
    if let Some(status) = body.object("status")? {
        status.one_of(state, states)?;
        status.text("public_challenge")?;
        status.text("answered_at")?;
        if let Some(code) = status.sized("code", 40)?
            && !code.bytes().all(|byte| byte.is_ascii_alphanumeric())
        {
            return Err("code must consist of letters and digits".to_owned());
        }
    }
    Ok(())
}

fn metadata(body: Fields<'_>) -> Checked<()> {
    if let Some(metadata) = body.object("metadata")? {
        for name in ["id", "created", "updated"] {
            metadata.text(name)?;
        }
    }
    Ok(())
}
