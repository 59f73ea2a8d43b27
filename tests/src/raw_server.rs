//! A TCP server that writes given bytes, for responses that no HTTP server gives.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::task::JoinHandle;

/// Listens on this machine, reads each request to its end, and writes given bytes.
pub struct RawServer {
    base_url: String,
    response: Arc<Mutex<Vec<u8>>>,
    received: Arc<Mutex<Vec<u8>>>,
    task: JoinHandle<()>,
}

impl RawServer {
    /// Writes these bytes and closes the connection.
    pub async fn writing(bytes: Vec<u8>) -> Self {
        Self::start(bytes, false).await
    }

    /// Writes these bytes and then nothing more, with the connection open.
    pub async fn stalling(bytes: Vec<u8>) -> Self {
        Self::start(bytes, true).await
    }

    async fn start(bytes: Vec<u8>, stalls: bool) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let base_url = format!("http://{}", listener.local_addr().expect("a bound port"));
        let received = Arc::<Mutex<Vec<u8>>>::default();
        let journal = received.clone();
        let response = Arc::new(Mutex::new(bytes));
        let next = response.clone();
        let task = tokio::spawn(async move {
            let mut open = Vec::new();
            while let Ok((mut stream, _)) = listener.accept().await {
                let request = read_request(&mut stream).await;
                if let Ok(mut journal) = journal.lock() {
                    journal.extend_from_slice(&request);
                }
                let bytes = next.lock().map(|bytes| bytes.clone()).unwrap_or_default();
                // A client that is gone is the test's business, not the server's.
                let _ = stream.write_all(&bytes).await;
                if stalls {
                    open.push(stream);
                }
            }
        });
        Self { base_url, response, received, task }
    }

    /// Writes these bytes from the next request on.
    ///
    /// # Panics
    ///
    /// If recording failed.
    pub fn respond(&self, bytes: Vec<u8>) {
        *self.response.lock().expect("recording does not panic") = bytes;
    }

    /// The base URL, without a slash at the end.
    pub fn base_url(&self) -> String {
        self.base_url.clone()
    }

    /// Every byte that arrived until now.
    ///
    /// # Panics
    ///
    /// If recording failed.
    pub fn received(&self) -> Vec<u8> {
        self.received.lock().expect("recording does not panic").clone()
    }
}

impl Drop for RawServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Head and body of a request; what there is of it if the connection ends.
async fn read_request(stream: &mut TcpStream) -> Vec<u8> {
    let mut request = Vec::new();
    loop {
        if let Some(end) = request.windows(4).position(|window| window == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&request[..end]).to_ascii_lowercase();
            let length =
                head.lines().find_map(|line| line.strip_prefix("content-length:")?.trim().parse().ok());
            if request.len() >= end + 4 + length.unwrap_or(0) {
                return request;
            }
        }
        match stream.read_buf(&mut request).await {
            Ok(0) | Err(_) => return request,
            Ok(_) => {}
        }
    }
}

/// A port at which nobody listens. It is held for as long as this lives: one that is given back is soon somebody's.
pub struct Closed {
    base_url: String,
    _held: TcpSocket,
}

impl Closed {
    /// Takes a port.
    ///
    /// # Panics
    ///
    /// If the machine has none to spare, or outside a tokio runtime.
    pub fn take() -> Self {
        let socket = TcpSocket::new_v4().expect("a socket");
        socket.bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).expect("a free port");
        let base_url = format!("http://{}", socket.local_addr().expect("a bound port"));
        Self { base_url, _held: socket }
    }

    /// Where nobody is, without a slash at the end.
    pub fn base_url(&self) -> String {
        self.base_url.clone()
    }
}
