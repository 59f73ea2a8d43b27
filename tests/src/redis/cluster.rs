//! A cluster of three masters with a replica each, on loopback.

use std::time::Duration;

use super::Server;

const MASTERS: usize = 3;
const OPTIONS: [&str; 8] = [
    "--cluster-enabled",
    "yes",
    "--cluster-node-timeout",
    "1000",
    "--repl-diskless-sync-delay",
    "0",
    "--cluster-replica-validity-factor",
    "0",
];

/// The nodes: the masters at the start, and a replica of each.
pub struct Cluster {
    nodes: Vec<Server>,
}

impl Cluster {
    /// Starts a cluster and waits until it takes requests.
    pub async fn start() -> Self {
        let mut nodes = Vec::new();
        for _ in 0..2 * MASTERS {
            nodes.push(Server::start_with(&OPTIONS).await);
        }
        for (number, node) in nodes.iter().enumerate() {
            node.expect_ok(&["CLUSTER", "SET-CONFIG-EPOCH", &(number + 1).to_string()]).await;
            let port = nodes[0].port().to_string();
            node.expect_ok(&["CLUSTER", "MEET", "127.0.0.1", &port]).await;
        }
        for (number, master) in nodes.iter().take(MASTERS).enumerate() {
            let slot = |number: usize| number * 16_384 / MASTERS;
            let (start, end) = (slot(number).to_string(), (slot(number + 1) - 1).to_string());
            master.expect_ok(&["CLUSTER", "ADDSLOTSRANGE", &start, &end]).await;
        }
        let cluster = Self { nodes };
        for node in &cluster.nodes {
            until(async || node.text(&["CLUSTER", "NODES"]).await.lines().count() == 2 * MASTERS).await;
        }
        for number in 0..MASTERS {
            let (master, replica) = (&cluster.nodes[number], &cluster.nodes[number + MASTERS]);
            let id = master.text(&["CLUSTER", "MYID"]).await;
            until(async || replica.query::<String>(&["CLUSTER", "REPLICATE", &id]).await.is_ok()).await;
        }
        for node in &cluster.nodes {
            until(async || node.text(&["CLUSTER", "INFO"]).await.contains("cluster_state:ok")).await;
        }
        for master in &cluster.nodes[..MASTERS] {
            until(async || master.text(&["INFO", "replication"]).await.contains("state=online")).await;
        }
        // Until a node has heard of its replica, its topology has none to promote.
        until(async || {
            cluster.nodes[0].text(&["CLUSTER", "NODES"]).await.matches("slave").count() == MASTERS
        })
        .await;
        cluster
    }

    /// Returns the URL of a node.
    pub fn url(&self, node: usize) -> String {
        self.nodes[node].url()
    }

    /// Returns the URLs of all nodes.
    pub fn urls(&self) -> Vec<String> {
        self.nodes.iter().map(Server::url).collect()
    }

    /// Returns the nodes. A killed one stays among them.
    pub fn nodes(&self) -> &[Server] {
        &self.nodes
    }

    /// Returns the masters with keys that begin with this prefix.
    pub async fn masters_with(&self, prefix: &str) -> Vec<usize> {
        let mut masters = Vec::new();
        for (number, node) in self.nodes.iter().enumerate() {
            let is_master = node.text(&["INFO", "replication"]).await.contains("role:master");
            if is_master && !node.keys(prefix).await.is_empty() {
                masters.push(number);
            }
        }
        masters
    }

    /// Kills a master, and waits until its replica has taken over.
    pub async fn kill(&mut self, master: usize) {
        self.nodes[master].kill();
        let replica = &self.nodes[(master + MASTERS) % self.nodes.len()];
        until(async || replica.text(&["INFO", "replication"]).await.contains("role:master")).await;
    }

    /// Starts a killed node again, with the same files.
    pub async fn restart(&mut self, node: usize) {
        self.nodes[node].restart().await;
    }

    /// Moves a slot from one master to another, key by key, as `redis-cli --cluster reshard` does. There must be calls that want
    /// its keys.
    pub async fn migrate(&self, slot: u16, from: usize, to: usize) {
        let (source, target, slot) = (&self.nodes[from], &self.nodes[to], slot.to_string());
        let (source_id, target_id) =
            (source.text(&["CLUSTER", "MYID"]).await, target.text(&["CLUSTER", "MYID"]).await);
        target.expect_ok(&["CLUSTER", "SETSLOT", &slot, "IMPORTING", &source_id]).await;
        source.expect_ok(&["CLUSTER", "SETSLOT", &slot, "MIGRATING", &target_id]).await;
        let port = target.port().to_string();
        loop {
            let keys: Vec<String> =
                source.query(&["CLUSTER", "GETKEYSINSLOT", &slot, "20"]).await.expect("keys");
            if keys.is_empty() {
                break;
            }
            let mut command = vec!["MIGRATE", "127.0.0.1", &port, "", "0", "5000", "REPLACE", "KEYS"];
            command.extend(keys.iter().map(String::as_str));
            source.query::<String>(&command).await.expect("it moves keys");
        }
        // The slot is empty here and not yet there: whoever wants its keys is asked to ask the target.
        until(async || self.refused_with("ASK").await > 0).await;
        for node in [target, source].into_iter().chain(&self.nodes) {
            // Replicas take no part in it.
            let _ = node.query::<String>(&["CLUSTER", "SETSLOT", &slot, "NODE", &target_id]).await;
        }
    }

    /// Returns how many requests all nodes refused with this error code.
    pub async fn refused_with(&self, code: &str) -> usize {
        let mut count = 0;
        for node in &self.nodes {
            let statistics = node.text(&["INFO", "errorstats"]).await;
            let line =
                statistics.lines().find_map(|line| line.strip_prefix(&format!("errorstat_{code}:count=")));
            count += line.map_or(0, |number| number.trim().parse().expect("a number"));
        }
        count
    }
}

/// Waits until something is so.
pub(super) async fn until(condition: impl AsyncFn() -> bool) {
    for _ in 0..1_000 {
        if condition().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("the servers do not become ready");
}
