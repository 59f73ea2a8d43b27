//! Connection pool of one server.

use std::fmt;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use redis::RedisError;
use tokio::sync::Notify;

use super::backoff::Backoff;
use super::connection::Connection;
use super::endpoint::Endpoint;
use super::eviction;
#[cfg(feature = "redis-tls")]
use super::tls::Tls;

/// The maximum number of attempts at a time. A handshake costs both sides time.
const MAX_ATTEMPTS: usize = 4;
/// The limits of an attempt's deadline, which otherwise is that of a call. A call may give up earlier, and the attempt goes on.
const MIN_ATTEMPT: Duration = Duration::from_secs(1);
const MAX_ATTEMPT: Duration = Duration::from_secs(5);

#[derive(Clone)]
pub(super) struct PoolSettings {
    /// Maximum number of connections to one server.
    pub(super) connections: usize,
    /// Deadline of a call.
    pub(super) deadline: Duration,
    #[cfg(feature = "redis-tls")]
    pub(super) tls: Tls,
}

impl Default for PoolSettings {
    fn default() -> Self {
        Self {
            connections: 4,
            deadline: Duration::from_secs(1),
            #[cfg(feature = "redis-tls")]
            tls: Tls::default(),
        }
    }
}

impl fmt::Debug for PoolSettings {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut fields = formatter.debug_struct("PoolSettings");
        fields.field("connections", &self.connections).field("deadline", &self.deadline).finish()
    }
}

/// Pool of multiplexed connections, used in turn. They are made on demand.
///
/// - A connection attempt is a task of the pool, with a deadline of its own. Callers wait for it, or give up.
/// - Each slot has one attempt at a time. While the server is in trouble, the whole pool has one, with exponential backoff.
/// - A connection on which the server is silent gets no new calls. It is used again when the server responds, or replaced.
///
/// The client's own `ConnectionManager` does not suffice. It keeps a connection whose server is silent, it keeps the error of
/// an attempt that failed for another reason than I/O, and it connects again without a pause for each call that fails.
pub(super) struct Pool {
    endpoint: Endpoint,
    settings: PoolSettings,
    state: Mutex<State>,
    /// Wakes callers when a connection becomes usable or unusable, and when an attempt failed.
    changed: Arc<Notify>,
    in_trouble: AtomicBool,
    checks_eviction: AtomicBool,
}

struct State {
    slots: Vec<Slot>,
    next: usize,
    attempts: usize,
    backoff: Backoff,
    failed_attempts: u64,
    last_error: Option<RedisError>,
}

#[derive(Default)]
struct Slot {
    connection: Option<Arc<Connection>>,
    is_connecting: bool,
}

impl Slot {
    fn healthy(&self) -> Option<&Arc<Connection>> {
        self.connection.as_ref().filter(|connection| connection.is_healthy())
    }
}

impl Pool {
    pub(super) fn new(endpoint: Endpoint, settings: PoolSettings) -> Arc<Self> {
        let state = State {
            slots: (0..settings.connections.max(1)).map(|_| Slot::default()).collect(),
            next: 0,
            attempts: 0,
            backoff: Backoff::default(),
            failed_attempts: 0,
            last_error: None,
        };
        Arc::new(Self {
            endpoint,
            settings,
            state: Mutex::new(state),
            changed: Arc::default(),
            in_trouble: AtomicBool::new(false),
            checks_eviction: AtomicBool::new(true),
        })
    }

    pub(super) fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// Waits for a usable connection. Fails if an attempt fails meanwhile. It has no deadline of its own.
    pub(super) async fn acquire(self: &Arc<Self>) -> Result<Arc<Connection>, RedisError> {
        let mut attempts_before = None;
        loop {
            let mut changed = pin!(self.changed.notified());
            // Registered before the look at the state, so that no change is missed between the two.
            changed.as_mut().enable();
            {
                let mut state = self.lock();
                if let Some(connection) = self.choose(&mut state) {
                    return Ok(connection);
                }
                if *attempts_before.get_or_insert(state.failed_attempts) != state.failed_attempts {
                    return Err(state.last_error.clone().unwrap_or_else(no_response));
                }
            }
            changed.await;
        }
    }

    /// Takes the next healthy connection, and starts an attempt if its slot needs one.
    fn choose(self: &Arc<Self>, state: &mut State) -> Option<Arc<Connection>> {
        let first = state.next % state.slots.len();
        state.next = state.next.wrapping_add(1);
        let slots = || state.slots[first..].iter().chain(&state.slots[..first]);
        let chosen = slots().find_map(Slot::healthy).cloned();
        let slot = &state.slots[first];
        if slot.healthy().is_some() || slot.is_connecting {
            return chosen;
        }
        // A silent server is not asked for many connections at once, and neither is one that was gone.
        let is_troubled = self.in_trouble.load(Ordering::Relaxed) || slot.connection.is_some();
        if state.attempts < if is_troubled { 1 } else { MAX_ATTEMPTS } {
            self.start_attempt(state, first);
        }
        chosen
    }

    fn start_attempt(self: &Arc<Self>, state: &mut State, slot: usize) {
        state.slots[slot].is_connecting = true;
        state.attempts += 1;
        let pause = state.backoff.remaining();
        let attempt = Attempt { pool: self.clone(), slot, result: Err(no_response()) };
        tokio::spawn(async move {
            tokio::time::sleep(pause).await;
            let pool = attempt.pool.clone();
            let deadline = pool.settings.deadline.clamp(MIN_ATTEMPT, MAX_ATTEMPT);
            let connect = pool.endpoint.connect(&pool.settings, pool.changed.clone());
            let result = tokio::time::timeout(deadline, connect).await;
            attempt.finish(result.unwrap_or_else(|_| Err(no_response())));
        });
    }

    fn finish_attempt(&self, slot: usize, result: Result<Arc<Connection>, RedisError>) {
        let mut state = self.lock();
        state.attempts -= 1;
        state.slots[slot].is_connecting = false;
        match result {
            Ok(connection) => {
                for slot in &mut state.slots {
                    // A sentinel named another master. The one before must get no more calls, even if it responds again.
                    if slot.connection.as_ref().is_some_and(|old| old.address != connection.address) {
                        slot.connection = None;
                    }
                }
                if self.checks_eviction.swap(false, Ordering::Relaxed) {
                    tokio::spawn(eviction::warn_unless_disabled(connection.clone()));
                }
                state.slots[slot].connection = Some(connection);
            }
            Err(error) => {
                state.failed_attempts += 1;
                state.last_error = Some(error);
                state.slots[slot].connection.take_if(|connection| connection.is_closed());
                self.in_trouble.store(true, Ordering::Relaxed);
                state.backoff.failed();
            }
        }
        drop(state);
        self.changed.notify_waiters();
    }

    /// Leaves a server that is no longer the master, with all connections: each would fail a call to find out. The next
    /// attempt asks for the address anew. Calls in flight still get their responses.
    pub(super) fn leave(&self, connection: &Connection) {
        // A response to an older call says nothing about the connections that were made since.
        if connection.is_closed() {
            return;
        }
        self.in_trouble.store(true, Ordering::Relaxed);
        let mut state = self.lock();
        state.backoff.failed();
        for slot in &mut state.slots {
            if let Some(connection) = slot.connection.take() {
                connection.discard();
            }
        }
    }

    /// Ends the trouble. A new connection alone is no success: a demoted master takes connections, too.
    pub(super) fn succeeded(&self) {
        if self.in_trouble.load(Ordering::Relaxed) {
            self.in_trouble.store(false, Ordering::Relaxed);
            self.lock().backoff = Backoff::default();
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A connection attempt in progress. It is finished also if its runtime shuts down.
struct Attempt {
    pool: Arc<Pool>,
    slot: usize,
    result: Result<Arc<Connection>, RedisError>,
}

impl Attempt {
    fn finish(mut self, result: Result<Connection, RedisError>) {
        self.result = result.map(Arc::new);
    }
}

impl Drop for Attempt {
    fn drop(&mut self) {
        let result = std::mem::replace(&mut self.result, Err(no_response()));
        self.pool.finish_attempt(self.slot, result);
    }
}

fn no_response() -> RedisError {
    std::io::Error::from(std::io::ErrorKind::TimedOut).into()
}

impl fmt::Debug for Pool {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Pool").field("settings", &self.settings).finish_non_exhaustive()
    }
}
