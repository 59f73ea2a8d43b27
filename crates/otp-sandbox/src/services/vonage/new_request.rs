//! The body by which a request is started.

use serde_json::Value;

use crate::http::{Fields, Validated};

const CHANNELS: [&str; 6] = ["silent_auth", "rcs", "sms", "whatsapp", "voice", "email"];
const TIMEOUT_SECONDS: i64 = 180;
const CODE_LENGTH: i64 = 4;

/// A body that can be honored.
#[derive(Debug)]
pub(super) struct NewRequest {
    pub(super) brand: String,
    pub(super) steps: Vec<Step>,
    pub(super) timeout: i64,
    pub(super) code_length: usize,
    /// A code of the caller's own.
    pub(super) code: Option<String>,
}

#[derive(Clone, Debug)]
pub(super) struct Step {
    pub(super) channel: &'static str,
    pub(super) to: String,
    pub(super) reuses_code: bool,
}

impl NewRequest {
    /// The body, or the parameter that is not valid and why.
    pub(super) fn read(body: Option<&Value>) -> Result<Self, (&'static str, String)> {
        fn of<T>(name: &'static str, read: Validated<T>) -> Result<T, (&'static str, String)> {
            read.map_err(|reason| (name, reason))
        }
        let body = of("body", Fields::of(body, "body"))?;
        let brand = of("brand", body.bounded_string("brand", 18))?;
        let is_brand = |brand: &&str| !brand.contains(['/', '{', '}', ':', '$']);
        let brand = brand.filter(is_brand).ok_or(("brand", "is required, without / { } : $".to_owned()))?;
        let workflow = of("workflow", body.array("workflow"))?.unwrap_or_default();
        if !(1..=3).contains(&workflow.len()) {
            return Err(("workflow", "must have 1 to 3 steps".to_owned()));
        }
        let steps: Result<Vec<_>, _> = workflow.iter().map(|step| of("workflow", Step::read(step))).collect();
        let steps = steps?;
        if steps.iter().skip(1).any(|step| step.channel == "silent_auth") {
            return Err(("workflow", "silent_auth must be first".to_owned()));
        }
        let is_word = |text: &&str| text.bytes().all(|byte| byte.is_ascii_alphanumeric());
        let reference = of("client_ref", body.bounded_string("client_ref", 40))?;
        if !reference.as_ref().is_none_or(is_word) {
            return Err(("client_ref", "must have letters and digits only".to_owned()));
        }
        let code = of("code", body.bounded_string("code", 10))?;
        if !code.as_ref().is_none_or(|code| code.len() >= 4 && is_word(code)) {
            return Err(("code", "must have 4 to 10 letters and digits".to_owned()));
        }
        of("locale", body.string("locale"))?;
        of("template_id", body.string("template_id"))?;
        of("fraud_check", body.boolean("fraud_check"))?;
        let timeout = of("channel_timeout", body.integer("channel_timeout", 15, 900))?;
        let code_length = of("code_length", body.integer("code_length", 4, 10))?.unwrap_or(CODE_LENGTH);
        Ok(Self {
            brand: brand.to_owned(),
            steps,
            timeout: timeout.unwrap_or(TIMEOUT_SECONDS),
            code_length: usize::try_from(code_length).unwrap_or_default(),
            code: code.map(str::to_owned),
        })
    }
}

impl Step {
    fn read(step: &Value) -> Validated<Self> {
        let step = Fields::of(Some(step), "workflow")?;
        let wanted = step.required_string("channel")?;
        let channel = CHANNELS.into_iter().find(|channel| *channel == wanted);
        let channel = channel.ok_or_else(|| "channel is unknown".to_owned())?;
        let to = step.required_string("to")?;
        let is_number = (7..=15).contains(&to.len()) && to.bytes().all(|byte| byte.is_ascii_digit());
        let is_address =
            to.split_once('@').is_some_and(|(local, domain)| !local.is_empty() && domain.contains('.'));
        if !(if channel == "email" { is_address } else { is_number }) {
            return Err("to is malformed".to_owned());
        }
        let max_from = if channel == "whatsapp" { 50 } else { 15 };
        let from = match channel {
            "email" => step.string("from")?,
            _ => step.bounded_string("from", max_from)?,
        };
        if matches!(channel, "whatsapp" | "rcs") && from.is_none() {
            return Err("from is required".to_owned());
        }
        let is_long = |from: &str| from.len() > 11 && !from.bytes().all(|byte| byte.is_ascii_digit());
        if channel == "sms" && from.is_some_and(is_long) {
            return Err("from is too long".to_owned());
        }
        step.bounded_string("entity_id", 20)?;
        step.bounded_string("content_id", 20)?;
        if step.string("app_hash")?.is_some_and(|hash| hash.chars().count() != 11) {
            return Err("app_hash must have 11 characters".to_owned());
        }
        step.one_of("mode", &["standard", "advanced", "otp_code", "zero_tap"])?;
        let reuses_code = step.boolean("reuse_code")?.unwrap_or_default();
        Ok(Self { channel, to: to.to_owned(), reuses_code })
    }
}
