//! Reading the fields of a JSON object strictly: what a description forbids is refused, with the field's
//! name.

use serde_json::{Map, Value};

/// The fields of one object.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fields<'a>(&'a Map<String, Value>);

pub(crate) type Checked<T> = Result<T, String>;

impl<'a> Fields<'a> {
    pub(crate) fn of(value: Option<&'a Value>, name: &str) -> Checked<Self> {
        value.and_then(Value::as_object).map(Self).ok_or_else(|| format!("{name} must be an object"))
    }

    pub(crate) fn object(self, name: &str) -> Checked<Option<Self>> {
        self.0.get(name).map(|value| Self::of(Some(value), name)).transpose()
    }

    pub(crate) fn text(self, name: &str) -> Checked<Option<&'a str>> {
        let text = |value: &'a Value| value.as_str().ok_or_else(|| format!("{name} must be a text"));
        self.0.get(name).map(text).transpose()
    }

    pub(crate) fn required(self, name: &str) -> Checked<&'a str> {
        self.text(name)?.ok_or_else(|| format!("{name} is required"))
    }

    pub(crate) fn sized(self, name: &str, longest: usize) -> Checked<Option<&'a str>> {
        match self.text(name)? {
            Some(text) if text.is_empty() || text.chars().count() > longest => {
                Err(format!("{name} must have 1 to {longest} characters"))
            }
            text => Ok(text),
        }
    }

    pub(crate) fn one_of(self, name: &str, known: &[&str]) -> Checked<Option<&'a str>> {
        match self.text(name)? {
            Some(text) if !known.contains(&text) => {
                Err(format!("{name} must be one of {}", known.join(", ")))
            }
            text => Ok(text),
        }
    }

    pub(crate) fn flag(self, name: &str) -> Checked<Option<bool>> {
        let flag = |value: &Value| value.as_bool().ok_or_else(|| format!("{name} must be true or false"));
        self.0.get(name).map(flag).transpose()
    }

    pub(crate) fn whole(self, name: &str, least: i64, most: i64) -> Checked<Option<i64>> {
        let whole = |value: &Value| {
            let number = value.as_i64().filter(|number| (least..=most).contains(number));
            number.ok_or_else(|| format!("{name} must be a whole number from {least} to {most}"))
        };
        self.0.get(name).map(whole).transpose()
    }

    pub(crate) fn list(self, name: &str) -> Checked<Option<&'a [Value]>> {
        let list = |value: &'a Value| {
            value.as_array().map(Vec::as_slice).ok_or_else(|| format!("{name} must be a list"))
        };
        self.0.get(name).map(list).transpose()
    }

    pub(crate) fn texts(self, name: &str) -> Checked<Option<Vec<&'a str>>> {
        let Some(list) = self.list(name)? else { return Ok(None) };
        let text = |value: &'a Value| value.as_str().ok_or_else(|| format!("{name} must hold texts"));
        list.iter().map(text).collect::<Checked<_>>().map(Some)
    }

    pub(crate) fn get(self, name: &str) -> Option<&'a Value> {
        self.0.get(name)
    }
}
