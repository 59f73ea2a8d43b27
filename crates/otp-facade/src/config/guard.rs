//! Configuration of the guard and its store.

use std::collections::HashMap;
#[cfg(feature = "redis")]
use std::iter;
use std::num::NonZeroU32;
#[cfg(feature = "redis")]
use std::path::{Path, PathBuf};
use std::time::Duration;

#[cfg(feature = "redis")]
use otp_transport::Secret;
use schemars::JsonSchema;
use serde::Deserialize;

use super::error::StackError;
use super::layers::seconds;
use super::limit::LimitConfig;
use super::secret::SecretSource;
use crate::layers::{Guard, GuardSettings};
use crate::provider::OtpProvider;
#[cfg(feature = "redis")]
use crate::stores::RedisStore;
use crate::stores::{ChallengeStore, MemoryStore};

/// Settings of a guard: `GuardSettings`. A key that is left out has its default there.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table")]
#[non_exhaustive]
pub struct GuardConfig {
    /// Name of the guard, which is in the ids of its challenges. The first provider's by default.
    pub name: Option<String>,
    /// Source of the secret key for the hashes in the store. The key has 32 characters or more.
    pub key: SecretSource,
    /// Sources of former keys, by which open challenges are still known. None by default.
    #[serde(default)]
    pub previous_keys: Vec<SecretSource>,
    /// Name of the owner of the credential, where messages go to that owner (Deutsche Bank, Equinix Metal).
    pub owner: Option<String>,
    /// Maximum lifetime of a challenge, in seconds. 600 by default.
    pub lifetime_seconds: Option<NonZeroU32>,
    /// Maximum number of attempts per challenge. 5 by default.
    pub max_attempts: Option<NonZeroU32>,
    /// Minimum interval between two challenges of one recipient, in seconds. 30 by default; may be zero.
    pub interval_seconds: Option<u32>,
    /// Maximum number of challenges per recipient in any hour. 5 by default; may be `"unlimited"`.
    pub per_hour: Option<LimitConfig>,
    /// Maximum number of challenges per recipient in any 24 hours. 10 by default; may be `"unlimited"`.
    pub per_day: Option<LimitConfig>,
    /// Maximum number of challenges per subject in any 24 hours. 10 by default; may be `"unlimited"`.
    pub per_subject_per_day: Option<LimitConfig>,
    /// Maximum number of different recipients per subject in any 24 hours. 3 by default; may be `"unlimited"`.
    pub recipients_per_subject_per_day: Option<LimitConfig>,
    /// Maximum number of challenges of all recipients in any hour. `"unlimited"` by default.
    pub global_per_hour: Option<LimitConfig>,
    /// Maximum number of failures in a row across challenges. 100 by default; may be `"unlimited"`.
    pub max_failures: Option<LimitConfig>,
    /// How long failures in a row are counted after the last one, in days. 90 by default.
    pub failure_retention_days: Option<NonZeroU32>,
    /// Allowed prefixes of phone numbers, such as `+49`. All by default.
    pub calling_codes: Option<Vec<String>>,
    /// Blocked prefixes of phone numbers. They take precedence over `calling_codes`.
    #[serde(default)]
    pub blocked_calling_codes: Vec<String>,
    /// Store of the records. In memory by default.
    #[serde(default)]
    pub store: StoreConfig,
}

/// Store of a guard: one table, named after the kind of store.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase", expecting = "a table named after the kind of store")]
#[non_exhaustive]
pub enum StoreConfig {
    /// In this process.
    Memory(MemoryStoreConfig),
    /// In Redis or Valkey (feature `redis`).
    #[cfg(feature = "redis")]
    Redis(RedisStoreConfig),
}

/// Records in this process: `MemoryStore`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, expecting = "a table")]
#[non_exhaustive]
pub struct MemoryStoreConfig {
    /// Maximum number of entries. 1000000 by default.
    pub capacity: Option<NonZeroU32>,
}

/// Records in Redis: `RedisStore`.
#[cfg(feature = "redis")]
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table")]
#[non_exhaustive]
pub struct RedisStoreConfig {
    /// Source of the URL, such as `redis://:password@host:6379/0`. It is a secret, because it contains the password. Of a
    /// cluster, it is the URL of a node. With `sentinels`, the master's name stands in place of the host.
    pub url: SecretSource,
    /// Whether the server is a node of a cluster. `false` by default.
    #[serde(default)]
    pub cluster: bool,
    /// Sources of the URLs of further nodes, from which the cluster's topology is learnt if the first is down.
    #[serde(default)]
    pub seeds: Vec<SecretSource>,
    /// Sources of the sentinels' URLs, such as `redis://:password@host:26379`.
    #[serde(default)]
    pub sentinels: Vec<SecretSource>,
    /// File with the root certificates of a private CA, in PEM. Those of the system by default. Needs the feature `redis-tls`.
    pub root_certificates: Option<PathBuf>,
    /// Prefix of every key, without braces. `otp` by default.
    pub prefix: Option<String>,
    /// Deadline of a transition, in milliseconds. 1000 by default.
    pub deadline_milliseconds: Option<NonZeroU32>,
    /// Maximum number of connections to each server, up to 1024. 4 by default.
    #[schemars(range(max = 1024))]
    pub connections: Option<NonZeroU32>,
}

/// Settings of the guard whose key says its unit.
const RENAMED: &[(&str, &str)] =
    &[("lifetime", "lifetime_seconds"), ("failure_retention", "failure_retention_days")];

impl Default for StoreConfig {
    fn default() -> Self {
        Self::Memory(MemoryStoreConfig::default())
    }
}

impl GuardConfig {
    /// Puts the guard around the provider.
    pub(super) fn build(
        self,
        inner: Box<dyn OtpProvider>,
        environment: &HashMap<String, String>,
    ) -> Result<Box<dyn OtpProvider>, StackError> {
        let mut settings = GuardSettings::new(self.key.read("guard.key", environment)?);
        settings.lifetime = self.lifetime_seconds.map_or(settings.lifetime, seconds);
        settings.max_attempts = self.max_attempts.map_or(settings.max_attempts, NonZeroU32::get);
        if let Some(interval) = self.interval_seconds {
            settings.interval = Duration::from_secs(interval.into());
        }
        settings.per_hour = self.per_hour.map_or(settings.per_hour, LimitConfig::max);
        settings.per_day = self.per_day.map_or(settings.per_day, LimitConfig::max);
        settings.per_subject_per_day =
            self.per_subject_per_day.map_or(settings.per_subject_per_day, LimitConfig::max);
        settings.recipients_per_subject_per_day = self
            .recipients_per_subject_per_day
            .map_or(settings.recipients_per_subject_per_day, LimitConfig::max);
        settings.global_per_hour = self.global_per_hour.map_or(settings.global_per_hour, LimitConfig::max);
        settings.max_failures = self.max_failures.map_or(settings.max_failures, LimitConfig::max);
        if let Some(days) = self.failure_retention_days {
            settings.failure_retention = Duration::from_secs(u64::from(days.get()) * 24 * 60 * 60);
        }
        for (index, key) in self.previous_keys.into_iter().enumerate() {
            settings.previous_keys.push(key.read(&format!("guard.previous_keys[{index}]"), environment)?);
        }
        settings.calling_codes = self.calling_codes;
        settings.blocked_calling_codes = self.blocked_calling_codes;
        let store = self.store.build(environment)?;
        let guard = Guard::new(inner, store, settings).and_then(|guard| match self.name {
            Some(name) => guard.with_name(name),
            None => Ok(guard),
        });
        let guard = guard.map_err(|error| StackError::of_setting("guard", &error, RENAMED))?;
        Ok(Box::new(match self.owner {
            Some(owner) => guard.with_owner(owner),
            None => guard,
        }))
    }
}

impl StoreConfig {
    fn build(self, environment: &HashMap<String, String>) -> Result<Box<dyn ChallengeStore>, StackError> {
        #[cfg(not(feature = "redis"))]
        let _ = environment;
        match self {
            Self::Memory(config) => {
                let store = MemoryStore::new();
                Ok(Box::new(match config.capacity {
                    Some(capacity) => store.with_capacity(capacity.get() as usize),
                    None => store,
                }))
            }
            #[cfg(feature = "redis")]
            Self::Redis(config) => config.build(environment),
        }
    }
}

#[cfg(feature = "redis")]
impl RedisStoreConfig {
    fn build(self, environment: &HashMap<String, String>) -> Result<Box<dyn ChallengeStore>, StackError> {
        let at = |error| StackError::of_setting("guard.store.redis", &error, &[]);
        let mut store = self.connect_to(environment)?;
        if let Some(path) = &self.root_certificates {
            store = with_root_certificates(store, path)?;
        }
        if let Some(prefix) = self.prefix {
            store = store.with_prefix(&prefix).map_err(at)?;
        }
        if let Some(deadline) = self.deadline_milliseconds {
            store = store.with_deadline(Duration::from_millis(deadline.get().into()));
        }
        match self.connections.map(NonZeroU32::get) {
            None => {}
            Some(connections @ ..=1024) => store = store.with_connections(connections as usize),
            Some(_) => return Err(StackError::new("guard.store.redis.connections", "must be at most 1024")),
        }
        Ok(Box::new(store))
    }

    fn connect_to(&self, environment: &HashMap<String, String>) -> Result<RedisStore, StackError> {
        let read_all = |sources: &[SecretSource], key: &str| -> Result<Vec<Secret>, StackError> {
            let at = |index| format!("guard.store.redis.{key}[{index}]");
            sources.iter().enumerate().map(|(index, source)| source.read(&at(index), environment)).collect()
        };
        let wrong = |key: &str, rule| Err(StackError::new(format!("guard.store.redis.{key}"), rule));
        if self.cluster && !self.sentinels.is_empty() {
            return wrong("sentinels", "must be left out for a cluster, which has none");
        }
        if !self.cluster && !self.seeds.is_empty() {
            return wrong("seeds", "must be left out without `cluster = true`");
        }
        let url = self.url.read("guard.store.redis.url", environment)?;
        let store = if self.cluster {
            RedisStore::cluster(iter::once(url).chain(read_all(&self.seeds, "seeds")?))
        } else if self.sentinels.is_empty() {
            RedisStore::new(url)
        } else {
            RedisStore::sentinel(url, read_all(&self.sentinels, "sentinels")?)
        };
        store.map_err(|error| StackError::of_setting("guard.store.redis", &error, &[]))
    }
}

#[cfg(feature = "redis")]
fn with_root_certificates(store: RedisStore, path: &Path) -> Result<RedisStore, StackError> {
    const KEY: &str = "guard.store.redis.root_certificates";
    #[cfg(feature = "redis-tls")]
    {
        let pem = std::fs::read(path).map_err(|error| {
            StackError::new(KEY, format!("the file {} cannot be read: {error}", path.display()))
        })?;
        let at = |error| StackError::of_setting("guard.store.redis", &error, &[]);
        store.with_root_certificates(pem).map_err(at)
    }
    #[cfg(not(feature = "redis-tls"))]
    {
        let _ = (store, path);
        Err(StackError::new(KEY, "needs the feature `redis-tls`"))
    }
}
