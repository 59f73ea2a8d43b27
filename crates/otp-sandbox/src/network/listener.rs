//! The listening port of one service. It is open, or closed so that connections are refused.

use std::collections::HashMap;
use std::fmt;
use std::future::poll_fn;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;
use std::time::Duration;

use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::runtime::Handle;
use tokio::task::AbortHandle;

use super::connection::Connection;

const BACKLOG: u32 = 1024;

/// Serves one connection to its end.
type Serve = Arc<dyn Fn(Connection) -> Pin<Box<dyn Future<Output = ()> + Send>> + Send + Sync>;

pub(crate) struct Listener {
    address: SocketAddr,
    runtime: Handle,
    state: Mutex<ListenerState>,
}

#[derive(Default)]
struct ListenerState {
    listener: Option<TcpListener>,
    /// Keeps the system from choosing the port for another program while closed. A socket that is bound but does not
    /// listen refuses connections. A program that asks for this very port can still get it.
    reserved: Option<TcpSocket>,
    serve: Option<Serve>,
    accept_loop: Option<AbortHandle>,
    connections: HashMap<u64, (Connection, AbortHandle)>,
    last_number: u64,
}

impl Listener {
    /// Takes the port. Connections wait until [`serve`](Self::serve). Must be called within a tokio runtime.
    pub(crate) fn bind(host: IpAddr, port: u16) -> io::Result<Arc<Self>> {
        let listener = bind(SocketAddr::new(host, port))?.listen(BACKLOG)?;
        Ok(Arc::new(Self {
            address: listener.local_addr()?,
            runtime: Handle::current(),
            state: Mutex::new(ListenerState { listener: Some(listener), ..ListenerState::default() }),
        }))
    }

    pub(crate) const fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) fn is_open(&self) -> bool {
        self.state().listener.is_some()
    }

    /// Accepts connections from now on and runs `serve` for each.
    ///
    /// `serve` is kept for as long as the listener. It must not own the listener, or neither is ever dropped.
    pub(crate) fn serve<F: Future<Output = ()> + Send + 'static>(
        self: &Arc<Self>,
        serve: impl Fn(Connection) -> F + Send + Sync + 'static,
    ) -> io::Result<()> {
        self.state().serve = Some(Arc::new(move |connection| Box::pin(serve(connection))));
        self.open()
    }

    /// Opens the port if it is closed. It stays closed if another program has taken the port.
    pub(crate) fn open(self: &Arc<Self>) -> io::Result<()> {
        let _runtime = self.runtime.enter();
        let mut state = self.state();
        if state.listener.is_none() {
            let socket = state.reserved.take().map_or_else(|| bind(self.address), Ok);
            state.listener = Some(socket?.listen(BACKLOG)?);
        }
        let is_accepting = state.accept_loop.as_ref().is_some_and(|task| !task.is_finished());
        if !is_accepting {
            let accept_loop = Arc::clone(self).accept_loop();
            state.accept_loop = Some(self.runtime.spawn(accept_loop).abort_handle());
        }
        Ok(())
    }

    /// Refuses new connections and cuts the open ones. Both are done when it returns.
    pub(crate) fn close(&self) {
        let _runtime = self.runtime.enter();
        let mut state = self.state();
        if state.listener.take().is_some() {
            state.reserved = bind(self.address).ok();
        }
        if let Some(accept_loop) = state.accept_loop.take() {
            accept_loop.abort();
        }
        for (_, (connection, task)) in state.connections.drain() {
            connection.cut();
            task.abort();
        }
    }

    async fn accept_loop(self: Arc<Self>) {
        while let Some(stream) = self.accept().await {
            // Responses are small and written in one piece. Nagle's algorithm would only delay them.
            let _ = stream.set_nodelay(true);
            self.spawn(stream);
        }
    }

    /// The next connection; `None` once the listener is closed.
    async fn accept(&self) -> Option<TcpStream> {
        loop {
            // Polled by hand, so that the lock is held for a poll only and `close` can take the listener away.
            let accepted = poll_fn(|context| match &self.state().listener {
                Some(listener) => listener.poll_accept(context).map(Some),
                None => Poll::Ready(None),
            });
            match accepted.await? {
                Ok((stream, _)) => return Some(stream),
                // Most likely the process is out of file descriptors until other connections close.
                Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
            }
        }
    }

    /// Serves the connection in a task of its own, which [`close`](Self::close) can cut.
    fn spawn(self: &Arc<Self>, stream: TcpStream) {
        let mut state = self.state();
        let Some(serve) = state.serve.clone().filter(|_| state.listener.is_some()) else { return };
        state.last_number += 1;
        let number = state.last_number;
        let connection = Connection::new(stream);
        let (listener, served) = (Arc::clone(self), serve(connection.clone()));
        // The lock is held while the task starts, so that it cannot remove its entry before the entry exists.
        let task = self.runtime.spawn(async move {
            // Made within the task: a runtime that shuts down drops the task here and now, under the lock.
            let _entry = Entry { listener, number };
            served.await;
        });
        state.connections.insert(number, (connection, task.abort_handle()));
    }

    fn state(&self) -> MutexGuard<'_, ListenerState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Removes a connection when its task ends, also by a panic. The connection would otherwise stay open.
struct Entry {
    listener: Arc<Listener>,
    number: u64,
}

impl Drop for Entry {
    fn drop(&mut self) {
        self.listener.state().connections.remove(&self.number);
    }
}

impl fmt::Debug for Listener {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Listener").field("address", &self.address).finish_non_exhaustive()
    }
}

fn bind(address: SocketAddr) -> io::Result<TcpSocket> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    // Without it, the port could not be bound again while closed connections are in TIME_WAIT. On Windows, the
    // same option would let two processes share the port.
    #[cfg(unix)]
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    Ok(socket)
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use tokio::io::AsyncReadExt as _;

    use super::*;

    #[tokio::test]
    async fn a_connection_closes_when_serving_it_panics() {
        let listener = Listener::bind(Ipv4Addr::LOCALHOST.into(), 0).unwrap();
        listener.serve(|_connection| async { panic!("on purpose") }).unwrap();
        let mut stream = TcpStream::connect(listener.address()).await.unwrap();
        let closed = tokio::time::timeout(Duration::from_secs(10), stream.read(&mut [0])).await;
        assert_eq!(closed.expect("it stays open").unwrap(), 0);
        assert!(listener.state().connections.is_empty());
    }
}
