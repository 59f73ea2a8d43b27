//! Characters that people type without seeing them, and digits of their own script.

use icu_properties::props::{DefaultIgnorableCodePoint, GeneralCategory};
use icu_properties::{CodePointMapData, CodePointSetData};

pub(crate) fn category(character: char) -> GeneralCategory {
    CodePointMapData::<GeneralCategory>::new().get(character)
}

/// Whether nothing is seen of it, not even a blank: zero width characters, direction marks, a BOM.
pub(crate) fn is_invisible(character: char) -> bool {
    // Unicode counts annotation marks as visible, for the fonts that draw them.
    CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(character)
        || matches!(character, '\u{FFF9}'..='\u{FFFB}')
}

/// Whether it looks like a space. The empty Braille pattern is no white space to Unicode, and looks like it.
pub(crate) fn is_blank(character: char) -> bool {
    character.is_whitespace() || character == '\u{2800}'
}

/// Whether it begins another line.
pub(crate) fn is_line_break(character: char) -> bool {
    use GeneralCategory::{Control, LineSeparator, ParagraphSeparator};
    is_blank(character) && matches!(category(character), Control | LineSeparator | ParagraphSeparator)
}

/// Whether it looks like a hyphen, a dash, or a minus. Japanese keyboards offer the mark of a long vowel as one.
pub(crate) fn is_dash(character: char) -> bool {
    category(character) == GeneralCategory::DashPunctuation
        || matches!(character, '\u{2043}' | '\u{2212}' | '\u{30FC}')
}

/// The ASCII digit for a decimal digit of any script; others stay.
pub(crate) fn ascii_digit(character: char) -> char {
    if character.is_ascii() || !is_digit(character) {
        return character;
    }
    // Unicode encodes decimal digits in runs from 0 to 9, without exception (its stability policy), so that the value
    // is the distance to the beginning of the run. Runs may touch each other, hence the remainder.
    let before = (0..u32::from(character)).rev();
    let distance = before.take_while(|&code| char::from_u32(code).is_some_and(is_digit)).count() % 10;
    u32::try_from(distance).ok().and_then(|value| char::from_digit(value, 10)).unwrap_or(character)
}

/// The ASCII letter for a full width one; others stay.
pub(crate) fn ascii_letter(character: char) -> char {
    match character {
        '\u{FF21}'..='\u{FF3A}' | '\u{FF41}'..='\u{FF5A}' => {
            char::from_u32(u32::from(character) - 0xFEE0).unwrap_or(character)
        }
        _ => character,
    }
}

fn is_digit(character: char) -> bool {
    category(character) == GeneralCategory::DecimalNumber
}

#[cfg(test)]
mod tests {
    use super::{ascii_digit, ascii_letter, is_digit, is_invisible};

    #[test]
    fn digits_of_every_script_have_their_value() {
        // Zeros of scripts, from Unicode's charts.
        let zeros = [
            '0', '٠', '۰', '߀', '०', '০', '੦', '૦', '୦', '௦', '౦', '೦', '൦', '๐', '໐', '༠', '၀', '០', '᠐',
            '０', '𝟎', '𝟘', '𝟢', '𝟬', '𝟶', '𞥐', '🯰',
        ];
        for zero in zeros {
            for value in 0..10 {
                let digit = char::from_u32(u32::from(zero) + value).unwrap();
                assert_eq!(ascii_digit(digit).to_digit(10), Some(value), "{digit:?}");
            }
        }
        // The run of every digit begins at a zero: none is cut.
        let all: Vec<char> = ('\0'..=char::MAX).filter(|&character| is_digit(character)).collect();
        assert!(all.len() >= 700 && all.len().is_multiple_of(10), "{}", all.len());
        for ten in all.chunks(10) {
            let read: String = ten.iter().copied().map(ascii_digit).collect();
            assert_eq!(read, "0123456789", "{ten:?}");
        }
        for other in ['a', 'é', '²', '½', '①', '五', 'Ⅷ'] {
            assert_eq!(ascii_digit(other), other);
        }
    }

    #[test]
    fn full_width_letters_are_letters() {
        assert_eq!(
            ['Ａ', 'Ｚ', 'ａ', 'ｚ', 'A', 'é', 'А'].map(ascii_letter),
            ['A', 'Z', 'a', 'z', 'A', 'é', 'А']
        );
    }

    #[test]
    fn what_cannot_be_seen_is_invisible() {
        let invisible = "\u{AD}\u{34F}\u{61C}\u{115F}\u{180E}\u{200B}\u{200C}\u{200D}\u{200E}\u{200F}\u{202A}\u{202B}\
            \u{202C}\u{202D}\u{202E}\u{2060}\u{2061}\u{2066}\u{2067}\u{2068}\u{2069}\u{3164}\u{FE0F}\u{FEFF}\u{FFA0}\
            \u{FFF9}\u{E0001}";
        assert!(invisible.chars().all(is_invisible));
        assert!("a1-é \u{A0}٠\u{600}".chars().all(|character| !is_invisible(character)));
    }
}
