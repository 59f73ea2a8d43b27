//! What must not be seen: codes, images and proofs.

use std::fmt;

use otp_transport::Secret;
use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret, SecretSlice};

/// A code that somebody typed, or that a provider hands to the caller.
///
/// White space around it is dropped, because people paste it; leading zeros, case and everything else stay. `Debug`
/// shows nothing, there is no `Display`, and its own memory is wiped on drop. [`Secret`] says which copies are left of a code
/// that was sent.
///
/// ```
/// use otp_facade::Code;
///
/// let code = Code::from(" 001234\n");
/// assert_eq!(code.expose(), "001234");
/// assert_eq!(format!("{code:?}"), "Code(…)");
/// ```
#[derive(Clone)]
pub struct Code(Secret);

impl Code {
    /// The code. Keep it out of logs, error messages and `format!`.
    pub fn expose(&self) -> &str {
        self.0.expose()
    }

    #[cfg(feature = "_client")]
    pub(crate) fn secret(&self) -> Secret {
        self.0.clone()
    }
}

impl From<&str> for Code {
    fn from(text: &str) -> Self {
        Self(text.trim().into())
    }
}

impl From<String> for Code {
    fn from(text: String) -> Self {
        // The untrimmed copy is wiped too.
        let text = Secret::from(text);
        Self::from(text.expose())
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Code(…)")
    }
}

/// What the user has to scan, as the bytes of a PNG (photoTAN). It shows what is being approved, and whoever has the
/// user's device reads the code from it.
///
/// `Debug` shows nothing of it, and its own memory is wiped on drop.
///
/// ```
/// use otp_facade::Image;
///
/// let image = Image::from(vec![0x89, b'P', b'N', b'G']);
/// assert_eq!(image.expose(), b"\x89PNG");
/// assert_eq!(format!("{image:?}"), "Image(…)");
/// ```
#[derive(Clone)]
pub struct Image(SecretSlice<u8>);

impl Image {
    /// The bytes. Show them to the user, and keep them out of logs and error messages.
    pub fn expose(&self) -> &[u8] {
        self.0.expose_secret()
    }
}

impl From<Vec<u8>> for Image {
    fn from(bytes: Vec<u8>) -> Self {
        // An exact copy: to give back the room that is left may move the bytes, and would leave the old ones as they were.
        let bytes = Zeroizing::new(bytes);
        Self(bytes.to_vec().into())
    }
}

impl fmt::Debug for Image {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Image(…)")
    }
}

/// What a provider gives for an accepted code, to be shown where the approval is used: Deutsche Bank's one-time
/// password. It is worth as much as the approval itself.
#[derive(Clone)]
pub struct Proof(Secret);

impl Proof {
    /// The proof. Keep it out of logs, error messages and `format!`.
    pub fn expose(&self) -> &str {
        self.0.expose()
    }
}

impl From<&str> for Proof {
    fn from(text: &str) -> Self {
        Self(text.into())
    }
}

impl From<String> for Proof {
    fn from(text: String) -> Self {
        Self(text.into())
    }
}

impl From<Secret> for Proof {
    fn from(secret: Secret) -> Self {
        Self(secret)
    }
}

impl fmt::Debug for Proof {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Proof(…)")
    }
}
