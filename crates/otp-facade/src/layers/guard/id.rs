//! Ids of the guard: the key of the record, and the key of the guard that it belongs to.

use data_encoding::BASE64URL_NOPAD;
use rand::RngExt as _;

use crate::challenge::ChallengeId;
use crate::stores::{Bucket, Key};

/// Format of the ids. Records of another format are not found, and never misread.
const FORMAT: &str = "1";

/// What an id of the guard says.
pub(super) struct GuardId {
    pub(super) key: Key,
    /// Tag of the key by which the challenge was created.
    pub(super) tag: String,
}

impl GuardId {
    /// A new id of the guard with this name.
    pub(super) fn generate(name: &str, bucket: Bucket, tag: &str) -> (ChallengeId, Key) {
        let random = BASE64URL_NOPAD.encode(&rand::rng().random::<[u8; 16]>());
        let mut text = String::from(FORMAT) + ".";
        bucket.push_to(&mut text);
        let id = ChallengeId::new(name, &[&[&text, ".", tag, ".", &random].concat()]);
        (id, record(name, bucket, &random))
    }

    /// `None` if it is not of this format: the guard never issued it, or another version did.
    pub(super) fn of(name: &str, id: &ChallengeId) -> Option<Self> {
        let (_, text) = id.as_str().split_once(':')?;
        let mut parts = text.split('.');
        let (format, bucket, tag, random) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        let is_whole = parts.next().is_none() && format == FORMAT && !random.is_empty();
        let bucket = bucket.parse().ok().filter(|_| is_whole)?;
        Some(Self { key: record(name, bucket, random), tag: tag.to_owned() })
    }
}

/// The name of the guard is in the key, so that a guard does not find the records of another one.
fn record(name: &str, bucket: Bucket, random: &str) -> Key {
    Key::new(bucket, [name, ":", random].concat())
}

#[cfg(test)]
mod tests {
    use super::GuardId;
    use crate::challenge::ChallengeId;
    use crate::stores::Bucket;

    #[test]
    fn an_id_says_where_its_record_is() {
        let (id, key) = GuardId::generate("sms-eu", Bucket::new(0x1a3f), "mark");
        let read = GuardId::of("sms-eu", &id.to_string().parse().unwrap()).unwrap();
        assert_eq!((read.key, read.tag.as_str()), (key, "mark"));
        assert!(id.as_str().starts_with("sms-eu:1.1a3f.mark."), "{id}");
        assert_eq!(id.as_str().len(), "sms-eu:1.1a3f.mark.".len() + 22);
    }

    #[test]
    fn an_id_of_another_format_is_none() {
        let others = [
            "0123456789abcdef0123456789abcdef",
            "2.1a3f.mark.random",
            "1.1a3f.mark",
            "1.1a3f.mark.",
            "1.1a3f.mark.random.more",
            "1.ffff.mark.random",
            "1.1A3F.mark.random",
            "",
        ];
        for text in others {
            assert!(GuardId::of("sms-eu", &ChallengeId::new("sms-eu", &[text])).is_none(), "{text}");
        }
    }
}
