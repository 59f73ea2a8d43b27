//! Phone numbers: what people type, and one form for every spelling of a number.

use std::borrow::Cow;

use rlibphonenumber::{CountryCodeSource, PHONE_NUMBER_UTIL, PhoneNumberFormat, Region};

use crate::capabilities::is_e164;
use crate::error::{Error, Result};
use crate::unicode::{ascii_digit, is_blank, is_dash, is_invisible, is_line_break};

/// More than anybody needs for 15 digits.
const MAX_TYPED: usize = 64;

const FIELD: &str = "recipient.phone";

/// The number in E.164 form that somebody typed, as they would dial it in `region`.
pub(crate) fn parse(typed: &str, region: Option<&str>) -> Result<String> {
    let region = region.map(known_region).transpose()?;
    let typed = plain(typed)?;
    let number = match international(&typed, region) {
        // Numbers that the library does not know are numbers all the same: its data ages.
        Some(international) => library_form(&international).unwrap_or(international),
        None if region.is_none() => {
            let rule = "must begin with + and the country code, unless a region is given";
            return Err(Error::invalid(FIELD, rule));
        }
        None => in_form(&typed, region).unwrap_or_default(),
    };
    if is_e164(&number) {
        return Ok(number);
    }
    Err(Error::invalid(FIELD, "must be a whole phone number: 7 to 15 digits with the country code"))
}

fn known_region(region: &str) -> Result<Region> {
    let is_code = region.len() == 2 && region.bytes().all(|byte| byte.is_ascii_uppercase());
    is_code.then(|| region.parse().ok()).flatten().ok_or_else(|| {
        Error::invalid("region", "must be the two capital letters of a country (ISO 3166-1 alpha-2)")
    })
}

/// Digits, separators and a plus in ASCII. Everything else is no part of a number; an extension cannot get a message.
fn plain(typed: &str) -> Result<String> {
    if typed.chars().count() > MAX_TYPED {
        return Err(Error::invalid(FIELD, "must have at most 64 characters"));
    }
    let typed: String = typed.chars().filter(|character| !is_invisible(*character)).map(ascii).collect();
    let typed = typed.trim();
    let number = match typed.get(..4) {
        Some(scheme) if scheme.eq_ignore_ascii_case("tel:") => typed[4..].trim_start(),
        _ => typed,
    };
    // In brackets, as some write it, the plus is not at the beginning.
    let lead = number.find('+').unwrap_or_default();
    let plus_leads = !number[..lead].contains(|character: char| character.is_ascii_digit());
    let fits = number.chars().all(|character| character.is_ascii_digit() || " -().[]/+".contains(character));
    if !fits || !plus_leads || number.matches('+').count() > 1 {
        let rule = "must consist of digits, spaces and -().[]/ after an optional +, without an extension";
        return Err(Error::invalid(FIELD, rule));
    }
    Ok(number.to_owned())
}

fn ascii(character: char) -> char {
    match ascii_digit(character) {
        character if is_blank(character) && !is_line_break(character) => ' ',
        character if is_dash(character) => '-',
        '\u{FF0B}' => '+',
        '\u{FF08}' => '(',
        '\u{FF09}' => ')',
        '\u{FF0E}' => '.',
        '\u{FF0F}' => '/',
        character => character,
    }
}

/// The number with its country code, if it was typed with one: after a plus, or after the prefix for calls abroad.
fn international(typed: &str, region: Option<Region>) -> Option<String> {
    let digits: String = typed.chars().filter(char::is_ascii_digit).collect();
    if typed.contains('+') {
        return Some(format!("+{digits}"));
    }
    // The prefix of most countries. People type it in the others too, where no number begins with two zeros.
    let rest = digits.strip_prefix("00").filter(|_| !has_prefix_of(typed, region))?;
    Some(format!("+{rest}"))
}

/// Whether it begins with the region's own prefix for calls abroad.
fn has_prefix_of(typed: &str, region: Option<Region>) -> bool {
    let number = PHONE_NUMBER_UTIL.parse_and_keep_raw_input(typed, region);
    number.is_ok_and(|number| number.country_code_source() == CountryCodeSource::FromNumberWithIdd)
}

/// What the library makes of it, in E.164 form.
fn in_form(typed: &str, region: Option<Region>) -> Option<String> {
    let number = PHONE_NUMBER_UTIL.parse(typed, region).ok()?;
    let number = PHONE_NUMBER_UTIL.format(&number, PhoneNumberFormat::E164).into_owned();
    is_e164(&number).then_some(number)
}

/// The number without a national prefix after the country code, if the library knows the country.
pub(crate) fn library_form(number: &str) -> Option<String> {
    let mut given = Cow::Borrowed(number);
    // Of two prefixes, the library drops one at a time. A number that it leaves alone is not parsed again: it is what most
    // callers give, and parsing costs most of a guarded create.
    for _ in 0..9 {
        match in_form(&given, None) {
            Some(form) if form == given => break,
            Some(form) => given = Cow::Owned(form),
            None if matches!(given, Cow::Borrowed(_)) => return None,
            None => break,
        }
    }
    Some(given.into_owned())
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn what_people_type_becomes_e164() {
        let french = [
            "06 12 34 56 78",
            "06.12.34.56.78",
            "06-12-34-56-78",
            "06/12/34/56/78",
            "(06) 12 34 56 78",
            "0612345678",
            "+33612345678",
            "+33 6 12 34 56 78",
            "+33 (0)6 12 34 56 78",
            "(+33) 6 12 34 56 78",
            "+330612345678",
            "0033612345678",
            "00 33 6 12 34 56 78",
            "00330612345678",
            "tel:+33-6-12-34-56-78",
            "TEL:0612345678",
            " \u{200E}+33\u{A0}6\u{202F}12\u{2011}34\u{2013}56\u{AD}78\u{202C}\n",
            "٠٦١٢٣٤٥٦٧٨",
            "＋３３（０）６１２３４５６７８",
            "\u{202A}+۳۳۶۱۲۳۴۵۶۷۸\u{202C}",
            "33612345678",
        ];
        for typed in french {
            assert_eq!(parse(typed, Some("FR")).expect(typed), "+33612345678", "{typed:?}");
        }
        let others = [
            ("(202) 555-0123", Some("US"), "+12025550123"),
            ("1 202 555 0123", Some("US"), "+12025550123"),
            ("011 33 6 12 34 56 78", Some("US"), "+33612345678"),
            ("0033 6 12 34 56 78", Some("US"), "+33612345678"),
            ("0033 6 12 34 56 78", None, "+33612345678"),
            ("0011 33 6 12 34 56 78", Some("AU"), "+33612345678"),
            ("810 33 6 12 34 56 78", Some("RU"), "+33612345678"),
            ("8 (812) 345-67-89", Some("RU"), "+78123456789"),
            ("06 20 123 4567", Some("HU"), "+36201234567"),
            ("06 1234 5678", Some("IT"), "+390612345678"),
            ("+39 06 1234 5678", None, "+390612345678"),
            ("0151 12345678", Some("DE"), "+4915112345678"),
            ("+44 (0)7911 123456", None, "+447911123456"),
            ("+52 1 55 1234 5678", None, "+5215512345678"),
        ];
        for (typed, region, number) in others {
            assert_eq!(parse(typed, region).expect(typed), number, "{typed:?}");
        }
    }

    #[test]
    fn a_number_that_the_library_does_not_know_is_a_number() {
        for number in ["+999123456789", "+210123456789", "+33000000000", "+12345678", "+4900000000"] {
            assert!(parse(number, None).is_ok(), "{number}");
        }
        assert_eq!(parse("00999123456789", Some("FR")).expect("well-formed"), "+999123456789");
        assert_eq!(parse("+999 123 456 789", Some("FR")).expect("well-formed"), "+999123456789");
    }

    #[test]
    fn what_has_not_the_form_of_a_number_is_refused_by_field_and_rule_and_not_shown() {
        let long = "1".repeat(65);
        for (typed, region) in [
            ("", Some("FR")),
            (" \u{200B}", None),
            ("+", Some("FR")),
            ("abc", Some("FR")),
            ("0612345678", None),
            ("110", Some("DE")),
            ("06 12 34 56 78 ext. 12", Some("FR")),
            ("+33612345678;ext=12", None),
            ("+33612345678x12", None),
            ("+33612345678#12", None),
            ("+33612345678,12", None),
            ("+1-800-FLOWERS", None),
            ("++33612345678", None),
            ("33+612345678", None),
            ("0612345678 p12", Some("FR")),
            ("061234\n5678", Some("FR")),
            ("+33612345678901234567", None),
            (&long, Some("FR")),
            ("-", Some("FR")),
            ("06 12 34 56 78 poste 12", Some("FR")),
            ("0612345678 ou 0712345678", Some("FR")),
            ("+33612345678 / +33712345678", None),
            ("😀0612345678", Some("FR")),
            ("+0612345678", None),
            ("000612345678", None),
        ] {
            let error = parse(typed, region).expect_err(typed);
            let text = format!("{error} {error:?}");
            assert!(error.to_string().starts_with("invalid_request: recipient.phone must"), "{error}");
            assert!(typed.len() < 4 || !text.contains(typed) && !text.contains("12345"), "{text}");
        }
        for region in ["", "fr", "FRA", "F", "+33", "X1", "\u{200B}FR"] {
            let error = parse("0612345678", Some(region)).expect_err(region).to_string();
            assert!(error.starts_with("invalid_request: region must"), "{error}");
        }
    }
}
