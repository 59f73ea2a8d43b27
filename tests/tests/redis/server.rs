//! Starts and stops a Redis server for one test.

use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// The server that is named by the environment.
pub(crate) fn url() -> String {
    std::env::var("REDIS_URL").expect("REDIS_URL names a running server")
}

/// A prefix that nobody else has.
pub(crate) fn prefix() -> String {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("a date after 1970");
    format!("otp-test-{}-{}", std::process::id(), since.as_nanos())
}

/// A server on a free port, with its files in a directory that goes with it.
pub(crate) struct Server {
    process: Child,
    directory: TempDir,
    port: u16,
    options: &'static [&'static str],
}

impl Server {
    pub(crate) async fn start() -> Self {
        Self::start_with(&[]).await
    }

    /// The only node of a cluster. It refuses scripts whose keys are not all in one hash slot.
    pub(crate) async fn start_node() -> Self {
        let node = Self::start_with(&["--cluster-enabled", "yes"]).await;
        assert_eq!(node.command("CLUSTER ADDSLOTSRANGE 0 16383").await.expect("an answer"), "+OK");
        for _ in 0..500 {
            if node.command("GET x").await.is_ok_and(|response| response == "$-1") {
                return node;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("the cluster does not become ready");
    }

    async fn start_with(options: &'static [&'static str]) -> Self {
        let port = TcpListener::bind("127.0.0.1:0")
            .and_then(|listener| listener.local_addr())
            .expect("a free port")
            .port();
        let directory = TempDir::new().expect("a directory");
        let process = spawn(port, &directory, options);
        let server = Self { process, directory, port, options };
        server.ready().await;
        server
    }

    pub(crate) fn url(&self) -> String {
        format!("redis://{}/", self.address())
    }

    pub(crate) fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// Kills it at once, in the middle of whatever it does.
    pub(crate) fn kill(&mut self) {
        self.process.kill().and_then(|()| self.process.wait()).expect("it is killed");
    }

    /// Starts it again, on the same port, with the same files.
    pub(crate) async fn restart(&mut self) {
        self.process = spawn(self.port, &self.directory, self.options);
        self.ready().await;
    }

    /// Sends a command, past any client library.
    pub(crate) async fn command(&self, command: &str) -> std::io::Result<String> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).await?;
        stream.write_all(format!("{command}\r\n").as_bytes()).await?;
        let mut response = [0; 64];
        let length = stream.read(&mut response).await?;
        Ok(String::from_utf8_lossy(&response[..length]).trim().to_owned())
    }

    async fn ready(&self) {
        for _ in 0..500 {
            if self.command("PING").await.is_ok_and(|response| response == "+PONG") {
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

fn spawn(port: u16, directory: &TempDir, options: &[&str]) -> Child {
    let program = std::env::var("REDIS_SERVER").unwrap_or_else(|_| "redis-server".to_owned());
    let mut command = Command::new(program);
    command.args(["--port", &port.to_string(), "--bind", "127.0.0.1", "--appendonly", "yes", "--save", ""]);
    command.args(options).arg("--dir").arg(directory.path()).stdout(Stdio::null());
    command.spawn().expect("REDIS_SERVER names the program, or redis-server is installed")
}
