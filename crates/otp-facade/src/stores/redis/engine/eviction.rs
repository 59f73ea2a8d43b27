//! Looks once at `maxmemory-policy`, since an eviction drops limits and records.

use std::sync::Arc;

use redis::{Pipeline, Value};

use super::connection::Connection;

/// Warns through `tracing` if the server may evict keys. Without permission to ask, nothing is reported.
pub(super) async fn warn_unless_disabled(connection: Arc<Connection>) {
    let mut questions = Pipeline::new();
    questions.cmd("CONFIG").arg("GET").arg("maxmemory-policy");
    // Managed services forbid CONFIG and often allow INFO.
    questions.cmd("INFO").arg("memory");
    let Ok(responses) = connection.send(&questions).await else { return };
    let Some(policy) = responses.iter().find_map(policy) else { return };
    if policy != "noeviction" {
        #[cfg(feature = "tracing")]
        tracing::event!(
            name: "otp.redis_may_evict",
            tracing::Level::WARN,
            event = "otp.redis_may_evict",
            policy,
            "Redis may evict records and limits when its memory is full, also with volatile-*, since every key expires; set \
             maxmemory-policy to noeviction"
        );
    }
}

/// Finds the policy in a response to `CONFIG GET` or `INFO`. An unknown policy is not repeated.
fn policy(response: &Value) -> Option<&'static str> {
    let text = match response {
        Value::Map(entries) => text(&entries.first()?.1)?,
        other => text(other)?
            .lines()
            .find_map(|line| line.strip_prefix("maxmemory_policy:").map(|policy| policy.trim().to_owned()))?,
    };
    const POLICIES: [&str; 8] = [
        "noeviction",
        "allkeys-lru",
        "allkeys-lfu",
        "allkeys-random",
        "volatile-lru",
        "volatile-lfu",
        "volatile-random",
        "volatile-ttl",
    ];
    POLICIES.into_iter().find(|policy| *policy == text)
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::BulkString(bytes) => Some(String::from_utf8_lossy(bytes).into_owned()),
        Value::SimpleString(text) | Value::VerbatimString { text, .. } => Some(text.clone()),
        _ => None,
    }
}
