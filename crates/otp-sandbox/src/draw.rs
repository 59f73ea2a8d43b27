//! Everything that is drawn: codes, ids, tokens, proofs.

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use uuid::{Builder, Uuid};

use crate::Provider;

pub(crate) const DIGITS: &str = "0123456789";
pub(crate) const LETTERS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
pub(crate) const LETTERS_AND_DIGITS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

/// A generator of its own for each provider, so that what one is asked does not change what another draws.
#[derive(Debug)]
pub(crate) struct Draw(StdRng);

impl Draw {
    pub(crate) fn new(seed: u64, provider: Provider) -> Self {
        let spread = (provider.index() as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        Self(StdRng::seed_from_u64(seed ^ spread))
    }

    pub(crate) fn text(&mut self, alphabet: &str, length: usize) -> String {
        let alphabet = alphabet.as_bytes();
        (0..length).map(|_| char::from(alphabet[self.0.random_range(0..alphabet.len())])).collect()
    }

    pub(crate) fn digits(&mut self, length: usize) -> String {
        self.text(DIGITS, length)
    }

    /// Text that nobody guesses.
    pub(crate) fn token(&mut self) -> String {
        self.text(LETTERS_AND_DIGITS, 32)
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
