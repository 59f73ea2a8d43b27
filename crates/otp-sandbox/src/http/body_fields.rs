//! Strict reading of JSON objects and forms. A field that breaks its description is an error that names the field.

use serde_json::{Map, Value};

use super::Request;

/// A valid value, or what is wrong with it as a message for the caller.
pub(crate) type Validated<T> = Result<T, String>;

/// The fields of one JSON object, or of a form.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fields<'a> {
    fields: &'a Map<String, Value>,
    /// A form has strings only: its numbers and booleans are read from them.
    is_form: bool,
}

impl<'a> Fields<'a> {
    /// `name` is what error messages call the object.
    pub(crate) fn of(value: Option<&'a Value>, name: &str) -> Validated<Self> {
        let fields = value.and_then(Value::as_object).ok_or_else(|| format!("{name} must be an object"))?;
        Ok(Self { fields, is_form: false })
    }

    /// The fields of a form. A name that occurs more than once has a list of values. There are none if the body is no
    /// form.
    pub(crate) const fn of_form(request: &'a Request) -> Self {
        Self { fields: &request.form, is_form: true }
    }

    pub(crate) fn get(self, name: &str) -> Option<&'a Value> {
        self.fields.get(name)
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
        let boolean = |value: &Value| {
            let written = value.as_str().filter(|_| self.is_form).and_then(|text| text.parse().ok());
            value.as_bool().or(written).ok_or_else(|| format!("{name} must be true or false"))
        };
        self.get(name).map(boolean).transpose()
    }

    pub(crate) fn integer(self, name: &str, min: i64, max: i64) -> Validated<Option<i64>> {
        let integer = |value: &Value| {
            let written = value.as_str().filter(|_| self.is_form).and_then(|text| text.parse().ok());
            let number = value.as_i64().or(written).filter(|number| (min..=max).contains(number));
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

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use hyper::{HeaderMap, Method, Uri};
    use serde_json::json;

    use super::*;

    fn form(content_type: &str, body: &str) -> Request {
        let headers =
            HeaderMap::from_iter([("content-type".parse().unwrap(), content_type.parse().unwrap())]);
        Request::new(&Method::POST, &Uri::from_static("/"), headers, Bytes::from(body.to_owned()))
    }

    #[test]
    fn a_form_is_read_as_strictly_as_json() {
        let request = form(
            "Application/X-WWW-Form-Urlencoded; charset=utf-8",
            "To=%2B49+1&Flag=true&Ttl=60&Odd=yes&Twice=a&Twice=b",
        );
        let fields = Fields::of_form(&request);
        assert_eq!(fields.required_string("To"), Ok("+49 1"));
        assert_eq!(fields.boolean("Flag"), Ok(Some(true)));
        assert_eq!(fields.integer("Ttl", 1, 60), Ok(Some(60)));
        assert_eq!(fields.strings("Twice"), Ok(Some(vec!["a", "b"])));
        for error in [
            fields.required_string("Nothing").map(|_| ()),
            fields.boolean("Odd").map(|_| ()),
            fields.integer("Ttl", 1, 59).map(|_| ()),
            fields.string("Twice").map(|_| ()),
        ] {
            assert!(error.is_err());
        }
    }

    #[test]
    fn a_string_in_json_is_neither_number_nor_boolean() {
        let body = json!({ "flag": "true", "ttl": "60" });
        let fields = Fields::of(Some(&body), "body").unwrap();
        assert!(fields.boolean("flag").is_err() && fields.integer("ttl", 1, 60).is_err());
    }

    #[test]
    fn a_body_that_is_no_form_has_no_fields() {
        assert_eq!(Fields::of_form(&form("text/plain", "a=b")).get("a"), None);
    }
}
