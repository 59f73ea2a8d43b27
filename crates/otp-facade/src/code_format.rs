//! What can be a code, and what costs an attempt for nothing.

use std::ops::RangeInclusive;

use icu_properties::props::GeneralCategory;

use crate::capabilities::check_text;
use crate::error::{Error, Result};
use crate::request::Alphabet;
use crate::secret::Code;
use crate::unicode::category;

/// A one-time password of RFC 2289 has six words. No kind has more.
const MAX_WORDS: usize = 6;

/// No provider's codes come near it.
const MAX_CHARS: usize = 64;

/// What every code looks like that a provider issues: its characters, and how many there are.
///
/// ```
/// use otp_facade::{Alphabet, Code, CodeFormat};
///
/// let format = CodeFormat::new(Alphabet::Digits, 6..=8);
/// assert!(format.fits(&Code::from("123 456")));
/// assert!(!format.fits(&Code::from("12345")) && !format.fits(&Code::from("12345a")));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CodeFormat {
    /// Character set of codes. Letters are those of ASCII.
    pub alphabet: Alphabet,
    /// How many characters codes have.
    pub length: RangeInclusive<u32>,
}

impl CodeFormat {
    /// Codes of these characters, within these lengths.
    pub fn new(alphabet: Alphabet, length: RangeInclusive<u32>) -> Self {
        Self { alphabet, length }
    }

    /// Whether this can be one of the codes.
    pub fn fits(&self, code: &Code) -> bool {
        let belongs = |character: char| match self.alphabet {
            Alphabet::Digits => character.is_ascii_digit(),
            Alphabet::Letters => character.is_ascii_alphabetic(),
            Alphabet::Alphanumeric => character.is_ascii_alphanumeric(),
        };
        let code = code.expose();
        u32::try_from(code.len()).is_ok_and(|length| self.length.contains(&length))
            && code.chars().all(belongs)
    }

    /// Refuses what cannot be one of the codes.
    ///
    /// # Errors
    ///
    /// `InvalidRequest`, with the rule.
    pub(crate) fn admit(&self, code: &Code) -> Result<()> {
        if self.fits(code) {
            return Ok(());
        }
        let characters = match self.alphabet {
            Alphabet::Digits => "digits",
            Alphabet::Letters => "letters",
            Alphabet::Alphanumeric => "letters and digits",
        };
        let (min, max) = (self.length.start(), self.length.end());
        Err(Error::invalid("code", &format!("must consist of {min} to {max} {characters}")))
    }

    /// What a code of either may look like.
    pub(crate) fn or(&self, other: &Self) -> Self {
        let alphabet = if self.alphabet == other.alphabet { self.alphabet } else { Alphabet::Alphanumeric };
        let min = *self.length.start().min(other.length.start());
        let max = *self.length.end().max(other.length.end());
        Self { alphabet, length: min..=max }
    }
}

/// Refuses what is no code of any provider.
pub(crate) fn check_code(code: &Code) -> Result<()> {
    use GeneralCategory::{EnclosingMark, LineSeparator, OtherSymbol, ParagraphSeparator, PrivateUse};

    let code = code.expose();
    // Nearly all codes are this. The rules below look each character up in Unicode's tables, and allow it.
    if (1..=MAX_CHARS).contains(&code.len()) && code.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return Ok(());
    }
    check_text("code", code, MAX_CHARS)?;
    // Emoji are among the other symbols.
    let never = |character| {
        matches!(
            category(character),
            EnclosingMark | LineSeparator | OtherSymbol | ParagraphSeparator | PrivateUse
        )
    };
    if code.chars().any(never) {
        return Err(Error::invalid("code", "must consist of letters, digits, punctuation and spaces"));
    }
    if code.split_whitespace().count() > MAX_WORDS {
        return Err(Error::invalid("code", "must have at most 6 words"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{CodeFormat, check_code};
    use crate::request::Alphabet;

    #[test]
    fn what_cannot_be_a_code_is_refused_and_what_can_is_not() {
        let long = "1".repeat(65);
        let sentence = "The code that I got is 123456.";
        for text in [
            "",
            " \u{200B}",
            ".",
            "..",
            &long,
            "12\u{0}34",
            "12\n34",
            "12\u{2028}34",
            "😀",
            "123😀",
            "1\u{FE0F}\u{20E3}",
            sentence,
        ] {
            let error = check_code(&text.into()).expect_err(text).to_string();
            assert!(error.starts_with("invalid_request: code must"), "{error}");
        }
        let words = "BEEF TUSK HAD OLD NIL FOG";
        for text in ["0", "000000", "ab-12", "é", "пароль", "密码", "a b c", "1+1=2 /?#%", words, &long[..64]]
        {
            check_code(&text.into()).expect(text);
        }
    }

    #[test]
    fn a_known_format_refuses_what_no_code_of_it_can_be() {
        let format = CodeFormat::new(Alphabet::Alphanumeric, 4..=10);
        for text in ["123", "12345678901", "12-ab", "é1234", "12 ab"] {
            let error = format.admit(&text.into()).expect_err(text).to_string();
            assert_eq!(error, "invalid_request: code must consist of 4 to 10 letters and digits");
        }
        for text in ["0000", "aBcD", "1234567890", "12-34", "١٢٣٤", "ａ１ｂ２"] {
            format.admit(&text.into()).expect(text);
        }
    }

    #[test]
    fn two_providers_together_refuse_only_what_both_do() {
        let format = |alphabet, length| CodeFormat::new(alphabet, length);
        let (digits, letters) = (format(Alphabet::Digits, 6..=8), format(Alphabet::Letters, 4..=7));
        assert_eq!(digits.or(&letters), format(Alphabet::Alphanumeric, 4..=8));
        assert_eq!(digits.or(&digits), digits);
    }
}
