//! Finds a secret in printed text, in whatever form it was printed.

use base64::Engine as _;
use base64::alphabet::{Alphabet, STANDARD, URL_SAFE};
use base64::engine::{GeneralPurpose, general_purpose::NO_PAD};

/// The form in which `text` shows `secret`: as it is, in another case, escaped, as a list of numbers, in hexadecimal, in
/// Base64 or percent-encoded. Line breaks and indents between numbers, as `{:#?}` writes them, hide nothing. None if the
/// text does not show it.
///
/// # Panics
///
/// If the secret has fewer than four bytes: numbers as short occur by chance.
pub fn disclosure(text: &str, secret: &[u8]) -> Option<&'static str> {
    assert!(secret.len() >= 4, "too short to be searched for");
    // Both sides lose what separates numbers, so that `0x89, 0x50`, `89 50` and `89:50` are one form.
    let without = |text: &str, dropped: &[char]| text.to_lowercase().replace(dropped, "");
    let blanks = [' ', '\n', '\t'];
    let (plain, dense) = (text.to_lowercase(), without(text, &blanks));
    let digits = without(&dense.replace("0x", ""), &[',', ':', '-']);
    let joined = |separator: &str, write: fn(&u8) -> String| {
        secret.iter().map(write).collect::<Vec<_>>().join(separator)
    };
    let found = |form: &'static str, whole: &str, part: &str| whole.contains(part).then_some(form);

    let numbers = found("a list of numbers", &dense, &joined(",", u8::to_string));
    let hexadecimal = found("hexadecimal", &digits, &joined("", |byte| format!("{byte:02x}")));
    let escaped = found("escaped bytes", &plain, &secret.escape_ascii().to_string().to_lowercase());
    let percent = found("percent-encoded", &plain, &joined("", |byte| format!("%{byte:02x}")));
    let as_text = std::str::from_utf8(secret).ok().and_then(|secret| {
        let [as_it_is, debug, unicode, encoded] = [
            secret.to_owned(),
            secret.escape_debug().to_string(),
            secret.escape_unicode().to_string(),
            form_urlencoded::byte_serialize(secret.as_bytes()).collect(),
        ]
        .map(|form| form.to_lowercase());
        found("as it is", &plain, &as_it_is)
            .or_else(|| found("escaped", &plain, &debug))
            .or_else(|| found("escaped characters", &plain, &unicode))
            .or_else(|| found("percent-encoded", &plain, &encoded))
    });
    as_text.or(numbers).or(hexadecimal).or(escaped).or(percent).or_else(|| in_base64(text, secret))
}

/// Three bytes are four characters, so that what stands before the secret shifts it to one of three positions. The
/// characters at its ends depend on its neighbors and are left out.
fn in_base64(text: &str, secret: &[u8]) -> Option<&'static str> {
    let shows = |alphabet: &Alphabet, before: usize| {
        let engine = GeneralPurpose::new(alphabet, NO_PAD);
        let encoded = engine.encode([&vec![0; before], secret].concat());
        let end = encoded.len() - if (before + secret.len()).is_multiple_of(3) { 0 } else { 1 };
        text.contains(&encoded[(before * 8).div_ceil(6)..end])
    };
    let found =
        [&STANDARD, &URL_SAFE].into_iter().any(|alphabet| (0..3).any(|before| shows(alphabet, before)));
    found.then_some("Base64")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_found_in_every_form_in_which_it_may_be_printed() {
        #[derive(Debug)]
        #[allow(dead_code, reason = "it is printed")]
        struct Outer<'a>(Option<Vec<&'a [u8]>>);

        let secret = b"\x89PNG\"se\ncret";
        let nested = Outer(Some(vec![secret]));
        let text = "\u{e9}t\"e\n-secret";
        let list = |secret: &[u8]| secret.iter().map(|byte| format!("0x{byte:02X}")).collect::<Vec<_>>();
        let spaced = secret.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(" ");
        let base64 = |before: &str, alphabet| {
            GeneralPurpose::new(alphabet, NO_PAD).encode([before.as_bytes(), secret, b"after"].concat())
        };
        let shown = [
            (format!("{secret:?}"), &secret[..]),
            (format!("{secret:#?}"), secret),
            (format!("{nested:?}"), secret),
            (format!("{nested:#?}"), secret),
            (format!("{secret:02x?}"), secret),
            (format!("{secret:#04X?}"), secret),
            (list(secret).join(", "), secret),
            (spaced, secret),
            (secret.escape_ascii().to_string(), secret),
            (base64("", &STANDARD), secret),
            (base64("a", &STANDARD), secret),
            (base64("ab", &URL_SAFE), secret),
            (format!("x{text}x"), text.as_bytes()),
            (text.to_uppercase(), text.as_bytes()),
            (format!("{text:?}"), text.as_bytes()),
            (format!("{:?}", Some(text.as_bytes())), text.as_bytes()),
            (text.escape_unicode().to_string(), text.as_bytes()),
            (form_urlencoded::byte_serialize(text.as_bytes()).collect(), text.as_bytes()),
        ];
        for (text, secret) in shown {
            assert!(disclosure(&text, secret).is_some(), "not found in {text}");
        }
        for silent in ["", "Image(…)", "[137, 80, 78]", "89504e47", "Secret(…) { account: 12 }"] {
            assert_eq!(disclosure(silent, secret), None, "{silent}");
        }
    }
}
