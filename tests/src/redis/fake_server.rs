//! A server that responds to every script with the same error.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

/// What it says of its memory: it may evict keys.
const INFO: &str = "maxmemory_policy:allkeys-lru";

/// Something that speaks enough of the protocol to be connected to.
pub struct FakeServer {
    address: String,
}

impl FakeServer {
    /// Listens on a free port. `error` is the line with which it responds to a script, such as `LOADING …`.
    pub async fn start(error: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback");
        let address = listener.local_addr().expect("loopback").to_string();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let _ = stream.set_nodelay(true);
                tokio::spawn(async move {
                    let mut chunk = vec![0; 65_536];
                    while let Ok(length @ 1..) = stream.read(&mut chunk).await {
                        let requests = String::from_utf8_lossy(&chunk[..length]);
                        // Each command is an array, which begins with an asterisk.
                        for command in format!("\r\n{requests}").split("\r\n*").skip(1) {
                            let script = command.contains("EVALSHA");
                            let response = match script {
                                true => format!("-{error}\r\n"),
                                false if command.contains("INFO") => format!("${}\r\n{INFO}\r\n", INFO.len()),
                                false => "+OK\r\n".to_owned(),
                            };
                            if stream.write_all(response.as_bytes()).await.is_err() {
                                return;
                            }
                        }
                    }
                });
            }
        });
        Self { address }
    }

    /// Returns its address.
    pub fn address(&self) -> String {
        self.address.clone()
    }

    /// Returns its URL.
    pub fn url(&self) -> String {
        format!("redis://{}/", self.address)
    }
}
