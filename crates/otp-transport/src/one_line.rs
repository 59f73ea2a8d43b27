//! Text of a vendor or a user, made fit for one line of a log.

use std::borrow::Cow;

/// The text with everything that a terminal or a log would act upon, or that nobody sees, replaced by `U+FFFD`: control
/// characters, line and paragraph separators, marks of direction and characters without width. Replaced and not dropped,
/// so that a text never turns into another. Longer texts than `max` characters are cut and end in `…`.
///
/// It hides no secret: what goes through here may be shown, and the author of it is not to be trusted.
#[doc(hidden)]
pub fn one_line(text: &str, max: usize) -> Cow<'_, str> {
    let is_long = text.len() > max && text.chars().nth(max).is_some();
    if !is_long && !text.contains(is_unprintable) {
        return text.into();
    }
    let kept = if is_long { max.saturating_sub(1) } else { max };
    let printable =
        |character| if is_unprintable(character) { char::REPLACEMENT_CHARACTER } else { character };
    let mut line: String = text.chars().take(kept).map(printable).collect();
    line.extend(is_long.then_some('…'));
    line.into()
}

/// Unicode's categories Cc, Cf, Zl and Zp, and what else has no width: fillers, variation selectors, tags, and the
/// code points that never become characters.
fn is_unprintable(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{AD}' | '\u{34F}' | '\u{600}'..='\u{605}' | '\u{61C}' | '\u{6DD}' | '\u{70F}' | '\u{890}' | '\u{891}'
                | '\u{8E2}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}' | '\u{180B}'..='\u{180F}'
                | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{3164}'
                | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFA0}' | '\u{FFF0}'..='\u{FFFB}' | '\u{FFFE}' | '\u{FFFF}'
                | '\u{110BD}' | '\u{110CD}' | '\u{13430}'..='\u{1343F}' | '\u{1BCA0}'..='\u{1BCA3}'
                | '\u{1D173}'..='\u{1D17A}' | '\u{E0000}'..='\u{E0FFF}'
        )
}

#[cfg(test)]
mod tests {
    use super::one_line;

    #[test]
    fn what_others_wrote_becomes_one_line_of_bounded_length() {
        let cases = [
            ("PENDING", "PENDING"),
            ("wartet auf Prüfung ø€🦉", "wartet auf Prüfung ø€🦉"),
            ("", ""),
            ("a\r\nERROR forged", "a\u{FFFD}\u{FFFD}ERROR forged"),
            ("\u{1b}[31mred\u{9b}0m\u{7f}\0", "\u{FFFD}[31mred\u{FFFD}0m\u{FFFD}\u{FFFD}"),
            ("a\u{2028}b\u{2029}c\u{85}d", "a\u{FFFD}b\u{FFFD}c\u{FFFD}d"),
            ("\u{FEFF}VERI\u{200B}FIED\u{202E}\u{E0041}", "\u{FFFD}VERI\u{FFFD}FIED\u{FFFD}\u{FFFD}"),
            ("0123456789012345678901234567890", "01234567890123456789012345678…"),
            ("øøøøøøøøøøøøøøøøøøøøøøøøøøøøøø", "øøøøøøøøøøøøøøøøøøøøøøøøøøøøøø"),
        ];
        for (text, line) in cases {
            assert_eq!(one_line(text, 30), line, "{text:?}");
            assert!(one_line(text, 30).chars().count() <= 30);
        }
    }
}
