//! What `POST /otp` was asked for, checked field by field; each rule has a code of its own.

use serde_json::{Map, Value};
use uuid::Uuid;

use crate::draw::{DIGITS, LETTERS, LETTERS_AND_DIGITS};
use crate::providers::countries::{calling_code, country_of};

/// A complete order: what was left out is taken from the account's settings.
#[derive(Debug)]
pub(crate) struct Order {
    /// E.164.
    pub(crate) phone: String,
    pub(crate) country: &'static str,
    pub(crate) template: String,
    pub(crate) track: Option<Uuid>,
    pub(crate) ttl: i64,
    pub(crate) max_attempts: i64,
    pub(crate) alphabet: &'static str,
    pub(crate) pin_length: usize,
    pub(crate) callback: Option<String>,
}

type Refusal = (u16, &'static str);

impl Order {
    pub(crate) fn read(body: &Map<String, Value>) -> Result<Self, Refusal> {
        let number = text(body, "phoneNumber", (2001, "phoneNumber is missing"))?;
        let number = number.ok_or((2001, "phoneNumber is missing"))?;
        let country = text(body, "countryIso", (2002, "countryIso is empty"))?;
        let (phone, country) = phone(number, country)?;
        if let Some(from) = text(body, "from", (2004, "from is empty"))?
            && !(3..=15).contains(&from.chars().count())
        {
            return Err((2005, "from must have 3 to 15 characters"));
        }
        let no_template = (2006, "template must hold {{pin}}");
        let template = text(body, "template", no_template)?.unwrap_or("Your code is {{pin}}");
        if !template.contains("{{pin}}") {
            return Err(no_template);
        }
        let bounds = [(2007, "ttl is no number"), (2008, "ttl is under 60"), (2009, "ttl is over 1800")];
        let ttl = whole(body, "ttl", 60..=1800, bounds)?.unwrap_or(300);
        let bounds = [
            (2010, "maxAttempts is no number"),
            (2011, "maxAttempts is under 1"),
            (2012, "maxAttempts is over 10"),
        ];
        let max_attempts = whole(body, "maxAttempts", 1..=10, bounds)?.unwrap_or(3);
        let alphabet = match text(body, "pinType", (2013, "pinType is empty"))? {
            None | Some("numbers") => DIGITS,
            Some("letters") => LETTERS,
            Some("alphanumeric") => LETTERS_AND_DIGITS,
            Some(_) => return Err((2014, "pinType is none of letters, numbers, alphanumeric")),
        };
        let bounds = [
            (2015, "pinLength is no number"),
            (2016, "pinLength is under 4"),
            (2017, "pinLength is over 10"),
        ];
        let pin_length = whole(body, "pinLength", 4..=10, bounds)?.unwrap_or(4);
        let no_uuid = (2018, "trackId is no lower-case UUID");
        let track = text(body, "trackId", no_uuid)?;
        let track = track.map(|track| uuid(track).ok_or(no_uuid)).transpose()?;
        let no_url = (2019, "otpCallbackUrl is no URL");
        let callback = text(body, "otpCallbackUrl", no_url)?;
        if callback.is_some_and(|callback| !is_url(callback)) {
            return Err(no_url);
        }
        Ok(Self {
            phone,
            country,
            template: template.to_owned(),
            track,
            ttl,
            max_attempts,
            alphabet,
            pin_length: usize::try_from(pin_length).unwrap_or(4),
            callback: callback.map(ToOwned::to_owned),
        })
    }
}

/// A text that may be left out, but neither empty nor null.
fn text<'a>(body: &'a Map<String, Value>, name: &str, refusal: Refusal) -> Result<Option<&'a str>, Refusal> {
    let Some(value) = body.get(name) else { return Ok(None) };
    value.as_str().filter(|text| !text.is_empty()).map(Some).ok_or(refusal)
}

fn whole(
    body: &Map<String, Value>,
    name: &str,
    range: std::ops::RangeInclusive<i64>,
    [no_number, under, over]: [Refusal; 3],
) -> Result<Option<i64>, Refusal> {
    let Some(value) = body.get(name) else { return Ok(None) };
    match value.as_i64() {
        None if value.is_u64() => Err(over),
        None => Err(no_number),
        Some(number) if number < *range.start() => Err(under),
        Some(number) if number > *range.end() => Err(over),
        number => Ok(number),
    }
}

/// Number in E.164 and its country, from either form that the API takes.
fn phone(number: &str, country: Option<&str>) -> Result<(String, &'static str), Refusal> {
    let invalid = (2020, "phoneNumber is no phone number");
    let unknown = (2003, "countryIso is unknown");
    let code = country.map(|country| calling_code(country).ok_or(unknown)).transpose()?;
    let full = if number.starts_with('+') {
        number.to_owned()
    } else {
        let code = code.ok_or((2002, "countryIso is missing, and the number is national"))?;
        format!("+{code}{}", number.strip_prefix('0').unwrap_or(number))
    };
    let digits = &full[1..];
    let fits = (8..=15).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
    if !fits {
        return Err(invalid);
    }
    let country = country_of(&full).ok_or(invalid)?;
    Ok((full, country))
}

fn uuid(text: &str) -> Option<Uuid> {
    Uuid::parse_str(text).ok().filter(|uuid| uuid.to_string() == text)
}

fn is_url(text: &str) -> bool {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    let host = rest.and_then(|rest| rest.split(['/', '?', '#']).next());
    host.is_some_and(|host| !host.is_empty()) && !text.contains(char::is_whitespace)
}
