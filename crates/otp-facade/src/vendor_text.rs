//! Text of a vendor that callers will log.

use otp_transport::one_line;

/// Longer words are cut.
const MAX_WORD: usize = 64;

/// A vendor's word for something, such as a status that this version does not know: one line of at most 64 characters.
/// A word needs no number: one with four digits or more, which may be a code or a phone number, loses all of them.
pub(crate) fn word(text: &str) -> String {
    let line = one_line(text, MAX_WORD);
    match text.chars().filter(|character| character.is_numeric()).count() {
        0..4 => line.into_owned(),
        _ => line.replace(char::is_numeric, "*"),
    }
}

#[cfg(test)]
mod tests {
    use super::word;

    #[test]
    fn a_word_is_one_short_line_without_codes_and_numbers() {
        let long = "x".repeat(5000);
        let cut = format!("{}…", "x".repeat(63));
        let cases = [
            ("SENT_2", "SENT_2"),
            ("verified", "verified"),
            ("", ""),
            ("A\r\nB\u{1b}[2J\u{202E}", "A\u{FFFD}\u{FFFD}B\u{FFFD}[2J\u{FFFD}"),
            ("sent to +49 151 1234", "sent to +** *** ****"),
            ("pin ٤٧٢٩", "pin ****"),
            (&long, &cut),
        ];
        for (text, expected) in cases {
            assert_eq!(word(text), expected);
            assert_eq!(word(expected), expected, "once more changes nothing");
        }
    }
}
