//! A master with a replica, and three sentinels that watch it.

use std::path::Path;
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

use super::cluster::until;
use super::{Server, free_port};

const SENTINELS: usize = 3;

/// A master, its replica, and sentinels that promote the replica when the master is gone for a second.
pub struct Sentinels {
    servers: [Server; 2],
    sentinels: Vec<(Child, u16)>,
    _directory: TempDir,
}

impl Sentinels {
    /// Starts them. The name of the master is `mymaster`. The servers have these options.
    pub async fn start(options: &[&str]) -> Self {
        let master = Server::start_with(options).await;
        let port = master.port().to_string();
        let replication = ["--replicaof", &format!("127.0.0.1 {port}"), "--repl-diskless-sync-delay", "0"];
        let replica = Server::start_with(&[options, &replication].concat()).await;
        until(async || master.text(&["INFO", "replication"]).await.contains("state=online")).await;
        let directory = TempDir::new().expect("a directory");
        let sentinels = (0..SENTINELS).map(|_| start(directory.path(), &port)).collect();
        let all = Self { servers: [master, replica], sentinels, _directory: directory };
        for (_, port) in &all.sentinels {
            until(async || {
                let state = Server::query_at::<String>(*port, &["INFO", "sentinel"]).await;
                state.is_ok_and(|state| state.contains("slaves=1,sentinels=3"))
            })
            .await;
        }
        all
    }

    /// Returns the URLs of the sentinels.
    pub fn urls(&self) -> Vec<String> {
        self.sentinels.iter().map(|(_, port)| format!("redis://127.0.0.1:{port}/")).collect()
    }

    /// Returns the first master and the first replica.
    pub fn servers(&mut self) -> &mut [Server; 2] {
        &mut self.servers
    }

    /// Asks for a planned failover.
    pub async fn fail_over(&self) {
        let command = ["SENTINEL", "FAILOVER", "mymaster"];
        Server::query_at::<String>(self.sentinels[0].1, &command).await.expect("a failover begins");
    }

    /// Waits until the replica is the master, for the sentinels as well.
    pub async fn promoted(&self) {
        let [_, replica] = &self.servers;
        until(async || replica.text(&["INFO", "replication"]).await.contains("role:master")).await;
    }
}

fn start(directory: &Path, master: &str) -> (Child, u16) {
    let port = free_port();
    let file = directory.join(format!("{port}.conf"));
    let config = format!(
        "port {port}\nbind 127.0.0.1\ndir {}\nsentinel monitor mymaster 127.0.0.1 {master} 2\n\
         sentinel down-after-milliseconds mymaster 1000\nsentinel failover-timeout mymaster 6000\n",
        directory.display()
    );
    std::fs::write(&file, config).expect("a writable directory");
    let program = std::env::var("REDIS_SERVER").unwrap_or_else(|_| "redis-server".to_owned());
    let mut command = Command::new(program);
    let process = command.arg(&file).arg("--sentinel").stdout(Stdio::null()).spawn().expect("it starts");
    (process, port)
}

impl Drop for Sentinels {
    fn drop(&mut self) {
        for (process, _) in &mut self.sentinels {
            let _ = process.kill();
            let _ = process.wait();
        }
    }
}
