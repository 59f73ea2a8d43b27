//! Errors of values that cannot be converted, and the messages of the code generator in plain words.

use std::fmt;

/// A value cannot be converted to the type of a request. The message names the rule, and the path to the value where it
/// is nested; it never shows the value.
pub struct ConversionError(String);

impl From<&str> for ConversionError {
    fn from(message: &str) -> Self {
        Self(plain_message(message))
    }
}

impl From<String> for ConversionError {
    fn from(message: String) -> Self {
        Self(plain_message(&message))
    }
}

impl fmt::Display for ConversionError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl fmt::Debug for ConversionError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, formatter)
    }
}

impl std::error::Error for ConversionError {}

/// Translates a message of the generator, which speaks of conversions and of what was not initialized. Others stay as
/// they are, so that a message may pass through here more than once.
pub(crate) fn plain_message(message: &str) -> String {
    if let Some((_, error)) = message.split_once("` for body failed: ") {
        return plain_message(error);
    }
    if let Some(rest) = message.strip_prefix("error converting supplied value for ")
        && let Some((name, error)) = rest.split_once(": ")
    {
        let (name, error) = (setter(name), plain_message(error));
        // `spec` and `user_id is missing` make `spec.user_id is missing`; `limit` and `must be …` make a sentence.
        return match error.split_once(' ') {
            Some(("must", _)) => format!("{name} {error}"),
            Some((path, rule)) if is_path(path) && is_rule(rule) => format!("{name}.{error}"),
            _ => format!("{name}: {error}"),
        };
    }
    let missing = message.strip_suffix(" was not initialized");
    if let Some(name) = missing.or_else(|| message.strip_prefix("no value supplied for ")) {
        return format!("{} is missing", setter(name));
    }
    let characters = |start: &str| message.strip_prefix(start)?.strip_suffix(" characters");
    if let Some(max) = characters("longer than ") {
        return format!("must have at most {max} characters");
    }
    if let Some(min) = characters("shorter than ") {
        return format!("must have at least {min} characters");
    }
    match message.strip_prefix("doesn't match pattern \"").and_then(|rest| rest.strip_suffix('"')) {
        Some(pattern) => format!("must match {pattern}"),
        None => message.to_owned(),
    }
}

/// The name that a user knows: a setter that is named like a keyword ends in `_`.
fn setter(name: &str) -> &str {
    name.trim_end_matches('_')
}

fn is_path(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'.')
}

fn is_rule(text: &str) -> bool {
    text == "is missing" || text.starts_with("must ")
}

#[cfg(test)]
mod tests {
    use super::plain_message;

    #[test]
    fn messages_of_the_generator_name_the_value_and_the_rule() {
        let cases = [
            ("type_ was not initialized", "type is missing"),
            ("no value supplied for phone_number", "phone_number is missing"),
            ("longer than 15 characters", "must have at most 15 characters"),
            ("shorter than 3 characters", "must have at least 3 characters"),
            ("doesn't match pattern \"^[0-9]{12}$\"", "must match ^[0-9]{12}$"),
            (
                "error converting supplied value for from: longer than 15 characters",
                "from must have at most 15 characters",
            ),
            ("error converting supplied value for spec: user_id is missing", "spec.user_id is missing"),
            ("error converting supplied value for a: b.c must be one of x, y", "a.b.c must be one of x, y"),
            ("error converting supplied value for ttl: out of range", "ttl: out of range"),
            ("conversion to `NewOtpRequest` for body failed: no value supplied for pin", "pin is missing"),
            ("otp_id must be a UUID", "otp_id must be a UUID"),
        ];
        for (message, plain) in cases {
            assert_eq!(plain_message(message), plain);
            assert_eq!(plain_message(plain), plain, "it is translated again");
        }
    }
}
