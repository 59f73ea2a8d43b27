//! One connection, and whether its server still responds.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use redis::aio::MultiplexedConnection;
use redis::{Pipeline, PushInfo, PushKind, RedisError, RedisResult, Value};
use tokio::sync::Notify;
use tokio::task::AbortHandle;

use super::endpoint::Opened;

const HEALTHY: u8 = 0;
const SILENT: u8 = 1;
const CLOSED: u8 = 2;

/// A multiplexed connection. Dropping a call does not disturb the others: the client drops its response.
pub(super) struct Connection {
    opened: Opened,
    health: Arc<Health>,
    monitor: AbortHandle,
    /// The server's address, to tell whether a sentinel names another one by now.
    pub(super) address: String,
}

/// What is known about a connection.
pub(super) struct Health {
    state: AtomicU8,
    /// Since when a call waits and nothing was heard, in microseconds. 0 if none waits.
    waiting_since: AtomicU64,
    created: Instant,
    call_began: Notify,
    /// Wakes the callers that wait for a connection of the pool.
    changed: Arc<Notify>,
}

impl Health {
    pub(super) fn new(changed: Arc<Notify>) -> Arc<Self> {
        Arc::new(Self {
            state: AtomicU8::new(HEALTHY),
            waiting_since: AtomicU64::new(0),
            created: Instant::now(),
            call_began: Notify::new(),
            changed,
        })
    }

    /// Handles what the server pushes. With RESP3, the client reports a closed connection before the next call.
    pub(super) fn listener(self: &Arc<Self>) -> impl Fn(PushInfo) -> Result<(), RedisError> + use<> {
        let health = self.clone();
        move |push| {
            if push.kind == PushKind::Disconnection {
                health.set(CLOSED);
            }
            Ok(())
        }
    }

    fn set(&self, state: u8) {
        // A closed connection does not become healthy by a response that came before it closed.
        let change = |old| (old != CLOSED && old != state).then_some(state);
        if self.state.fetch_update(Ordering::AcqRel, Ordering::Acquire, change).is_ok() {
            self.changed.notify_waiters();
        }
    }

    fn now(&self) -> u64 {
        self.created.elapsed().as_micros() as u64 + 1
    }

    fn call_begins(&self) {
        let now = self.now();
        if self.waiting_since.compare_exchange(0, now, Ordering::AcqRel, Ordering::Relaxed).is_ok() {
            self.call_began.notify_one();
        }
    }

    fn is_silent_for(&self, limit: Duration) -> bool {
        let since = self.waiting_since.load(Ordering::Acquire);
        since != 0 && Duration::from_micros(self.now() - since) >= limit
    }

    fn heard(&self) {
        self.waiting_since.store(0, Ordering::Release);
        if self.state.load(Ordering::Relaxed) == SILENT {
            self.set(HEALTHY);
        }
    }
}

/// Closes the connection for the pool when the monitor ends, also because its runtime is gone.
struct CloseOnDrop(Arc<Health>);

impl Drop for CloseOnDrop {
    fn drop(&mut self) {
        self.0.set(CLOSED);
    }
}

impl Connection {
    pub(super) fn new(opened: Opened, health: Arc<Health>, max_silence: Duration, address: String) -> Self {
        let closed = CloseOnDrop(health.clone());
        let monitor =
            tokio::spawn(monitor(opened.connection.clone(), closed, max_silence / 2)).abort_handle();
        Self { opened, health, monitor, address }
    }

    pub(super) fn is_healthy(&self) -> bool {
        self.health.state.load(Ordering::Acquire) == HEALTHY
    }

    pub(super) fn is_closed(&self) -> bool {
        self.health.state.load(Ordering::Acquire) == CLOSED
    }

    /// Takes the connection out of use. Calls in flight still get their responses.
    pub(super) fn discard(&self) {
        self.health.set(CLOSED);
    }

    /// Returns the client's connection, to load a script.
    pub(super) fn client(&self) -> MultiplexedConnection {
        self.opened.connection.clone()
    }

    /// Sends commands at once. Each has its own result: the error of one is a value among the others.
    pub(super) async fn send(&self, commands: &Pipeline) -> RedisResult<Vec<Value>> {
        self.health.call_begins();
        let result = self.opened.connection.clone().send_packed_commands(commands, 0, commands.len()).await;
        match &result {
            Ok(_) => self.health.heard(),
            Err(error) if error.is_unrecoverable_error() => self.discard(),
            Err(_) => {}
        }
        result
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.monitor.abort();
    }
}

/// Finds out whether the server still responds, and when it does so again.
///
/// Callers give up at their own deadlines, so nobody but this task may be left to hear a late response.
async fn monitor(mut connection: MultiplexedConnection, closed: CloseOnDrop, patience: Duration) {
    let health = &closed.0;
    loop {
        let since = health.waiting_since.load(Ordering::Acquire);
        if since == 0 {
            health.call_began.notified().await;
            continue;
        }
        let waited = Duration::from_micros(health.now() - since);
        if let Some(rest) = patience.checked_sub(waited).filter(|rest| !rest.is_zero()) {
            tokio::time::sleep(rest).await;
            continue;
        }
        // The call may have been dropped before its response. The ping tells. Any response to it will do, also a refusal.
        let ping = redis::cmd("PING");
        let mut response = std::pin::pin!(connection.send_packed_command(&ping));
        let result = loop {
            match tokio::time::timeout(patience, &mut response).await {
                Ok(result) => break result,
                Err(_) if health.is_silent_for(patience * 2) => health.set(SILENT),
                Err(_) => {}
            }
        };
        if result.is_err() {
            return;
        }
        health.heard();
    }
}
