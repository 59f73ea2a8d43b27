//! Redacting types for secrets: codes, images and proofs.

use std::fmt;

use otp_transport::Secret;
use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret, SecretSlice};

use crate::unicode::{ascii_digit, ascii_letter, is_blank, is_dash, is_invisible, is_line_break};

/// A one-time code, typed by a user or returned by a provider.
///
/// Typed and pasted input is normalized where its meaning is certain:
///
/// - White space around the code, and invisible characters anywhere in it, are dropped.
/// - Decimal digits of any script become ASCII digits. Full width Latin letters become ASCII letters.
/// - Digits in groups, as phones show them, lose the spaces and hyphens between the groups: `123 456` and `123-456` are
///   `123456`. A code with anything but digits keeps them.
///
/// Leading zeros, case and everything else stay. `Debug` shows nothing, and there is no `Display`. The memory of the code
/// is wiped on drop; [`Secret`] says which copies remain of a code that was sent.
///
/// ```
/// use otp_facade::Code;
///
/// let code = Code::from(" 001234\n");
/// assert_eq!(code.expose(), "001234");
/// assert_eq!(Code::from("٠٠١-٢٣٤").expose(), "001234");
/// assert_eq!(Code::from("ab-12").expose(), "ab-12");
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
    #[allow(dead_code, reason = "not every provider needs it")]
    pub(crate) fn secret(&self) -> Secret {
        self.0.clone()
    }
}

impl From<&str> for Code {
    fn from(text: &str) -> Self {
        // Nearly all codes are this already. The general way looks each character up in Unicode's tables, several times.
        if text.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return Self(text.into());
        }
        let surrounds = |character| is_blank(character) || is_invisible(character);
        let text = text.trim_matches(surrounds);
        let read = text.chars().filter(|character| !is_invisible(*character)).map(ascii_digit);
        let read = read.map(ascii_letter);
        match is_grouped_digits(text, read.clone()) {
            true => Self(exact(read.filter(char::is_ascii_digit))),
            false => Self(exact(read)),
        }
    }
}

impl From<String> for Code {
    fn from(text: String) -> Self {
        // The original is a secret too: as a `Secret` it is wiped on drop.
        let text = Secret::from(text);
        Self::from(text.expose())
    }
}

/// Whether the characters are digits with only spaces and hyphens between them.
fn is_grouped_digits(trimmed: &str, mut read: impl Iterator<Item = char> + Clone) -> bool {
    let is_digit_at =
        |end: Option<char>| end.is_some_and(|character| ascii_digit(character).is_ascii_digit());
    let separates = |character| (is_blank(character) && !is_line_break(character)) || is_dash(character);
    is_digit_at(trimmed.chars().next())
        && is_digit_at(trimmed.chars().next_back())
        && read.all(|character| character.is_ascii_digit() || separates(character))
}

/// Collects the characters into a string of exact capacity. A reallocation would leave a copy that is never wiped.
fn exact(characters: impl Iterator<Item = char> + Clone) -> Secret {
    let mut text = String::with_capacity(characters.clone().map(char::len_utf8).sum());
    text.extend(characters);
    text.into()
}

impl fmt::Debug for Code {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Code(…)")
    }
}

/// The photoTAN image that the user scans, as the bytes of a PNG. It encodes what is being approved, and the user's device
/// reads the code from it.
///
/// `Debug` shows nothing, and the memory of the image is wiped on drop.
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
        // An exact copy. Shrinking the vector could move the bytes and leave the old ones in memory.
        let bytes = Zeroizing::new(bytes);
        Self(bytes.to_vec().into())
    }
}

impl fmt::Debug for Image {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Image(…)")
    }
}

/// The proof that a provider returns for an accepted code, such as Deutsche Bank's one-time password.
///
/// It is presented where the approval is used, and is worth as much as the approval itself.
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

#[cfg(test)]
mod tests {
    use super::Code;

    fn read(typed: &str) -> String {
        Code::from(typed).expose().to_owned()
    }

    #[test]
    fn invisible_characters_anywhere_in_a_code_are_dropped() {
        let invisible = "\u{AD}\u{61C}\u{180E}\u{200B}\u{200C}\u{200D}\u{200E}\u{200F}\u{202A}\u{202B}\u{202C}\u{202D}\
            \u{202E}\u{2060}\u{2066}\u{2067}\u{2068}\u{2069}\u{FEFF}\u{A0}\u{1680}\u{2000}\u{2007}\u{2009}\u{202F}\
            \u{205F}\u{2800}\u{3000}\u{2028}\t\r\n ";
        for character in invisible.chars() {
            let typed = format!("{character}00{character}{character}1234{character}");
            if !character.is_control() && character != '\u{2028}' {
                assert_eq!(read(&typed), "001234", "{character:?}");
            }
            assert_eq!(read(&format!("{character} 001234{character}")), "001234", "{character:?}");
        }
        assert_eq!(read("\u{2068}a\u{200B}B-12\u{2069}"), "aB-12");
        assert_eq!(read("\u{FEFF} \u{200B}"), "");
    }

    #[test]
    fn digits_of_any_script_are_digits_and_full_width_letters_letters() {
        for typed in ["٠٠١٢٣٤", "۰۰۱۲۳۴", "००१२३४", "০০১২৩৪", "๐๐๑๒๓๔", "００１２３４", "𝟎𝟎𝟏𝟐𝟑𝟒", "٠0१2３𝟒"]
        {
            assert_eq!(read(typed), "001234", "{typed}");
        }
        assert_eq!(read("ＡｂＣ１２"), "AbC12");
        assert_eq!(read("é²五"), "é²五");
    }

    #[test]
    fn digits_in_groups_are_one_code_and_letters_keep_their_separators() {
        for separator in
            ["-", " ", "\u{2010}", "\u{2011}", "\u{2012}", "\u{2013}", "\u{2014}", "\u{2212}", "\u{FF0D}"]
        {
            assert_eq!(read(&format!("123{separator}456")), "123456", "{separator:?}");
        }
        for typed in [
            "1 2 3 4 5 6",
            "12-34-56",
            "123 - 456",
            "123\u{202F}456",
            "123\u{2009}456",
            "123\u{A0}456",
            "١٢٣-٤٥٦",
        ] {
            assert_eq!(read(typed), "123456", "{typed}");
        }
        for kept in [
            "abc-123",
            "abc 123",
            "A-B",
            "12-34a",
            "-123456",
            "123456-",
            "-",
            "- -",
            "123.456",
            "12\n34",
            "12\u{2028}34",
        ] {
            assert_eq!(read(kept), kept);
        }
    }
}
