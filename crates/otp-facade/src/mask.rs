//! Phone numbers that can be shown.

/// All digits but the last four, at most half of them, become `*`.
pub(crate) fn mask(number: &str) -> String {
    let digits = number.chars().filter(char::is_ascii_digit).count();
    let hidden = digits - (digits / 2).min(4);
    let mut seen = 0;
    let mask = |character: char| {
        seen += usize::from(character.is_ascii_digit());
        if character.is_ascii_digit() && seen <= hidden { '*' } else { character }
    };
    number.chars().map(mask).collect()
}

#[cfg(test)]
mod tests {
    use super::mask;

    #[test]
    fn at_most_the_last_four_digits_are_shown() {
        let cases =
            [("+4915112345678", "+*********5678"), ("+49*****1234", "+*******1234"), ("12", "*2"), ("", "")];
        for (number, masked) in cases {
            assert_eq!(mask(number), masked);
        }
    }
}
