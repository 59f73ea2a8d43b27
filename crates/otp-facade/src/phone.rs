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
fn library_form(number: &str) -> Option<String> {
    let mut number = in_form(number, None)?;
    // Of two prefixes, the library drops one at a time.
    for _ in 0..8 {
        match in_form(&number, None) {
            Some(next) if next != number => number = next,
            _ => break,
        }
    }
    Some(number)
}

/// The spellings of one number in E.164 form that are told apart by whoever sends to it, and reach one person.
pub(crate) struct Spellings<'a> {
    /// As it was given, and is sent.
    pub(crate) given: &'a str,
    /// By the library's rules and data.
    pub(crate) international: Cow<'a, str>,
    /// The same for all spellings: what limits go by.
    pub(crate) canonical: String,
}

impl<'a> Spellings<'a> {
    pub(crate) fn of(number: &'a str) -> Self {
        let international = library_form(number).map_or(Cow::Borrowed(number), Cow::Owned);
        let canonical = without_mobile_digit(&international);
        Self { given: number, canonical, international }
    }
}

/// Two countries had, or have, a digit before mobile numbers that callers from abroad dial or leave out: Mexico a 1, and
/// Argentina a 9. The library keeps it.
fn without_mobile_digit(number: &str) -> String {
    for (prefix, country) in [("+521", "+52"), ("+549", "+54")] {
        if let Some(national) = number.strip_prefix(prefix)
            && national.len() == 10
        {
            return format!("{country}{national}");
        }
    }
    number.to_owned()
}

#[cfg(test)]
mod tests {
    use super::{Spellings, parse};

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

    #[test]
    fn one_person_has_one_canonical_number() {
        let same: &[&[&str]] = &[
            &["+33612345678", "+330612345678", "+3300612345678"],
            &["+4915112345678", "+49015112345678"],
            &["+447911123456", "+4407911123456"],
            &["+525512345678", "+5215512345678"],
            &["+541123456789", "+5491123456789", "+5401123456789", "+54111523456789", "+540111523456789"],
            &["+36201234567", "+3606201234567"],
            &["+79123456789", "+789123456789"],
            &["+77012345678", "+787012345678"],
            &["+375291234567", "+37580291234567", "+3750291234567"],
            &["+5511999988887", "+55011999988887"],
            &["+61412345678", "+610412345678"],
            &["+64211234567", "+640211234567"],
            &["+919876543210", "+9109876543210"],
            &["+818012345678", "+8108012345678"],
            &["+821012345678", "+8201012345678"],
            &["+8613812345678", "+86013812345678"],
            &["+905321234567", "+9005321234567"],
            &["+380501234567", "+3800501234567"],
            &["+972501234567", "+9720501234567"],
            &["+201001234567", "+2001001234567"],
            &["+27821234567", "+270821234567"],
            &["+31612345678", "+310612345678"],
            &["+32470123456", "+320470123456"],
            &["+41791234567", "+410791234567"],
            &["+436641234567", "+4306641234567"],
            &["+46701234567", "+460701234567"],
            &["+358412345678", "+3580412345678"],
            &["+353851234567", "+3530851234567"],
            &["+40712345678", "+400712345678"],
            &["+37061234567", "+370861234567", "+370061234567"],
            &["+66812345678", "+660812345678"],
            &["+639171234567", "+6309171234567"],
            &["+6281234567890", "+62081234567890"],
            &["+923001234567", "+9203001234567"],
            &["+2348021234567", "+23408021234567"],
            &["+254712345678", "+2540712345678"],
            &["+12025550123", "+112025550123"],
            &["+18765550123", "+118765550123"],
            &["+390612345678"],
            &["+39612345678"],
            &["+3933312345678"],
            &["+2250101234567"],
            &["+225101234567"],
            &["+78123456789"],
            &["+999123456789"],
            &["+521551234567"],
            &["+54911234567"],
        ];
        let mut seen = std::collections::HashSet::new();
        for spellings in same {
            let canonical = Spellings::of(spellings[0]).canonical;
            for spelling in *spellings {
                assert_eq!(Spellings::of(spelling).canonical, canonical, "{spelling}");
            }
            assert!(seen.insert(canonical), "{} is another person", spellings[0]);
        }
    }
}
