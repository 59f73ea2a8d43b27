//! Canonical form of phone numbers: one person has one, however the number is spelled.

use std::borrow::Cow;

use crate::phone::library_form;

/// The spellings of one number in E.164 form. They are different strings and reach the same person.
pub(super) struct Spellings<'a> {
    /// As it was given. The message goes to it.
    pub(super) given: &'a str,
    /// As libphonenumber writes it.
    pub(super) international: Cow<'a, str>,
    /// The same for all spellings. Limits count by it.
    pub(super) canonical: String,
}

impl<'a> Spellings<'a> {
    pub(super) fn of(number: &'a str) -> Self {
        let international = library_form(number).map_or(Cow::Borrowed(number), Cow::Owned);
        let canonical = without_mobile_digit(&international);
        Self { given: number, canonical, international }
    }
}

/// Removes the digit before mobile numbers that callers from abroad may dial or leave out: a 1 in Mexico, a 9 in
/// Argentina. The library keeps it.
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
    use super::Spellings;

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
