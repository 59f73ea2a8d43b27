//! Starts and stops a Redis server for one test.

use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use redis::{FromRedisValue, RedisResult};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// A server on a free port, with its files in a directory that goes with it.
pub struct Server {
    process: Child,
    directory: TempDir,
    port: u16,
    options: Vec<String>,
}

/// Returns a port on which nobody listens. The port plus 10000, which a cluster's node needs too, is free as well.
pub fn free_port() -> u16 {
    loop {
        let port = rand::random_range(20_000..50_000);
        let is_free = |port: u16| TcpListener::bind(("127.0.0.1", port)).is_ok();
        if is_free(port) && is_free(port + 10_000) {
            return port;
        }
    }
}

impl Server {
    /// Starts a server.
    pub async fn start() -> Self {
        Self::start_with(&[]).await
    }

    /// Starts the only node of a cluster. It refuses scripts whose keys are not all in one hash slot.
    pub async fn start_node() -> Self {
        let node = Self::start_with(&["--cluster-enabled", "yes"]).await;
        assert_eq!(node.command("CLUSTER ADDSLOTSRANGE 0 16383").await.expect("a response"), "+OK");
        for _ in 0..500 {
            if node.command("GET x").await.is_ok_and(|response| response == "$-1") {
                return node;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("the cluster does not become ready");
    }

    /// Starts a server with options of its own.
    pub async fn start_with(options: &[&str]) -> Self {
        Self::start_in(TempDir::new().expect("a directory"), options).await
    }

    /// Starts a server whose files, such as certificates, are there already.
    pub async fn start_in(directory: TempDir, options: &[&str]) -> Self {
        let port = free_port();
        let options: Vec<_> = options.iter().map(|option| (*option).to_owned()).collect();
        let process = spawn(port, &directory, &options);
        let server = Self { process, directory, port, options };
        server.ready().await;
        server
    }

    /// Starts a server that listens for TLS on another port. Its certificate is in the directory.
    pub async fn start_with_tls(directory: TempDir, port: u16) -> Self {
        let file = |name: &str| directory.path().join(name).display().to_string();
        let (certificate, key, root) = (file("server.crt"), file("server.key"), file("ca.crt"));
        let port = port.to_string();
        let options = [
            ["--tls-port", &port],
            ["--tls-cert-file", &certificate],
            ["--tls-key-file", &key],
            ["--tls-ca-cert-file", &root],
            ["--tls-auth-clients", "no"],
        ];
        Self::start_in(directory, options.as_flattened()).await
    }

    /// Returns its URL.
    pub fn url(&self) -> String {
        format!("redis://{}/", self.address())
    }

    /// Returns its address.
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// Returns its port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Returns the directory of its files.
    pub fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// Kills it at once, in the middle of whatever it does.
    pub fn kill(&mut self) {
        self.process.kill().and_then(|()| self.process.wait()).expect("it is killed");
    }

    /// Stops the process without ending it, as if the machine hung.
    pub fn suspend(&self) {
        self.signal("STOP");
    }

    /// Lets a suspended process go on.
    pub fn resume(&self) {
        self.signal("CONT");
    }

    fn signal(&self, signal: &str) {
        let kill = format!("kill -{signal} {}", self.process.id());
        assert!(Command::new("sh").args(["-c", &kill]).status().expect("a shell").success());
    }

    /// Starts it again, on the same port, with the same files.
    pub async fn restart(&mut self) {
        self.process = spawn(self.port, &self.directory, &self.options);
        self.ready().await;
    }

    /// Sends a command, past any client library. Returns at most the first 64 KiB of the response.
    ///
    /// # Errors
    ///
    /// If there is no connection.
    pub async fn command(&self, command: &str) -> std::io::Result<String> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).await?;
        stream.write_all(format!("{command}\r\n").as_bytes()).await?;
        let mut response = vec![0; 65_536];
        let length = stream.read(&mut response).await?;
        Ok(String::from_utf8_lossy(&response[..length]).trim().to_owned())
    }

    /// Sends a command through the client library, over a connection of its own.
    ///
    /// # Errors
    ///
    /// If there is no connection, or the server refuses the command.
    pub async fn query<T: FromRedisValue>(&self, command: &[&str]) -> RedisResult<T> {
        Self::query_at(self.port, command).await
    }

    /// Sends a command to a port.
    ///
    /// # Errors
    ///
    /// If there is no connection, or the server refuses the command.
    pub async fn query_at<T: FromRedisValue>(port: u16, command: &[&str]) -> RedisResult<T> {
        let client = redis::Client::open(("127.0.0.1", port))?;
        let mut connection = client.get_multiplexed_async_connection().await?;
        redis::cmd(command[0]).arg(&command[1..]).query_async(&mut connection).await
    }

    /// Sends a command whose response is a string. There is none if the server does not respond.
    pub async fn text(&self, command: &[&str]) -> String {
        self.query(command).await.unwrap_or_default()
    }

    /// Sends a command whose response is `OK`.
    pub async fn expect_ok(&self, command: &[&str]) {
        let response = self.query::<String>(command).await;
        assert_eq!(response.as_deref(), Ok("OK"), "{command:?}");
    }

    /// Returns the keys that begin with a prefix, without its braces.
    pub async fn keys(&self, prefix: &str) -> Vec<String> {
        self.query(&["KEYS", &format!("*{prefix}*")]).await.unwrap_or_default()
    }

    async fn ready(&self) {
        for _ in 0..500 {
            if self.command("PING").await.is_ok_and(|response| !response.is_empty()) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("the server does not start");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn spawn(port: u16, directory: &TempDir, options: &[String]) -> Child {
    let program = std::env::var("REDIS_SERVER").unwrap_or_else(|_| "redis-server".to_owned());
    let mut command = Command::new(program);
    command.args(["--port", &port.to_string(), "--bind", "127.0.0.1", "--appendonly", "yes", "--save", ""]);
    command.arg("--dir").arg(directory.path()).args(options).stdout(Stdio::null());
    command.spawn().expect("REDIS_SERVER names the program, or redis-server is installed")
}
