//! Keyring: keyed hashes of people and purposes, by which the store knows them, and encryption of the provider's ids.

use std::sync::Arc;

use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use data_encoding::BASE64URL_NOPAD;
use hmac::{Hmac, KeyInit, Mac};
use otp_transport::Secret;
use rand::RngExt as _;
use sha2::Sha256;

use crate::purpose::Purpose;
use crate::stores::{Bucket, Key};

/// Length of a hash in the store. Nobody finds another person with the same 128 bits.
const HASH_BYTES: usize = 16;

const NONCE_BYTES: usize = 24;

/// The current key of a guard and the previous ones.
pub(super) struct Keyring {
    pub(super) current: Keys,
    previous: Vec<Keys>,
}

impl Keyring {
    pub(super) fn new(current: &Secret, previous: &[Secret]) -> Self {
        Self { current: Keys::new(current), previous: previous.iter().map(Keys::new).collect() }
    }

    /// Whether these are the current keys.
    pub(super) fn is_current(&self, keys: &Keys) -> bool {
        keys.tag == self.current.tag
    }

    /// The keys with this tag, by which a challenge was created.
    pub(super) fn with_tag(&self, tag: &str) -> Option<&Keys> {
        std::iter::once(&self.current).chain(&self.previous).find(|keys| keys.tag == tag)
    }

    /// Whether two keys have one tag: equal keys, or one pair in four thousand million.
    pub(super) fn has_equal_tags(&self) -> bool {
        let mut tags: Vec<&str> = self.previous.iter().map(|keys| keys.tag.as_str()).collect();
        tags.push(&self.current.tag);
        tags.sort_unstable();
        tags.windows(2).any(|pair| pair[0] == pair[1])
    }

    /// The current key and the previous ones.
    pub(super) fn all(&self) -> impl Iterator<Item = &Keys> {
        std::iter::once(&self.current).chain(&self.previous)
    }
}

/// HMAC-SHA256 over lists of strings, and a cipher. Both keys come from one secret.
pub(super) struct Keys {
    mac: Hmac<Sha256>,
    cipher: XChaCha20Poly1305,
    /// Says in an id which key it belongs to.
    pub(super) tag: String,
}

impl Keys {
    fn new(key: &Secret) -> Self {
        let mac = Hmac::new_from_slice(key.expose().as_bytes());
        let mac: Hmac<Sha256> = mac.unwrap_or_else(|_| unreachable!("HMAC takes keys of any length"));
        let cipher = XChaCha20Poly1305::new(&digest(&mac, &["encryption of provider ids"]).into());
        let tag = BASE64URL_NOPAD.encode(&digest(&mac, &["tag of the key"])[..3]);
        Self { mac, cipher, tag }
    }

    /// Hashes a list of strings, of which the first says what they are.
    pub(super) fn hash(&self, texts: &[&str]) -> Arc<str> {
        encoded(&digest(&self.mac, texts))
    }

    /// A key of the store: the hash, in a bucket of its own that says nothing else.
    pub(super) fn key(&self, texts: &[&str]) -> Key {
        let digest = digest(&self.mac, texts);
        let bucket = Bucket::new(u16::from_be_bytes([digest[HASH_BYTES], digest[HASH_BYTES + 1]]));
        Key::new(bucket, encoded(&digest))
    }

    /// Hashes a purpose. Equal purposes have equal hashes.
    pub(super) fn hash_purpose(&self, purpose: &Purpose) -> Arc<str> {
        let canonical = purpose.canonical();
        let strings: Vec<&str> =
            ["purpose"].into_iter().chain(canonical.iter().map(String::as_str)).collect();
        self.hash(&strings)
    }

    /// Encrypts a text for a record. In another record it does not open.
    pub(super) fn seal(&self, text: &str, record: &str) -> String {
        let nonce: [u8; NONCE_BYTES] = rand::rng().random();
        let payload = Payload { msg: text.as_bytes(), aad: record.as_bytes() };
        let sealed = self.cipher.encrypt(&XNonce::from(nonce), payload);
        let sealed = sealed.unwrap_or_else(|_| unreachable!("an id is shorter than the cipher's limit"));
        BASE64URL_NOPAD.encode(&[nonce.as_slice(), &sealed].concat())
    }

    /// Decrypts a text of this record.
    pub(super) fn open(&self, sealed: &str, record: &str) -> Option<String> {
        let bytes = BASE64URL_NOPAD.decode(sealed.as_bytes()).ok()?;
        let (nonce, sealed) = bytes.split_first_chunk::<NONCE_BYTES>()?;
        let payload = Payload { msg: sealed, aad: record.as_bytes() };
        String::from_utf8(self.cipher.decrypt(&XNonce::from(*nonce), payload).ok()?).ok()
    }
}

/// The hash in a digest, as text.
fn encoded(digest: &[u8; 32]) -> Arc<str> {
    BASE64URL_NOPAD.encode(&digest[..HASH_BYTES]).into()
}

fn digest(mac: &Hmac<Sha256>, texts: &[&str]) -> [u8; 32] {
    let mut mac = mac.clone();
    for text in texts {
        // The length comes first, so that ["ab", "c"] and ["a", "bc"] have different hashes.
        mac.update(&(text.len() as u64).to_be_bytes());
        mac.update(text.as_bytes());
    }
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
#[cfg(feature = "banking")]
mod tests {
    use super::Keys;
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
        let fingerprints = Keys::new(&"key".into());
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
        let fingerprints = Keys::new(&"key".into());
        assert_ne!(fingerprints.hash(&["ab", "c"]), fingerprints.hash(&["a", "bc"]));
        assert_ne!(fingerprints.hash(&["a"]), Keys::new(&"other key".into()).hash(&["a"]));
    }

    #[test]
    fn a_sealed_text_opens_only_with_its_key_and_for_its_record() {
        let keys = Keys::new(&"key".into());
        let sealed = keys.seal("smscx:4711", "record");
        assert_ne!(sealed, keys.seal("smscx:4711", "record"));
        assert!(!sealed.contains("4711"));
        assert_eq!(keys.open(&sealed, "record").as_deref(), Some("smscx:4711"));
        assert_eq!(keys.open(&sealed, "another record"), None);
        assert_eq!(Keys::new(&"other key".into()).open(&sealed, "record"), None);
        for broken in ["", "AA", &sealed[1..], "not base64!"] {
            assert_eq!(keys.open(broken, "record"), None);
        }
    }

    #[test]
    fn people_are_spread_over_the_buckets() {
        let keys = Keys::new(&"key".into());
        let buckets = (0..1_000).map(|number| keys.key(&["recipient", &number.to_string()]).bucket);
        let distinct: std::collections::HashSet<_> = buckets.collect();
        assert!(distinct.len() > 900, "{}", distinct.len());
    }
}
