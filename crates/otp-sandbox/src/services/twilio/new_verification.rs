//! The form by which a verification is started.

use serde_json::{Map, Value};

use super::{error, is_sid};
use crate::http::{Fields, Response};

const CHANNELS: [&str; 4] = ["sms", "call", "whatsapp", "email"];

/// A form that can be honored.
#[derive(Debug)]
pub(super) struct NewVerification {
    pub(super) to: String,
    pub(super) channel: &'static str,
    pub(super) brand: Option<String>,
    pub(super) code: Option<String>,
    pub(super) amount: Option<String>,
    pub(super) payee: Option<String>,
    pub(super) rate_limits: Vec<(String, String)>,
}

impl NewVerification {
    pub(super) fn read(form: Fields<'_>, psd2: bool) -> Result<Self, Response> {
        let invalid = |message: String| error(400, 60200, &message);
        let text = |name| form.bounded_string(name, 4096).map_err(invalid);
        let to = form.required_string("To").map_err(invalid)?;
        let channel = match form.required_string("Channel").map_err(invalid)? {
            // There is no network that could confirm a number.
            "sna" => return Err(error(400, 60223, "The channel sna is off")),
            "auto" => "sms",
            wanted => CHANNELS
                .into_iter()
                .find(|channel| *channel == wanted)
                .ok_or_else(|| error(400, 60200, "Channel is unknown"))?,
        };
        if !(if channel == "email" { is_email(to) } else { is_e164(to) }) {
            return Err(error(400, 60200, "To is malformed"));
        }
        if form.get("CustomMessage").is_some() {
            return Err(error(400, 60243, "CustomMessage is no longer taken"));
        }
        let code = text("CustomCode")?.map(str::to_owned);
        if code.as_ref().is_some_and(|code| !(4..=10).contains(&code.chars().count())) {
            return Err(error(400, 60200, "CustomCode must have 4 to 10 characters"));
        }
        if let Some(template) = text("TemplateSid")? {
            if !is_sid("HJ", template) {
                return Err(error(400, 60200, "TemplateSid is malformed"));
            }
            if !matches!(channel, "sms" | "call") {
                return Err(error(400, 60408, "The channel has no templates"));
            }
        }
        form.one_of("RiskCheck", &["enable", "disable"]).map_err(invalid)?;
        form.boolean("EnableSnaClientToken").map_err(invalid)?;
        let locale = text("Locale")?;
        if locale.is_some_and(|locale| !is_language_tag(locale)) {
            return Err(error(400, 60200, "Locale is malformed"));
        }
        check_tags(form)?;
        object(form, "ChannelConfiguration", 60200)?;
        object(form, "TemplateCustomSubstitutions", 60224)?;
        let rate_limits = object(form, "RateLimits", 60200)?.unwrap_or_default();
        let (amount, payee) = (text("Amount")?, text("Payee")?);
        if psd2 && (amount.is_none() || payee.is_none()) {
            return Err(error(400, 60206, "Amount and Payee are required"));
        }
        if psd2 && channel == "call" {
            return Err(error(400, 60214, "With PSD2 there are no calls"));
        }
        let value = |value: Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        Ok(Self {
            to: to.to_owned(),
            channel,
            brand: text("CustomFriendlyName")?.map(str::to_owned),
            code,
            amount: amount.map(str::to_owned),
            payee: payee.map(str::to_owned),
            rate_limits: rate_limits.into_iter().map(|(limit, key)| (limit, value(key))).collect(),
        })
    }
}

/// A field that holds a JSON object as a string.
fn object(form: Fields<'_>, name: &str, code: u32) -> Result<Option<Map<String, Value>>, Response> {
    let refused = || error(400, code, &format!("{name} must be a JSON object"));
    let Some(text) = form.string(name).map_err(|_| refused())? else { return Ok(None) };
    serde_json::from_str(text).map(Some).map_err(|_| refused())
}

fn check_tags(form: Fields<'_>) -> Result<(), Response> {
    let tags = object(form, "Tags", 60200)?.unwrap_or_default();
    let is_short = |text: &str| text.chars().count() <= 128;
    let fits = tags.iter().all(|(name, value)| is_short(name) && value.as_str().is_some_and(is_short));
    match tags.len() <= 10 && fits {
        true => Ok(()),
        false => Err(error(400, 60200, "Tags must have at most 10 pairs of at most 128 characters")),
    }
}

fn is_e164(text: &str) -> bool {
    let digits = text.strip_prefix('+').unwrap_or_default();
    (7..=15).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_email(text: &str) -> bool {
    let is_word = |text: &str| !text.is_empty() && !text.contains(|c: char| c.is_whitespace() || c == '@');
    text.split_once('@')
        .is_some_and(|(local, domain)| is_word(local) && is_word(domain) && domain.contains('.'))
}

fn is_language_tag(text: &str) -> bool {
    let mut parts = text.split(['-', '_']);
    let is_part =
        |part: &str| (2..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric());
    parts.next().is_some_and(|language| {
        (2..=3).contains(&language.len()) && language.bytes().all(|byte| byte.is_ascii_lowercase())
    }) && parts.all(is_part)
}
