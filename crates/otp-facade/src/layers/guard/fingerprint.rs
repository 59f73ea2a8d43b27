//! Keyed hashes of people and purposes, by which the store knows them.

use data_encoding::BASE64URL_NOPAD;
use hmac::{Hmac, KeyInit, Mac};
use otp_transport::Secret;
use sha2::Sha256;

use crate::purpose::Purpose;

/// HMAC-SHA256 over lists of strings.
pub(super) struct Fingerprints(Hmac<Sha256>);

impl Fingerprints {
    pub(super) fn new(key: &Secret) -> Self {
        let mac = Hmac::new_from_slice(key.expose().as_bytes());
        Self(mac.unwrap_or_else(|_| unreachable!("HMAC takes keys of any length")))
    }

    /// Hashes a list of strings, of which the first says what they are.
    pub(super) fn hash(&self, texts: &[&str]) -> String {
        let mut mac = self.0.clone();
        for text in texts {
            // The length comes first, so that ["ab", "c"] and ["a", "bc"] have different hashes.
            mac.update(&(text.len() as u64).to_be_bytes());
            mac.update(text.as_bytes());
        }
        BASE64URL_NOPAD.encode(&mac.finalize().into_bytes())
    }

    pub(super) fn hash_subject(&self, subject: &str) -> String {
        self.hash(&["subject", subject])
    }

    /// Hashes a purpose. Equal purposes have equal hashes.
    pub(super) fn hash_purpose(&self, purpose: &Purpose) -> String {
        let canonical = purpose.canonical();
        let strings: Vec<&str> =
            ["purpose"].into_iter().chain(canonical.iter().map(String::as_str)).collect();
        self.hash(&strings)
    }
}

#[cfg(test)]
#[cfg(feature = "banking")]
mod tests {
    use super::Fingerprints;
    use crate::banking::{OrderTerms, Payment, SecuritiesOrder, Side};
    use crate::purpose::Purpose;

    fn order(quantity: &str) -> Purpose {
        let quantity = quantity.parse().unwrap();
        SecuritiesOrder::new("123456789012", "A1B2C3", quantity, Side::Buy, OrderTerms::new()).unwrap().into()
    }

    fn payment(iban: &str, amount: &str) -> Purpose {
        Payment::new(iban, amount, "EUR").unwrap().into()
    }

    #[test]
    fn equal_purposes_have_equal_fingerprints_and_others_have_not() {
        let fingerprints = Fingerprints::new(&"key".into());
        let (one, other) = ("DE89370400440532013000", "GB33BUKB20201555555555");
        let same = [
            (order("10"), order("10.0")),
            (payment(one, "12.30"), payment("DE89 3704 0044 0532 0130 00", "12.3")),
        ];
        for (left, right) in same {
            assert_eq!(left, right);
            assert_eq!(fingerprints.hash_purpose(&left), fingerprints.hash_purpose(&right));
        }
        let all = [
            order("10"),
            order("11"),
            payment(one, "12.30"),
            payment(one, "12.31"),
            payment(other, "12.30"),
            Purpose::LegitimationData,
            Purpose::Other("legitimation_data".into()),
        ];
        let distinct: std::collections::HashSet<_> =
            all.iter().map(|purpose| fingerprints.hash_purpose(purpose)).collect();
        assert_eq!(distinct.len(), all.len());
    }

    #[test]
    fn texts_are_told_apart_and_the_key_counts() {
        let fingerprints = Fingerprints::new(&"key".into());
        assert_ne!(fingerprints.hash(&["ab", "c"]), fingerprints.hash(&["a", "bc"]));
        assert_ne!(fingerprints.hash(&["a"]), Fingerprints::new(&"other key".into()).hash(&["a"]));
    }
}
