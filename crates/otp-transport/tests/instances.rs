//! Ten thousand users with a token each. Alone in its process, because it weighs the process.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used)]

#[path = "rules/client.rs"]
#[allow(dead_code)]
mod client;
#[path = "rules/server.rs"]
#[allow(dead_code)]
mod server;

use client::Client;
use otp_transport::{Credential, Transport};
use server::{Reply, Server};

/// Memory of this process in KiB.
fn resident() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

#[tokio::test]
async fn ten_thousand_instances_share_one_connection_and_fit_in_20_mib() {
    const INSTANCES: usize = 10_000;
    let server = Server::start(|_| Reply::ok()).await;
    let transport = Transport::new().unwrap();
    let make = |number: usize| {
        let token = format!("token-of-user-{number:05}-{}", "x".repeat(200));
        let builder = Client::builder().credential(Credential::bearer(token)).base_url(&*server.url);
        builder.transport(transport.clone()).build().unwrap()
    };
    make(0).call().await.unwrap();
    let before = resident();
    let clients: Vec<Client> = (0..INSTANCES).map(make).collect();
    for client in clients.iter().step_by(100) {
        client.call().await.unwrap();
    }
    let grown = resident().saturating_sub(before);
    println!("{INSTANCES} instances: {grown} KiB, {} connection(s)", server.connections());
    assert!(grown < 20 * 1024, "{grown} KiB");
    assert_eq!(server.connections(), 1);
}
