//! ConnectionPool that are made when they are needed.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use otp_transport::{ConfigError, ConnectionFailure, Secret};
use redis::aio::MultiplexedConnection;
use redis::{
    AsyncConnectionConfig, Client, ErrorKind, FromRedisValue, IntoConnectionInfo, ProtocolVersion, PushInfo,
    PushKind, RedisError, RedisResult, ServerErrorKind,
};
use tokio::sync::Mutex;

use super::script::Call;
use crate::stores::StoreError;

const CONNECTIONS: usize = 4;
const DEADLINE: Duration = Duration::from_secs(1);

/// Some multiplexed connections, in_flight in turn.
///
/// The client's own manager repeats its attempts to connect in the background and keeps a connection that is silent;
/// here a call connects by itself if it has to, and a connection that did not answer in time is given up.
pub(super) struct ConnectionPool {
    client: Client,
    slots: Vec<Mutex<Option<PooledConnection>>>,
    next: AtomicUsize,
    pub(super) deadline: Duration,
}

#[derive(Clone)]
struct PooledConnection {
    connection: MultiplexedConnection,
    /// Whether the server closed it, or it is given up.
    is_closed: Arc<AtomicBool>,
}

impl PooledConnection {
    /// The next call makes another one.
    fn discard(&self) {
        self.is_closed.store(true, Ordering::Relaxed);
    }
}

/// The connection of a call under way. A caller that stops waiting must not keep a silent one in use.
struct InFlight {
    line: Option<PooledConnection>,
    began: Instant,
    max_silence: Duration,
}

impl Drop for InFlight {
    fn drop(&mut self) {
        if let Some(line) = self.line.take().filter(|_| self.began.elapsed() >= self.max_silence) {
            line.discard();
        }
    }
}

impl ConnectionPool {
    pub(super) fn new(url: &Secret) -> Result<Self, ConfigError> {
        #[cfg(feature = "redis-tls")]
        let _ = rustls::crypto::ring::default_provider().install_default();
        // The client's error may quote the URL.
        let client = open(url.expose()).map_err(|_| {
            let tls = if cfg!(feature = "redis-tls") { " or rediss" } else { "" };
            ConfigError::new("url", format!("must be redis{tls}://[user:password@]host[:port][/database]"))
        })?;
        let mut connections =
            Self { client, slots: Vec::new(), next: AtomicUsize::new(0), deadline: DEADLINE };
        connections.resize(CONNECTIONS);
        Ok(connections)
    }

    pub(super) fn resize(&mut self, connections: usize) {
        self.slots = (0..connections.max(1)).map(|_| Mutex::default()).collect();
    }

    /// Runs a script. Nothing is sent twice, but for a script's text if the server does not know its hash.
    pub(super) async fn invoke<T: FromRedisValue>(&self, call: &Call) -> Result<T, StoreError> {
        let mut in_flight = InFlight { line: None, began: Instant::now(), max_silence: self.deadline / 4 };
        let answer = tokio::time::timeout(self.deadline, async {
            let line = in_flight.line.insert(self.line().await?);
            call.0.invoke_async(&mut line.connection).await
        });
        let answer = answer.await;
        let line = in_flight.line.take();
        let error = match answer {
            Ok(Ok(value)) => return Ok(value),
            Ok(Err(error)) if !is_read_only_replica(&error) && !error.is_unrecoverable_error() => {
                return Err(store_error(&error));
            }
            Ok(Err(error)) => store_error(&error),
            Err(_) => StoreError::new("Redis did not answer in time"),
        };
        if let Some(line) = line {
            line.discard();
        }
        Err(error)
    }

    async fn line(&self) -> RedisResult<PooledConnection> {
        let slot = self.next.fetch_add(1, Ordering::Relaxed) % self.slots.len();
        let mut slot = self.slots[slot].lock().await;
        if let Some(line) = slot.as_ref().filter(|line| !line.is_closed.load(Ordering::Relaxed)) {
            return Ok(line.clone());
        }
        let line = self.connect().await?;
        Ok(slot.insert(line).clone())
    }

    async fn connect(&self) -> RedisResult<PooledConnection> {
        let is_closed = Arc::new(AtomicBool::new(false));
        let flag = is_closed.clone();
        let listen = move |push: PushInfo| {
            if push.kind == PushKind::Disconnection {
                flag.store(true, Ordering::Relaxed);
            }
            Ok::<(), RedisError>(())
        };
        let config = AsyncConnectionConfig::new().set_push_sender(listen);
        // The deadline is that of the whole call.
        let config = config.set_connection_timeout(None).set_response_timeout(None);
        let connection = self.client.get_multiplexed_async_connection_with_config(&config).await?;
        Ok(PooledConnection { connection, is_closed })
    }
}

/// With the protocol in which the end of a connection is noticed before the next call.
fn open(url: &str) -> RedisResult<Client> {
    let info = url.into_connection_info()?;
    let settings = info.redis_settings().clone().set_protocol(ProtocolVersion::RESP3);
    Client::open(info.set_redis_settings(settings))
}

/// The server became a replica: the address may lead to another one by now.
fn is_read_only_replica(error: &RedisError) -> bool {
    error.kind() == ErrorKind::Server(ServerErrorKind::ReadOnly)
}

/// The client's own messages may hold what the server said; its classes do not.
fn store_error(error: &RedisError) -> StoreError {
    if error.is_io_error() {
        return StoreError::new(format!("Redis: {}", ConnectionFailure::of(error)));
    }
    let code = error.code().unwrap_or_default();
    StoreError::new(format!("Redis: {} {code}", error.category()).trim_end())
}

impl fmt::Debug for ConnectionPool {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut fields = formatter.debug_struct("ConnectionPool");
        fields.field("most", &self.slots.len()).field("deadline", &self.deadline).finish_non_exhaustive()
    }
}
