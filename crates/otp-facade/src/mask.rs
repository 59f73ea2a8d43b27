//! Phone numbers that can be shown.

/// All places but the last four, and never more than half of them, become `*`. A place is a digit, or a `*` where the
/// provider has masked already.
pub(crate) fn mask(number: &str) -> String {
    let is_place = |character: &char| character.is_ascii_digit() || *character == '*';
    let places = number.chars().filter(is_place).count();
    let hidden = places - (places / 2).min(4);
    let mut seen = 0;
    let show = |character: char| {
        seen += usize::from(is_place(&character));
        if is_place(&character) && seen <= hidden { '*' } else { character }
    };
    let mut masked = String::with_capacity(number.len());
    masked.extend(number.chars().map(show));
    masked
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
