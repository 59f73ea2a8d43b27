//! Strings that are redacted in `Debug`.

use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;

use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A secret text: a code, PIN, token, key, proof, or a phone number.
///
/// `Debug` redacts it, even its length; there is no `Display` and no `to_string`. The only access to the text is
/// [`expose`](Self::expose). On the wire it is a plain string.
///
/// ```compile_fail
/// otp_transport::Secret::from("472913").to_string();
/// ```
///
/// # What is wiped
///
/// The memory of a `Secret` is wiped on drop, and so is that of each clone and of the text that a client builds a path
/// in. Copies that other libraries make are not wiped: a secret that is sent stays in freed memory until something
/// else takes its place. These copies are reqwest's URL, headers and body, the header of a fixed credential, which a client keeps, the buffers of HTTP and of TLS, and what is
/// read of a response. A code in a path or a query, as at Equinix Metal and Agilicus, leaves the most of them. A core
/// dump, swap space or a debugger can show them; forbid these where it matters.
///
/// Comparing two secrets takes time that depends on where they differ; do not use it to check a code.
#[derive(Clone, Default)]
pub struct Secret(SecretString);

impl Secret {
    /// The text. Keep it out of logs, error messages and `format!`.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Secret(…)")
    }
}

impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        self.expose() == other.expose()
    }
}

impl Eq for Secret {}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        if text.len() == text.capacity() {
            return Self(text.into());
        }
        // Shrinking the allocation may move the text and leave a copy behind.
        Self(Zeroizing::new(text).as_str().into())
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Self(text.into())
    }
}

impl From<&String> for Secret {
    fn from(text: &String) -> Self {
        Self::from(text.as_str())
    }
}

impl FromStr for Secret {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(text.into())
    }
}

impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.expose())
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::from)
    }
}

#[cfg(feature = "schemars")]
impl schemars::JsonSchema for Secret {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Secret".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "format": "password" })
    }
}
