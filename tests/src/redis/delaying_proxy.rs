//! TCP proxy that delays what it passes on, and counts connections.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::AbortHandle;
use tokio::time::Instant;

/// A network between client and server.
pub struct DelayingProxy {
    port: u16,
    target: Arc<Mutex<String>>,
    connections: Arc<AtomicUsize>,
    open: Arc<Mutex<Vec<AbortHandle>>>,
}

impl DelayingProxy {
    /// Listens on a free port. Each direction takes half of the round trip.
    pub async fn start(server: String, round_trip: Duration) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback");
        let port = listener.local_addr().expect("loopback").port();
        let connections = Arc::new(AtomicUsize::new(0));
        let counter = connections.clone();
        let target = Arc::new(Mutex::new(server));
        let current = target.clone();
        let open = Arc::<Mutex<Vec<AbortHandle>>>::default();
        let tasks = open.clone();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                counter.fetch_add(1, Ordering::Relaxed);
                let target = current.lock().expect("no panic").clone();
                let Ok(server) = TcpStream::connect(&target).await else { continue };
                let _ = (client.set_nodelay(true), server.set_nodelay(true));
                let ((from_client, to_client), (from_server, to_server)) =
                    (client.into_split(), server.into_split());
                for task in [
                    tokio::spawn(pass(from_client, to_server, round_trip / 2)),
                    tokio::spawn(pass(from_server, to_client, round_trip / 2)),
                ] {
                    tasks.lock().expect("no panic").push(task.abort_handle());
                }
            }
        });
        Self { port, target, connections, open }
    }

    /// Leads new connections to another server, as a failover does by DNS. Those that are open stay.
    pub fn lead_to(&self, server: String) {
        *self.target.lock().expect("no panic") = server;
    }

    /// Closes the connections that are open.
    pub fn cut(&self) {
        self.open.lock().expect("no panic").drain(..).for_each(|task| task.abort());
    }

    /// Returns its URL.
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}/", self.port)
    }

    /// Returns the port on which it listens.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Returns how many connections were opened.
    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::Relaxed)
    }
}

async fn pass(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, delay: Duration) {
    let (sender, mut receiver) = mpsc::unbounded_channel::<(Instant, Vec<u8>)>();
    tokio::spawn(async move {
        while let Some((due, chunk)) = receiver.recv().await {
            if !delay.is_zero() {
                tokio::time::sleep_until(due).await;
            }
            if to.write_all(&chunk).await.is_err() {
                return;
            }
        }
        let _ = to.shutdown().await;
    });
    let mut chunk = vec![0; 16_384];
    while let Ok(length @ 1..) = from.read(&mut chunk).await {
        if sender.send((Instant::now() + delay, chunk[..length].to_vec())).is_err() {
            return;
        }
    }
}
