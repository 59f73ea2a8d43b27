//! The port of one service: open, or closed so that connections are refused.

use std::collections::HashMap;
use std::future::poll_fn;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::Poll;
use std::time::Duration;

use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::runtime::Handle;
use tokio::task::AbortHandle;

use crate::line::Line;

const BACKLOG: u32 = 1024;

#[derive(Debug)]
pub(crate) struct Door {
    address: SocketAddr,
    runtime: Handle,
    gate: Mutex<Gate>,
}

#[derive(Debug, Default)]
struct Gate {
    listener: Option<TcpListener>,
    /// Holds the port while the door is closed: bound and not listening, which refuses connections.
    reserved: Option<TcpSocket>,
    accepting: Option<AbortHandle>,
    lines: HashMap<u64, (Line, AbortHandle)>,
    lines_so_far: u64,
}

impl Door {
    /// Takes the port; nothing is served before [`serve`](Self::serve). Must be called within a tokio
    /// runtime.
    pub(crate) fn bind(host: IpAddr, port: u16) -> io::Result<Self> {
        let listener = bound(SocketAddr::new(host, port))?.listen(BACKLOG)?;
        Ok(Self {
            address: listener.local_addr()?,
            runtime: Handle::current(),
            gate: Mutex::new(Gate { listener: Some(listener), ..Gate::default() }),
        })
    }

    pub(crate) const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Opens the door if it is closed. False if the port could not be had again; it stays closed then.
    pub(crate) fn open(&self) -> bool {
        let _runtime = self.runtime.enter();
        let mut gate = self.gate();
        if gate.listener.is_none() {
            let socket = gate.reserved.take().map_or_else(|| bound(self.address), Ok);
            gate.listener = socket.and_then(|socket| socket.listen(BACKLOG)).ok();
        }
        gate.listener.is_some()
    }

    /// Runs the loop that accepts connections, unless one runs.
    pub(crate) fn serve(&self, accepting: impl Future<Output = ()> + Send + 'static) {
        let mut gate = self.gate();
        if gate.accepting.as_ref().is_none_or(AbortHandle::is_finished) {
            gate.accepting = Some(self.runtime.spawn(accepting).abort_handle());
        }
    }

    /// Refuses new connections and cuts those that are open, both before it returns.
    pub(crate) fn close(&self) {
        let _runtime = self.runtime.enter();
        let mut gate = self.gate();
        if gate.listener.take().is_some() {
            gate.reserved = bound(self.address).ok();
        }
        if let Some(accepting) = gate.accepting.take() {
            accepting.abort();
        }
        for (_, (line, task)) in gate.lines.drain() {
            line.cut();
            task.abort();
        }
    }

    /// The next connection; `None` once the door is closed.
    pub(crate) async fn accept(&self) -> Option<TcpStream> {
        loop {
            let accepted = poll_fn(|context| match &self.gate().listener {
                Some(listener) => listener.poll_accept(context).map(Some),
                None => Poll::Ready(None),
            });
            match accepted.await? {
                Ok((stream, _)) => return Some(stream),
                // Out of file descriptors, most likely: others have to be closed first.
                Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
            }
        }
    }

    /// Runs a conversation on a line that [`close`](Self::close) can cut.
    pub(crate) fn converse<F: Future<Output = ()> + Send + 'static>(
        &self,
        stream: TcpStream,
        conversation: impl FnOnce(Line, u64) -> F,
    ) {
        let line = Line::new(stream);
        let mut gate = self.gate();
        if gate.listener.is_none() {
            return;
        }
        gate.lines_so_far += 1;
        let number = gate.lines_so_far;
        // The lock is held while the task starts, so that it cannot end before it is listed.
        let task = self.runtime.spawn(conversation(line.clone(), number));
        gate.lines.insert(number, (line, task.abort_handle()));
    }

    pub(crate) fn hung_up(&self, number: u64) {
        self.gate().lines.remove(&number);
    }

    fn gate(&self) -> MutexGuard<'_, Gate> {
        self.gate.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn bound(address: SocketAddr) -> io::Result<TcpSocket> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    #[cfg(unix)]
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    Ok(socket)
}
