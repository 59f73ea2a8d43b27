//! Validation of `POST /otp`, field by field. Each rule has an error code of its own.

use serde_json::{Map, Value};
use uuid::Uuid;

use super::countries::{calling_code, country_of};
use crate::services::seeded_rng::{DIGITS, LETTERS, LETTERS_AND_DIGITS};

/// A valid request. Missing fields have the account's defaults.
#[derive(Debug)]
pub(crate) struct NewOtp {
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

/// Error code and message.
type FieldError = (u16, &'static str);

impl NewOtp {
    pub(crate) fn read(body: &Map<String, Value>) -> Result<Self, FieldError> {
        let number = string(body, "phoneNumber", (2001, "phoneNumber is missing"))?;
        let number = number.ok_or((2001, "phoneNumber is missing"))?;
        let country = string(body, "countryIso", (2002, "countryIso is empty"))?;
        let (phone, country) = phone(number, country)?;
        if let Some(from) = string(body, "from", (2004, "from is empty"))?
            && !(3..=15).contains(&from.chars().count())
        {
            return Err((2005, "from must have 3 to 15 characters"));
        }
        let no_template = (2006, "template must contain the placeholder {{pin}}");
        let template = string(body, "template", no_template)?.unwrap_or("Your code is {{pin}}");
        if !template.contains("{{pin}}") {
            return Err(no_template);
        }
        let bounds = [
            (2007, "ttl must be an integer"),
            (2008, "ttl must be at least 60"),
            (2009, "ttl must be at most 1800"),
        ];
        let ttl = integer(body, "ttl", 60..=1800, bounds)?.unwrap_or(300);
        let bounds = [
            (2010, "maxAttempts must be an integer"),
            (2011, "maxAttempts must be at least 1"),
            (2012, "maxAttempts must be at most 10"),
        ];
        let max_attempts = integer(body, "maxAttempts", 1..=10, bounds)?.unwrap_or(3);
        let alphabet = match string(body, "pinType", (2013, "pinType is empty"))? {
            None | Some("numbers") => DIGITS,
            Some("letters") => LETTERS,
            Some("alphanumeric") => LETTERS_AND_DIGITS,
            Some(_) => return Err((2014, "pinType must be letters, numbers or alphanumeric")),
        };
        let bounds = [
            (2015, "pinLength must be an integer"),
            (2016, "pinLength must be at least 4"),
            (2017, "pinLength must be at most 10"),
        ];
        let pin_length = integer(body, "pinLength", 4..=10, bounds)?.unwrap_or(4);
        let no_uuid = (2018, "trackId must be a lower-case UUID");
        let track = string(body, "trackId", no_uuid)?;
        let track = track.map(|track| uuid(track).ok_or(no_uuid)).transpose()?;
        let no_url = (2019, "otpCallbackUrl must be an http or https URL");
        let callback = string(body, "otpCallbackUrl", no_url)?;
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

/// A string that may be missing, but not empty or null.
fn string<'a>(
    body: &'a Map<String, Value>,
    name: &str,
    error: FieldError,
) -> Result<Option<&'a str>, FieldError> {
    let Some(value) = body.get(name) else { return Ok(None) };
    value.as_str().filter(|string| !string.is_empty()).map(Some).ok_or(error)
}

fn integer(
    body: &Map<String, Value>,
    name: &str,
    range: std::ops::RangeInclusive<i64>,
    [not_integer, too_small, too_large]: [FieldError; 3],
) -> Result<Option<i64>, FieldError> {
    let Some(value) = body.get(name) else { return Ok(None) };
    match value.as_i64() {
        None if value.is_u64() => Err(too_large),
        None => Err(not_integer),
        Some(number) if number < *range.start() => Err(too_small),
        Some(number) if number > *range.end() => Err(too_large),
        number => Ok(number),
    }
}

/// The number in E.164 and its country, from an international or a national number.
fn phone(number: &str, country: Option<&str>) -> Result<(String, &'static str), FieldError> {
    let invalid = (2020, "phoneNumber is not a valid phone number");
    let unknown = (2003, "countryIso is unknown");
    let code = country.map(|country| calling_code(country).ok_or(unknown)).transpose()?;
    let full = if number.starts_with('+') {
        number.to_owned()
    } else {
        let code = code.ok_or((2002, "countryIso is required for a national number"))?;
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

fn uuid(string: &str) -> Option<Uuid> {
    Uuid::parse_str(string).ok().filter(|uuid| uuid.to_string() == string)
}

fn is_url(string: &str) -> bool {
    let rest = string.strip_prefix("https://").or_else(|| string.strip_prefix("http://"));
    let host = rest.and_then(|rest| rest.split(['/', '?', '#']).next());
    host.is_some_and(|host| !host.is_empty()) && !string.contains(char::is_whitespace)
}
