//! Connection pool for Redis: connections are made on demand.

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

/// Pool of multiplexed connections, used in turn.
///
/// The client's own connection manager reconnects in the background and keeps a connection that no longer responds. Here a
/// call connects by itself if it has to, and a connection that does not respond in time is discarded.
pub(super) struct ConnectionPool {
    client: Client,
    slots: Vec<Mutex<Option<PooledConnection>>>,
    next: AtomicUsize,
    pub(super) deadline: Duration,
}

#[derive(Clone)]
struct PooledConnection {
    inner: MultiplexedConnection,
    /// Whether the server closed it, or it is discarded.
    is_closed: Arc<AtomicBool>,
}

impl PooledConnection {
    /// Discards the connection. The next call makes a new one.
    fn discard(&self) {
        self.is_closed.store(true, Ordering::Relaxed);
    }
}

/// The connection of a call in flight.
///
/// A caller may drop the call before the deadline. A connection that was silent until then must not stay in the pool.
struct InFlight {
    connection: Option<PooledConnection>,
    began: Instant,
    max_silence: Duration,
}

impl Drop for InFlight {
    fn drop(&mut self) {
        if let Some(connection) = self.connection.take().filter(|_| self.began.elapsed() >= self.max_silence)
        {
            connection.discard();
        }
    }
}

impl ConnectionPool {
    pub(super) fn new(url: &Secret) -> Result<Self, ConfigError> {
        #[cfg(feature = "redis-tls")]
        let _ = rustls::crypto::ring::default_provider().install_default();
        // The client's error may quote the URL, which contains the password.
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

    /// Runs a script. Nothing is sent twice, except the source of a script whose hash the server does not know.
    pub(super) async fn invoke<T: FromRedisValue>(&self, call: &Call) -> Result<T, StoreError> {
        let mut in_flight =
            InFlight { connection: None, began: Instant::now(), max_silence: self.deadline / 4 };
        let answer = tokio::time::timeout(self.deadline, async {
            let connection = in_flight.connection.insert(self.acquire().await?);
            call.0.invoke_async(&mut connection.inner).await
        });
        let answer = answer.await;
        let connection = in_flight.connection.take();
        let error = match answer {
            Ok(Ok(value)) => return Ok(value),
            Ok(Err(error)) if !is_read_only_replica(&error) && !error.is_unrecoverable_error() => {
                return Err(store_error(&error));
            }
            Ok(Err(error)) => store_error(&error),
            Err(_) => StoreError::new("Redis did not answer in time"),
        };
        if let Some(connection) = connection {
            connection.discard();
        }
        Err(error)
    }

    async fn acquire(&self) -> RedisResult<PooledConnection> {
        let slot = self.next.fetch_add(1, Ordering::Relaxed) % self.slots.len();
        // Locked while connecting: calls that wait for the same slot share one connection attempt.
        let mut slot = self.slots[slot].lock().await;
        if let Some(connection) =
            slot.as_ref().filter(|connection| !connection.is_closed.load(Ordering::Relaxed))
        {
            return Ok(connection.clone());
        }
        let connection = self.connect().await?;
        Ok(slot.insert(connection).clone())
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
        // The deadline covers the whole call, and is set there.
        let config = config.set_connection_timeout(None).set_response_timeout(None);
        let connection = self.client.get_multiplexed_async_connection_with_config(&config).await?;
        Ok(PooledConnection { inner: connection, is_closed })
    }
}

/// Opens a client with RESP3, in which a closed connection is noticed before the next call.
fn open(url: &str) -> RedisResult<Client> {
    let info = url.into_connection_info()?;
    let settings = info.redis_settings().clone().set_protocol(ProtocolVersion::RESP3);
    Client::open(info.set_redis_settings(settings))
}

/// Whether the server became a replica. Its address may lead to another server by now, so a new connection helps.
fn is_read_only_replica(error: &RedisError) -> bool {
    error.kind() == ErrorKind::Server(ServerErrorKind::ReadOnly)
}

/// Builds an error from the client's error classes. Its messages may contain what the server sent.
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
        fields.field("max", &self.slots.len()).field("deadline", &self.deadline).finish_non_exhaustive()
    }
}
