//! TCP proxy that stops forwarding on some connections.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};

/// Something between client and server that can fall silent on the first connections, and passes on what later ones say.
pub(crate) struct TcpProxy {
    pub(crate) url: String,
    /// How many connections, of those that were made first.
    pub(crate) silent: Arc<AtomicUsize>,
}

impl TcpProxy {
    pub(crate) async fn new(server: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback");
        let url = format!("redis://{}/", listener.local_addr().expect("loopback"));
        let silent = Arc::new(AtomicUsize::new(0));
        let until = silent.clone();
        tokio::spawn(async move {
            for number in 1.. {
                let (client, _) = listener.accept().await.expect("loopback");
                let server = TcpStream::connect(&server).await.expect("loopback");
                let ((from_client, to_client), (from_server, to_server)) =
                    (client.into_split(), server.into_split());
                tokio::spawn(pass(from_client, to_server, number, until.clone()));
                tokio::spawn(pass(from_server, to_client, number, until.clone()));
            }
        });
        Self { url, silent }
    }
}

/// Passes on what comes, as long as this connection is not among the silent ones.
async fn pass(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, number: usize, silent: Arc<AtomicUsize>) {
    let mut chunk = [0; 4096];
    while let Ok(length @ 1..) = from.read(&mut chunk).await {
        if number > silent.load(Ordering::SeqCst) && to.write_all(&chunk[..length]).await.is_err() {
            return;
        }
    }
}
