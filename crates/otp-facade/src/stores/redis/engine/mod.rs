//! Runs scripts on a server, behind sentinels, or on a cluster.
//!
//! - A script whose outcome is unknown is never sent again. A resent attempt would count twice.
//! - A script is sent again only if the server certainly did not run it: it does not know the script, names another node, or
//!   is not ready. This happens at most [`MAX_REPEATS`] times, within the deadline of the call. While a hash slot moves, the
//!   deadline alone is the limit.
//!
//! The client's own `ClusterConnection` does not suffice. It sends a command again when a connection broke after sending, and
//! with its retries turned off, it follows no redirection. While it learns the topology, the calls to all nodes wait.

mod backoff;
mod classify;
mod cluster;
mod connection;
mod endpoint;
mod eviction;
mod hash_slot;
mod invocation;
mod pool;
#[cfg(feature = "redis-tls")]
mod tls;

use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use otp_transport::{ConfigError, ConnectionFailure, Secret};
use redis::{ConnectionInfo, FromRedisValue, Pipeline, RedisError, Value};

use self::classify::{NextStep, connection_error, next_step, store_error};
use self::cluster::Cluster;
use self::connection::Connection;
use self::endpoint::{Endpoint, connection_info};
pub(super) use self::invocation::Invocation;
use self::pool::{Pool, PoolSettings};
use crate::stores::{StoreError, StoreErrorKind};

/// The maximum number of times that a script is sent again.
const MAX_REPEATS: u32 = 5;
/// The pause before the first repetition. It doubles with each, up to 160 ms.
const PAUSE: Duration = Duration::from_millis(10);
const MAX_DOUBLINGS: u32 = 4;

/// Runs scripts. Each call has a deadline, also for the connection that it may need.
pub(super) struct Engine {
    servers: Servers,
    settings: PoolSettings,
    topology: Topology,
}

/// What the user configured.
enum Servers {
    One(Box<Endpoint>),
    Cluster(Vec<ConnectionInfo>),
}

enum Topology {
    One(Arc<Pool>),
    Cluster(Arc<Cluster>),
}

impl Engine {
    /// One server, or a proxy that behaves like one.
    pub(super) fn single(url: &Secret) -> Result<Self, ConfigError> {
        Ok(Self::new(Servers::One(Box::new(Endpoint::Server(connection_info("url", url)?)))))
    }

    /// A cluster. Any of its nodes will do; several help if one is down at the start.
    pub(super) fn cluster(urls: &[Secret]) -> Result<Self, ConfigError> {
        let seeds: Vec<_> = urls.iter().map(|url| connection_info("url", url)).collect::<Result<_, _>>()?;
        if seeds.is_empty() {
            return Err(ConfigError::new("url", "must name at least one node of the cluster"));
        }
        if seeds.iter().any(|seed| endpoint::host(seed).is_empty() || seed.redis_settings().db() != 0) {
            return Err(ConfigError::new(
                "url",
                "must have a host and no database: a cluster has only database 0",
            ));
        }
        Ok(Self::new(Servers::Cluster(seeds)))
    }

    /// A master that sentinels watch. The host of `master` is its name there.
    pub(super) fn sentinel(master: &Secret, sentinels: &[Secret]) -> Result<Self, ConfigError> {
        let master = connection_info("url", master)?;
        let sentinels: Vec<_> =
            sentinels.iter().map(|url| connection_info("sentinels", url)).collect::<Result<_, _>>()?;
        if sentinels.is_empty() {
            return Err(ConfigError::new("sentinels", "must name at least one sentinel"));
        }
        if endpoint::host(&master).is_empty() {
            return Err(ConfigError::new("url", "must have the name of the master as its host"));
        }
        Ok(Self::new(Servers::One(Box::new(Endpoint::Sentinel { master, sentinels }))))
    }

    fn new(servers: Servers) -> Self {
        let settings = PoolSettings::default();
        let topology = servers.topology(&settings);
        Self { servers, settings, topology }
    }

    pub(super) fn set_deadline(&mut self, deadline: Duration) {
        self.settings.deadline = deadline;
        self.topology = self.servers.topology(&self.settings);
    }

    pub(super) fn set_connections(&mut self, connections: usize) {
        self.settings.connections = connections;
        self.topology = self.servers.topology(&self.settings);
    }

    #[cfg(feature = "redis-tls")]
    pub(super) fn set_root_certificates(&mut self, pem: &[u8]) -> Result<(), ConfigError> {
        let has_tls = match &self.servers {
            Servers::Cluster(seeds) => seeds.iter().any(endpoint::is_tls),
            Servers::One(endpoint) => match &**endpoint {
                Endpoint::Server(info) => endpoint::is_tls(info),
                Endpoint::Sentinel { master, sentinels } => {
                    endpoint::is_tls(master) || sentinels.iter().any(endpoint::is_tls)
                }
            },
        };
        if !has_tls {
            return Err(ConfigError::new("root_certificates", "need a URL that begins with rediss://"));
        }
        self.settings.tls = tls::Tls::with_root_certificates(pem)?;
        self.topology = self.servers.topology(&self.settings);
        Ok(())
    }

    /// Runs a script.
    pub(super) async fn run<T: FromRedisValue>(&self, invocation: Invocation) -> Result<T, StoreError> {
        let mut responses = self.run_all(vec![invocation]).await;
        responses.pop().unwrap_or_else(|| Err(StoreError::redis(StoreErrorKind::InvalidData))).and_then(read)
    }

    /// Runs scripts that do not depend on each other, in any order. Those for one node are sent at once.
    pub(super) async fn run_all(&self, invocations: Vec<Invocation>) -> Vec<Result<Value, StoreError>> {
        let mut steps: Vec<Step> = invocations.into_iter().map(Step::new).collect();
        let all = self.run_steps(&mut steps);
        if tokio::time::timeout(self.settings.deadline, all).await.is_err()
            && let Topology::Cluster(cluster) = &self.topology
        {
            // A node that fell silent may have been replaced.
            cluster.refresh();
        }
        steps.into_iter().map(Step::into_result).collect()
    }

    async fn run_steps(&self, steps: &mut [Step]) {
        for round in 0_u32.. {
            let mut groups: Vec<(Arc<Pool>, Vec<&mut Step>)> = Vec::new();
            for step in steps.iter_mut().filter(|step| step.is_open()) {
                let pool = match (&self.topology, &step.target) {
                    (_, Some(target)) => target.clone(),
                    (Topology::One(pool), None) => pool.clone(),
                    (Topology::Cluster(cluster), None) => match cluster.owner(step.invocation.slot()).await {
                        Ok(pool) => pool,
                        Err(error) => {
                            step.refused(error);
                            continue;
                        }
                    },
                };
                match groups.iter_mut().find(|(other, _)| Arc::ptr_eq(other, &pool)) {
                    Some((_, group)) => group.push(step),
                    None => groups.push((pool, vec![step])),
                }
            }
            join_all(groups.into_iter().map(|(pool, group)| self.run_on(pool, group))).await;
            if !steps.iter().any(Step::is_open) {
                return;
            }
            if steps.iter().any(|step| step.is_open() && step.pauses) {
                tokio::time::sleep(PAUSE * 2_u32.pow(round.min(MAX_DOUBLINGS))).await;
            }
        }
    }

    /// Sends steps to one node, and decides for each what follows.
    async fn run_on(&self, pool: Arc<Pool>, mut group: Vec<&mut Step>) {
        let connection = match pool.acquire().await {
            Ok(connection) => connection,
            Err(error) => {
                for step in group {
                    step.not_connected(&error, &self.topology);
                }
                return;
            }
        };
        let mut commands = Pipeline::new();
        let mut asked = Vec::with_capacity(group.len());
        for step in &mut group {
            let asks = std::mem::take(&mut step.asks);
            if asks {
                commands.cmd("ASKING");
            }
            asked.push(asks);
            commands.add_command(step.invocation.command());
            step.outcome = Outcome::Unknown;
        }
        let mut responses = match connection.send(&commands).await {
            Ok(responses) => responses.into_iter(),
            Err(error) => {
                if let Topology::Cluster(cluster) = &self.topology {
                    cluster.refresh();
                }
                for step in group {
                    step.outcome = Outcome::Failed(store_error(&error));
                }
                return;
            }
        };
        let mut unknown_scripts = HashSet::new();
        let mut succeeded = false;
        for (step, asked) in group.into_iter().zip(asked) {
            // The response to ASKING stands before the one to the script.
            let response = if asked { responses.nth(1) } else { responses.next() };
            let response = response.map_or_else(|| Err(closed()), Value::extract_error);
            match response {
                Ok(value) => {
                    succeeded = true;
                    step.outcome = Outcome::Done(value);
                }
                Err(error) => {
                    let next = next_step(&error);
                    succeeded |= next == NextStep::Fail;
                    let missing = step.failed(next, &error, &self.topology, (&pool, &connection));
                    if missing && unknown_scripts.insert(step.invocation.hash()) {
                        let mut connection = connection.client();
                        if let Err(error) = step.invocation.script().load_async(&mut connection).await {
                            step.outcome = Outcome::Failed(connection_error(&error));
                        }
                    }
                }
            }
        }
        if succeeded {
            pool.succeeded();
        }
    }
}

impl Servers {
    fn topology(&self, settings: &PoolSettings) -> Topology {
        match self {
            Self::One(endpoint) => Topology::One(Pool::new((**endpoint).clone(), settings.clone())),
            Self::Cluster(seeds) => Topology::Cluster(Cluster::new(seeds.clone(), settings.clone())),
        }
    }
}

/// One script of a call.
struct Step {
    invocation: Invocation,
    outcome: Outcome,
    /// The node that a redirection named.
    target: Option<Arc<Pool>>,
    /// Whether the node has the keys only for those who ask.
    asks: bool,
    /// Whether to pause before it is sent again.
    pauses: bool,
    repeats: u32,
}

enum Outcome {
    /// It was not sent yet.
    Open,
    /// It was certainly not run, and may be sent again.
    Refused(StoreError),
    /// It was sent.
    Unknown,
    Done(Value),
    Failed(StoreError),
}

impl Step {
    fn new(invocation: Invocation) -> Self {
        Self { invocation, outcome: Outcome::Open, target: None, asks: false, pauses: false, repeats: 0 }
    }

    fn is_open(&self) -> bool {
        matches!(self.outcome, Outcome::Open | Outcome::Refused(_))
    }

    fn not_connected(&mut self, error: &RedisError, topology: &Topology) {
        let error = connection_error(error);
        match topology {
            Topology::One(_) => self.outcome = Outcome::Failed(error),
            Topology::Cluster(cluster) => {
                // Another node may have taken over.
                cluster.refresh();
                self.target = None;
                self.pauses = true;
                self.refused(error);
            }
        }
    }

    /// Returns whether the script has to be loaded.
    fn failed(
        &mut self,
        next: NextStep,
        error: &RedisError,
        topology: &Topology,
        (pool, connection): (&Arc<Pool>, &Connection),
    ) -> bool {
        let store_error = store_error(error);
        self.pauses = false;
        let asked = self.target.take();
        match (&next, topology) {
            (NextStep::Fail, _) => {
                self.outcome = Outcome::Failed(store_error);
                return false;
            }
            // The same node again. If it has the keys for this once, it has to be asked again, too.
            (NextStep::Load, Topology::Cluster(_)) => {
                self.asks = asked.is_some();
                self.target = Some(pool.clone());
            }
            (NextStep::Load, Topology::One(_)) => {}
            (NextStep::Moved(node), Topology::Cluster(cluster)) => {
                self.target = cluster.moved(self.invocation.slot(), node, pool);
            }
            (NextStep::Ask(node), Topology::Cluster(cluster)) => {
                self.target = cluster.node(node, pool);
                self.asks = self.target.is_some();
            }
            // Without a cluster, an address leads to the master. A server that names another is none.
            (NextStep::Moved(_) | NextStep::Ask(_) | NextStep::Reconnect, _) => {
                pool.leave(connection);
                self.pauses = true;
            }
            (NextStep::Wait, _) => self.pauses = true,
            (NextStep::WaitForSlot, _) => {
                self.pauses = true;
                self.repeats = 0;
            }
        }
        if let (Topology::Cluster(cluster), true) = (topology, self.pauses) {
            cluster.refresh();
        }
        self.refused(store_error);
        next == NextStep::Load
    }

    /// Records that it was certainly not run. It is sent again, unless that happened too often.
    fn refused(&mut self, error: StoreError) {
        self.repeats += 1;
        let is_last = self.repeats > MAX_REPEATS;
        self.outcome = if is_last { Outcome::Failed(error) } else { Outcome::Refused(error) };
    }

    fn into_result(self) -> Result<Value, StoreError> {
        match self.outcome {
            Outcome::Done(value) => Ok(value),
            Outcome::Failed(error) | Outcome::Refused(error) => Err(error),
            Outcome::Unknown => Err(StoreError::redis(StoreErrorKind::TimedOut)),
            // It waited for a connection.
            Outcome::Open => {
                let kind = StoreErrorKind::Connection(ConnectionFailure::TimedOut);
                Err(StoreError::redis(kind).without_effect())
            }
        }
    }
}

/// Reads the response of a script.
pub(super) fn read<T: FromRedisValue>(value: Value) -> Result<T, StoreError> {
    redis::from_redis_value(value).map_err(|_| StoreError::redis(StoreErrorKind::InvalidData))
}

fn closed() -> RedisError {
    std::io::Error::from(std::io::ErrorKind::UnexpectedEof).into()
}

impl fmt::Debug for Engine {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mode = match &self.servers {
            Servers::Cluster(_) => "Cluster",
            Servers::One(endpoint) => match **endpoint {
                Endpoint::Server(_) => "Single",
                Endpoint::Sentinel { .. } => "Sentinel",
            },
        };
        let mut fields = formatter.debug_struct(mode);
        fields.field("settings", &self.settings).finish_non_exhaustive()
    }
}
