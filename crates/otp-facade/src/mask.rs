//! Phone numbers that can be shown.

/// No number is as long, however it is written; of a longer text the end is kept.
const MAX: usize = 64;

/// What a provider may write for a digit that it has masked already.
const MASKS: &[char] = &['*', 'x', 'X', '•', '●', '·', '#', '_'];

/// What may stand between the digits of a number.
const SEPARATORS: &[char] = &['+', ' ', '-', '.', '(', ')', '/'];

/// All digits but the last four become `*`, and never fewer than half of them. A digit is one of any script, or what the
/// provider has masked already. Whatever belongs to no number, such as letters and line breaks, becomes `*` too.
pub(crate) fn mask(number: &str) -> String {
    mask_all_but(number, MASKS, |character| SEPARATORS.contains(&character))
}

/// The same for a hint that is no number, such as the masked form of an e-mail address: what is no digit stays.
pub(crate) fn mask_digits(hint: &str) -> String {
    let line = otp_transport::one_line(hint, MAX);
    mask_all_but(&line, &['*'], |character| !character.is_numeric())
}

fn mask_all_but(text: &str, masks: &[char], is_shown: impl Fn(char) -> bool) -> String {
    // Each create masks a number, and nearly all are ASCII: without decoding, that takes half as long.
    match text.is_ascii() {
        true => mask_characters(text.bytes().map(char::from), text.len(), masks, is_shown),
        false => mask_characters(text.chars(), text.chars().count(), masks, is_shown),
    }
}

fn mask_characters(
    characters: impl Iterator<Item = char> + Clone,
    length: usize,
    masks: &[char],
    is_shown: impl Fn(char) -> bool,
) -> String {
    let is_digit =
        |character: char| character.is_ascii_digit() || masks.contains(&character) || character.is_numeric();
    let digits = characters.clone().filter(|character| is_digit(*character)).count();
    // Counted from the front: of the digits, those after this many are the last ones, which stay.
    let hidden = digits - (digits / 2).min(4);
    let dropped = length.saturating_sub(MAX);
    let mut masked = String::with_capacity(length.min(MAX));
    let mut passed = 0;
    for (index, character) in characters.enumerate() {
        let shown = if is_digit(character) {
            passed += 1;
            passed > hidden && character.is_numeric()
        } else {
            is_shown(character)
        };
        if index >= dropped {
            masked.push(if shown { character } else { '*' });
        }
    }
    masked
}

#[cfg(test)]
mod tests {
    use super::{mask, mask_digits};

    #[test]
    fn at_most_the_last_four_digits_are_shown() {
        let cases = [
            ("+4915112345678", "+*********5678"),
            ("+49*****1234", "+*******1234"),
            ("+49xxxxx1234", "+*******1234"),
            ("+49 (151) 1234-5678", "+** (***) ****-5678"),
            ("tel:0151.1234/5678", "********.****/5678"),
            ("12", "*2"),
            ("", ""),
            ("Max Mustermann, 0151 12345678", "*** *********** **** ****5678"),
            ("+4915112345678 home", "+*********5678 ****"),
            ("1234\r\n\u{1b}[2J\u{202E}5678", "***********5678"),
            ("\u{200B}\u{200B}12", "***2"),
            ("+٤٩١٥١١٢٣٤٥٦٧٨", "+*********٥٦٧٨"),
            ("＋４９１５１１２３４５６７８", "**********５６７８"),
            ("four nine one", "**** **** ***"),
        ];
        for (number, expected) in cases {
            let masked = mask(number);
            let digits = masked.chars().filter(|character| character.is_numeric()).count();
            assert!(digits <= 4, "{masked}");
            assert!(!masked.contains(|character: char| character.is_control() || character.is_alphabetic()));
            assert_eq!(masked, expected);
        }
        assert!(mask(&"1".repeat(5000)).len() <= 64);
    }

    #[test]
    fn a_hint_of_ones_own_keeps_its_words_and_no_number() {
        let cases = [
            ("marker", "marker"),
            ("m***@example.com", "m***@example.com"),
            ("your phone +4915112345678", "your phone +*********5678"),
            ("a\nb\u{202E}c", "a\u{FFFD}b\u{FFFD}c"),
        ];
        for (hint, expected) in cases {
            assert_eq!(mask_digits(hint), expected);
        }
        assert!(mask_digits(&"x".repeat(5000)).chars().count() <= 64);
    }
}
