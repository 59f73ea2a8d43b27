//! Strict reading of JSON objects. A field that breaks its description is an error that names the field.

use serde_json::{Map, Value};

/// A valid value, or what is wrong with it as a message for the caller.
pub(crate) type Validated<T> = Result<T, String>;

/// The fields of one JSON object.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fields<'a>(&'a Map<String, Value>);

impl<'a> Fields<'a> {
    /// `name` is what error messages call the object.
    pub(crate) fn of(value: Option<&'a Value>, name: &str) -> Validated<Self> {
        value.and_then(Value::as_object).map(Self).ok_or_else(|| format!("{name} must be an object"))
    }

    pub(crate) fn get(self, name: &str) -> Option<&'a Value> {
        self.0.get(name)
    }

    pub(crate) fn object(self, name: &str) -> Validated<Option<Self>> {
        self.get(name).map(|value| Self::of(Some(value), name)).transpose()
    }

    pub(crate) fn string(self, name: &str) -> Validated<Option<&'a str>> {
        let string = |value: &'a Value| value.as_str().ok_or_else(|| format!("{name} must be a string"));
        self.get(name).map(string).transpose()
    }

    pub(crate) fn required_string(self, name: &str) -> Validated<&'a str> {
        self.string(name)?.ok_or_else(|| format!("{name} is required"))
    }

    /// A string of 1 to `max_chars` characters.
    pub(crate) fn bounded_string(self, name: &str, max_chars: usize) -> Validated<Option<&'a str>> {
        match self.string(name)? {
            Some(string) if string.is_empty() || string.chars().count() > max_chars => {
                Err(format!("{name} must have 1 to {max_chars} characters"))
            }
            string => Ok(string),
        }
    }

    pub(crate) fn one_of(self, name: &str, known: &[&str]) -> Validated<Option<&'a str>> {
        match self.string(name)? {
            Some(string) if !known.contains(&string) => {
                Err(format!("{name} must be one of {}", known.join(", ")))
            }
            string => Ok(string),
        }
    }

    pub(crate) fn boolean(self, name: &str) -> Validated<Option<bool>> {
        let boolean = |value: &Value| value.as_bool().ok_or_else(|| format!("{name} must be true or false"));
        self.get(name).map(boolean).transpose()
    }

    pub(crate) fn integer(self, name: &str, min: i64, max: i64) -> Validated<Option<i64>> {
        let integer = |value: &Value| {
            let number = value.as_i64().filter(|number| (min..=max).contains(number));
            number.ok_or_else(|| format!("{name} must be an integer from {min} to {max}"))
        };
        self.get(name).map(integer).transpose()
    }

    pub(crate) fn array(self, name: &str) -> Validated<Option<&'a [Value]>> {
        let array = |value: &'a Value| {
            value.as_array().map(Vec::as_slice).ok_or_else(|| format!("{name} must be an array"))
        };
        self.get(name).map(array).transpose()
    }

    pub(crate) fn strings(self, name: &str) -> Validated<Option<Vec<&'a str>>> {
        let Some(array) = self.array(name)? else { return Ok(None) };
        let string =
            |value: &'a Value| value.as_str().ok_or_else(|| format!("{name} must contain only strings"));
        array.iter().map(string).collect::<Validated<_>>().map(Some)
    }
}
