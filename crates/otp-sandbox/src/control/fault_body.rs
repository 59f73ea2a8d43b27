//! Reads a fault from the body of `POST /__sandbox/faults`.

use std::time::Duration;

use serde_json::Value;

use crate::fault::Fault;
use crate::http::{Fields, Validated, frames_body};

pub(super) fn read(body: Fields<'_>) -> Validated<Fault> {
    let status = |default: i64| {
        let status = body.integer("status", 200, 999)?.unwrap_or(default);
        Ok::<_, String>(u16::try_from(status).unwrap_or(500))
    };
    Ok(match body.required_string("fault")? {
        "refuse" => Fault::Refuse,
        "drop_before_acting" => Fault::DropBeforeActing,
        "act_then_drop" => Fault::ActThenDrop,
        "delay" => {
            let milliseconds = body.integer("milliseconds", 0, i64::MAX)?;
            let milliseconds = milliseconds.ok_or("milliseconds is required")?;
            Fault::Delay(Duration::from_millis(milliseconds.unsigned_abs()))
        }
        "answer" => Fault::Response {
            status: status(500)?,
            headers: headers(body)?,
            body: match body.get("body") {
                None => String::new(),
                Some(Value::String(string)) => string.clone(),
                Some(json) => json.to_string(),
            },
        },
        "html" => Fault::Html(status(200)?),
        "truncated" => Fault::Truncated,
        "oversized" => {
            let bytes = body.integer("bytes", 0, i64::MAX)?.ok_or("bytes is required")?;
            Fault::Oversized(bytes.unsigned_abs())
        }
        "wrong_content_type" => Fault::WrongContentType,
        "garbage" => Fault::Garbage,
        "invalid_json" => Fault::InvalidJson,
        "empty_body" => Fault::EmptyBody,
        "redirect" => Fault::Redirect(body.required_string("to")?.to_owned()),
        unknown => return Err(format!("there is no fault named {unknown}")),
    })
}

fn headers(body: Fields<'_>) -> Validated<Vec<(String, String)>> {
    let headers = match body.get("headers") {
        None => return Ok(Vec::new()),
        Some(headers) => headers.as_object().ok_or("headers must be an object")?,
    };
    let header = |(name, value): (&String, &Value)| {
        if frames_body(name) {
            return Err(format!("header {name} cannot be injected: the sandbox sets it to match the body"));
        }
        let value = value.as_str().ok_or_else(|| format!("header {name} must be a string"))?;
        Ok((name.clone(), value.to_owned()))
    };
    headers.iter().map(header).collect()
}
