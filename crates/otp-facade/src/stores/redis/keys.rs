//! Keys: the hash tag of each is its bucket, so that a bucket is in one hash slot.

use super::RedisStore;
use crate::stores::{Bucket, Key};

/// Version of the keys and of what is stored under them. A store of another version does not see them.
const FORMAT: u8 = 1;

impl RedisStore {
    pub(super) fn key(&self, bucket: Bucket, kind: &str, name: &str) -> String {
        format!("{{{}:{FORMAT}:{bucket}}}:{kind}:{name}", self.prefix)
    }

    pub(super) fn record(&self, key: &Key) -> String {
        self.key(key.bucket, "record", &key.name)
    }

    pub(super) fn quota(&self, key: &Key) -> String {
        self.key(key.bucket, "quota", &key.name)
    }

    pub(super) fn slot(&self, bucket: Bucket, name: &str) -> String {
        self.key(bucket, "slot", name)
    }

    /// What is counted for the people of a bucket over their challenges.
    pub(super) fn people(&self, bucket: Bucket) -> String {
        format!("{{{}:{FORMAT}:{bucket}}}:people", self.prefix)
    }
}
