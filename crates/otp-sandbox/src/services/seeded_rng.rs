//! Random codes, ids, tokens and proofs that a seed determines.

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use uuid::{Builder, Uuid};

use crate::Provider;

pub(crate) const DIGITS: &str = "0123456789";
pub(crate) const LETTERS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
pub(crate) const LETTERS_AND_DIGITS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

/// A generator for one provider. Each provider has its own, so that a request to one does not change the codes of
/// another.
#[derive(Debug)]
pub(crate) struct SeededRng(StdRng);

impl SeededRng {
    pub(crate) fn new(seed: u64, provider: Provider) -> Self {
        // A large odd constant (2^64 divided by the golden ratio) keeps one provider's generator for a seed apart from
        // another provider's for the next seed.
        let spread = (provider.index() as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        Self(StdRng::seed_from_u64(seed ^ spread))
    }

    pub(crate) fn string(&mut self, alphabet: &str, length: usize) -> String {
        let alphabet = alphabet.as_bytes();
        (0..length).map(|_| char::from(alphabet[self.0.random_range(0..alphabet.len())])).collect()
    }

    pub(crate) fn digits(&mut self, length: usize) -> String {
        self.string(DIGITS, length)
    }

    /// A string that cannot be guessed.
    pub(crate) fn token(&mut self) -> String {
        self.string(LETTERS_AND_DIGITS, 32)
    }

    pub(crate) fn uuid(&mut self) -> Uuid {
        Builder::from_random_bytes(self.bytes()).into_uuid()
    }

    pub(crate) fn bytes<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0; N];
        self.0.fill(&mut bytes);
        bytes
    }
}
