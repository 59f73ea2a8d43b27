//! Configuration of a rate limit of the guard: a number or `unlimited`.

use std::borrow::Cow;
use std::num::NonZeroU32;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

const UNLIMITED: &str = "unlimited";
const RULE: &str = "must be a whole number from 1 to 4294967295, or \"unlimited\" for no limit";

/// Rate limit: a whole number of at least 1, or `"unlimited"`.
///
/// Only `"unlimited"` switches off a limit that has a default. A limit that is left out has its default, and zero is an
/// error. An environment variable needs no quotes: `OTP__GUARD__PER_DAY=unlimited`.
///
/// ```
/// use otp_facade::config::{LimitConfig, StackConfig};
///
/// let config = StackConfig::from_toml(r#"
///     [[providers]]
///     provider = "memory"
///
///     [guard]
///     key = { env = "OTP_GUARD_KEY" }
///     per_day = "unlimited"
/// "#)?;
/// let guard = config.guard.expect("a guard");
/// assert_eq!(guard.per_day, Some(LimitConfig::Unlimited));
/// assert_eq!(guard.per_hour, None); // 5 by default
/// # Ok::<(), otp_facade::config::StackError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LimitConfig {
    /// At most this number.
    AtMost(NonZeroU32),
    /// No limit.
    Unlimited,
}

impl LimitConfig {
    /// The value for `GuardSettings`.
    pub(super) fn max(self) -> Option<u32> {
        match self {
            Self::AtMost(max) => Some(max.get()),
            Self::Unlimited => None,
        }
    }
}

impl<'de> Deserialize<'de> for LimitConfig {
    /// By hand, because a derived one does not say what would be right.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Value::deserialize(deserializer)? {
            Value::String(word) if word == UNLIMITED => Ok(Self::Unlimited),
            number => NonZeroU32::deserialize(number).map(Self::AtMost).map_err(|_| D::Error::custom(RULE)),
        }
    }
}

impl JsonSchema for LimitConfig {
    fn schema_name() -> Cow<'static, str> {
        "LimitConfig".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "Rate limit: a whole number of at least 1, or `\"unlimited\"`.",
            "oneOf": [generator.subschema_for::<NonZeroU32>(), { "const": UNLIMITED, "type": "string" }],
        })
    }
}
