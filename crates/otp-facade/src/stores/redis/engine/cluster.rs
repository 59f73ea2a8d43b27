//! Topology of a cluster: which node has which hash slots.

use std::collections::HashMap;
use std::fmt;
use std::ops::RangeInclusive;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rand::seq::SliceRandom;
use redis::{ConnectionInfo, ErrorKind, Pipeline, RedisError, RedisResult, Value};
use tokio::sync::Notify;
use tokio::task::JoinSet;

use super::classify::connection_error;
use super::endpoint::{Endpoint, at, host};
use super::hash_slot::HASH_SLOTS;
use super::pool::{Pool, PoolSettings};
use crate::stores::{StoreError, StoreErrorKind};

/// How long to wait for the nodes' responses about the topology.
const RESPONSE_TIMEOUT: Duration = Duration::from_secs(1);
/// How many nodes are asked at once.
const QUESTIONS: usize = 8;
/// The pause between two refreshes, in milliseconds, with jitter.
const PAUSE: std::ops::Range<u64> = 50..150;

pub(super) struct Cluster {
    seeds: Vec<ConnectionInfo>,
    settings: PoolSettings,
    state: Mutex<State>,
    refreshed: Notify,
}

struct State {
    /// The pools of masters, replicas and seeds, by address. A replica's has no connection until it is asked or promoted.
    pools: HashMap<String, Arc<Pool>>,
    /// The owner of each slot. Empty until the topology is known.
    owners: Vec<Option<Arc<Pool>>>,
    is_refreshing: bool,
    refreshes: u64,
    next_refresh: Instant,
    error: Option<RedisError>,
}

impl Cluster {
    pub(super) fn new(seeds: Vec<ConnectionInfo>, settings: PoolSettings) -> Arc<Self> {
        let state = State {
            pools: HashMap::new(),
            owners: Vec::new(),
            is_refreshing: false,
            refreshes: 0,
            next_refresh: Instant::now(),
            error: None,
        };
        Arc::new(Self { seeds, settings, state: Mutex::new(state), refreshed: Notify::new() })
    }

    /// Returns the node that has a slot. Waits for the topology if it is unknown.
    pub(super) async fn owner(self: &Arc<Self>, slot: u16) -> Result<Arc<Pool>, StoreError> {
        let mut refreshes = None;
        loop {
            let mut refreshed = pin!(self.refreshed.notified());
            refreshed.as_mut().enable();
            {
                let state = self.lock();
                if let Some(Some(pool)) = state.owners.get(usize::from(slot)) {
                    return Ok(pool.clone());
                }
                if *refreshes.get_or_insert(state.refreshes) != state.refreshes {
                    let unowned = || StoreError::redis(StoreErrorKind::ClusterDown).without_effect();
                    return Err(state.error.as_ref().map_or_else(unowned, connection_error));
                }
            }
            self.refresh();
            refreshed.await;
        }
    }

    /// Records that a slot has moved to a node, and asks for the whole topology. Returns the node.
    pub(super) fn moved(self: &Arc<Self>, slot: u16, node: &str, from: &Pool) -> Option<Arc<Pool>> {
        let pool = self.node(node, from)?;
        if let Some(owner) = self.lock().owners.get_mut(usize::from(slot)) {
            *owner = Some(pool.clone());
        }
        self.refresh();
        Some(pool)
    }

    /// Returns the node at an address as a redirection writes it. Without a host, it is the host of the node that sent it.
    pub(super) fn node(&self, address: &str, from: &Pool) -> Option<Arc<Pool>> {
        let (name, port) = address.rsplit_once(':')?;
        let name = if name.is_empty() { from_host(from) } else { name.trim_matches(['[', ']']) };
        Some(self.pool(&mut self.lock(), name, port.parse().ok()?))
    }

    fn pool(&self, state: &mut State, host: &str, port: u16) -> Arc<Pool> {
        let info = at(&self.seeds[0], host, port);
        let pool = || Pool::new(Endpoint::Server(info.clone()), self.settings.clone());
        state.pools.entry(info.addr().to_string()).or_insert_with(pool).clone()
    }

    /// Learns the topology in the background. There is one refresh at a time, with a pause after each.
    pub(super) fn refresh(self: &Arc<Self>) {
        let mut state = self.lock();
        if state.is_refreshing {
            return;
        }
        state.is_refreshing = true;
        let pause = state.next_refresh.saturating_duration_since(Instant::now());
        let refresh = Refresh(self.clone());
        tokio::spawn(async move {
            tokio::time::sleep(pause).await;
            let cluster = refresh.0.clone();
            let result = cluster.ask().await;
            cluster.learn(result);
        });
    }

    /// Asks some of the known nodes at once. The first that responds is right, or corrected by the next redirection.
    async fn ask(&self) -> RedisResult<(Arc<Pool>, Value)> {
        let mut nodes: Vec<_> = {
            let mut state = self.lock();
            for seed in &self.seeds {
                let pool = || Pool::new(Endpoint::Server(seed.clone()), self.settings.clone());
                state.pools.entry(seed.addr().to_string()).or_insert_with(pool);
            }
            state.pools.values().cloned().collect()
        };
        nodes.shuffle(&mut rand::rng());
        nodes.truncate(QUESTIONS);
        let mut questions = JoinSet::new();
        for node in nodes {
            questions.spawn(async move {
                let mut question = Pipeline::new();
                question.cmd("CLUSTER").arg("SLOTS");
                let response = node.acquire().await?.send(&question).await?.into_iter().next();
                Ok::<_, RedisError>((node, response.unwrap_or(Value::Nil).extract_error()?))
            });
        }
        let mut failure = std::io::Error::from(std::io::ErrorKind::TimedOut).into();
        let first = async {
            while let Some(response) = questions.join_next().await {
                match response {
                    Ok(Ok(topology)) => return Some(topology),
                    Ok(Err(error)) => failure = error,
                    Err(_) => {}
                }
            }
            None
        };
        let first = tokio::time::timeout(RESPONSE_TIMEOUT, first).await;
        first.ok().flatten().ok_or(failure)
    }

    fn learn(&self, response: RedisResult<(Arc<Pool>, Value)>) {
        let mut state = self.lock();
        let ranges = response.and_then(|(node, topology)| Ok((node, ranges(topology)?)));
        let (answering, ranges) = match ranges {
            Ok(ranges) => ranges,
            Err(error) => {
                state.error = Some(error);
                return;
            }
        };
        let mut known: Vec<String> = self.seeds.iter().map(|seed| seed.addr().to_string()).collect();
        state.error = None;
        state.owners = vec![None; HASH_SLOTS];
        for Range { slots, nodes } in ranges {
            let nodes = nodes.iter().map(|node| node_address(node, from_host(&answering)));
            let mut pools = Vec::new();
            for (host, port) in nodes.map_while(|address| address) {
                pools.push(self.pool(&mut state, &host, port));
                known.push(at(&self.seeds[0], &host, port).addr().to_string());
            }
            for owner in state.owners.iter_mut().take(slots.end() + 1).skip(*slots.start()) {
                // The master stands first.
                *owner = pools.first().cloned();
            }
        }
        // The pools of nodes that left are dropped, and their connections with them.
        state.pools.retain(|address, _| known.contains(address));
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A refresh in progress. It is finished also if its runtime shuts down.
struct Refresh(Arc<Cluster>);

impl Drop for Refresh {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        state.is_refreshing = false;
        state.refreshes += 1;
        state.next_refresh = Instant::now() + Duration::from_millis(rand::random_range(PAUSE));
        drop(state);
        self.0.refreshed.notify_waiters();
    }
}

fn from_host(pool: &Pool) -> &str {
    match pool.endpoint() {
        Endpoint::Server(info) => host(info),
        Endpoint::Sentinel { .. } => "",
    }
}

/// A range of slots, with its master first and the replicas after it.
struct Range {
    slots: RangeInclusive<usize>,
    nodes: Vec<Value>,
}

/// Reads the response to `CLUSTER SLOTS`: for each range the first slot, the last slot, and the nodes.
fn ranges(topology: Value) -> RedisResult<Vec<Range>> {
    let unreadable = || RedisError::from((ErrorKind::UnexpectedReturnType, "unreadable topology"));
    let range = |range| {
        let Value::Array(mut parts) = range else { return Err(unreadable()) };
        let nodes = parts.split_off(parts.len().min(2));
        let [Value::Int(start), Value::Int(end)] = parts[..] else { return Err(unreadable()) };
        let slot = |slot| usize::try_from(slot).map_err(|_| unreadable());
        Ok(Range { slots: slot(start)?..=slot(end)?, nodes })
    };
    let Value::Array(all) = topology else { return Err(unreadable()) };
    all.into_iter().map(range).collect()
}

/// Returns host and port of a node. Without a host, it is the host of the node that responded; `?` is an unknown host.
fn node_address(node: &Value, answering: &str) -> Option<(String, u16)> {
    let Value::Array(node) = node else { return None };
    let [host, Value::Int(port), ..] = &node[..] else { return None };
    let host = match host {
        Value::BulkString(host) => String::from_utf8(host.clone()).ok()?,
        Value::SimpleString(host) => host.clone(),
        _ => String::new(),
    };
    let host = match host.as_str() {
        "?" => return None,
        "" | "0.0.0.0" | "::" => answering.to_owned(),
        _ => host,
    };
    Some((host, u16::try_from(*port).ok()?))
}

impl fmt::Debug for Cluster {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Cluster").finish_non_exhaustive()
    }
}
