//! Buckets: which keys of a store change together.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// A bucket of a store. Keys in one bucket change together in one atomic step.
///
/// There are [`Bucket::COUNT`] buckets, as many as a Redis Cluster has hash slots. The guard computes the bucket of a person
/// from a keyed hash. It is in the ids of that person's challenges, and tells nobody who the person is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Bucket(u16);

impl Bucket {
    /// Number of buckets: 16,384.
    pub const COUNT: u16 = 1 << 14;

    /// The bucket with this number. Only the lowest 14 bits count.
    pub fn new(number: u16) -> Self {
        Self(number % Self::COUNT)
    }

    /// Appends its four digits. Each guarded call does so about ten times, and formatting costs ten times as much.
    pub(crate) fn push_to(self, text: &mut String) {
        let digit = |shift: u16| char::from(b"0123456789abcdef"[usize::from(self.0 >> shift & 0xf)]);
        text.extend([12, 8, 4, 0].map(digit));
    }

    /// Its number, less than [`Bucket::COUNT`].
    pub fn number(self) -> u16 {
        self.0
    }
}

/// Four hexadecimal digits.
impl fmt::Display for Bucket {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:04x}", self.0)
    }
}

/// The string is not a bucket: four hexadecimal digits, at most `3fff`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParseBucketError;

impl fmt::Display for ParseBucketError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a bucket must be four hexadecimal digits, at most 3fff")
    }
}

impl std::error::Error for ParseBucketError {}

impl FromStr for Bucket {
    type Err = ParseBucketError;

    fn from_str(text: &str) -> Result<Self, ParseBucketError> {
        // One bucket has one string, or one record would have several ids.
        let is_canonical =
            text.len() == 4 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        let number =
            u16::from_str_radix(text, 16).ok().filter(|number| is_canonical && *number < Self::COUNT);
        number.map(Self).ok_or(ParseBucketError)
    }
}

/// A key of a store: a name within a bucket. Clones share the name.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Key {
    /// The bucket.
    pub bucket: Bucket,
    /// The name, unique within the bucket.
    pub name: Arc<str>,
}

impl Key {
    /// A key in this bucket.
    pub fn new(bucket: Bucket, name: impl Into<Arc<str>>) -> Self {
        Self { bucket, name: name.into() }
    }
}

#[cfg(test)]
mod tests {
    use super::Bucket;

    #[test]
    fn a_bucket_has_one_string() {
        for number in [0, 1, 0x1a3f, 0x3fff] {
            assert_eq!(Bucket::new(number).to_string().parse(), Ok(Bucket::new(number)));
        }
        for text in ["", "0", "00000", "4000", "ffff", "1A3F", "+123", " 123", "1a3g", "ä12"] {
            text.parse::<Bucket>().expect_err(text);
        }
    }
}
