//! Languages of a configuration, as those of the vendors: static strings.

const LETTERS: usize = 26;

/// All pairs of letters, one after the other. A language is a part of it, so that nothing is leaked to make it static.
static PAIRS: [u8; 2 * LETTERS * LETTERS] = {
    let mut pairs = [0; 2 * LETTERS * LETTERS];
    let mut index = 0;
    while index < LETTERS * LETTERS {
        pairs[2 * index] = b'a' + (index / LETTERS) as u8;
        pairs[2 * index + 1] = b'a' + (index % LETTERS) as u8;
        index += 1;
    }
    pairs
};

/// The language, if it has the form of ISO 639-1: two lower-case letters.
pub(super) fn iso_639_1(language: &str) -> Option<&'static str> {
    let &[first, second] = language.as_bytes() else { return None };
    if !(first.is_ascii_lowercase() && second.is_ascii_lowercase()) {
        return None;
    }
    let start = 2 * (usize::from(first - b'a') * LETTERS + usize::from(second - b'a'));
    std::str::from_utf8(PAIRS.get(start..start + 2)?).ok()
}

#[cfg(test)]
mod tests {
    use super::iso_639_1;

    #[test]
    fn two_lower_case_letters_are_a_language_and_nothing_else_is() {
        for language in ["aa", "de", "en", "zz"] {
            assert_eq!(iso_639_1(language), Some(language));
        }
        for other in ["", "d", "DE", "deu", "de-AT", "d1", "ß"] {
            assert_eq!(iso_639_1(other), None, "{other}");
        }
    }
}
