//! Measures requests per second and the memory of open challenges: `cargo run --release --example
//! figures`.
//!
//! Client and sandbox share the process, so both figures include the client.

use std::time::Instant;

use otp_sandbox::{Provider, Sandbox};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

const CHALLENGES: usize = 50_000;
const CONNECTIONS: usize = 32;

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let sandbox = Sandbox::builder().seed(1).start().await?;
    let body = r#"{"phoneNumber":"+33612246400"}"#;
    let create = format!(
        "POST /otp HTTP/1.1\r\nhost: sandbox\r\nx-api-key: k\r\ncontent-type: application/json\r\n\
         content-length: {}\r\n\r\n{body}",
        body.len()
    );
    let created = measure(&sandbox, &create).await?;
    let Some(id) = sandbox.last_message(Provider::Smscx).and_then(|message| message.challenge) else {
        return Err(std::io::Error::other("no challenge was created"));
    };
    let read = format!("GET /otp/{id} HTTP/1.1\r\nhost: sandbox\r\nx-api-key: k\r\n\r\n");
    let read = measure(&sandbox, &read).await?;
    #[allow(clippy::print_stdout)]
    {
        println!("{CHALLENGES} challenges created, {created:.0} a second");
        println!("{CHALLENGES} challenges read, {read:.0} a second");
        println!("resident memory: {}", resident().unwrap_or_else(|| "unknown on this system".to_owned()));
    }
    Ok(())
}

/// Repeats the request on several connections. Returns requests per second.
async fn measure(sandbox: &Sandbox, request: &str) -> std::io::Result<f64> {
    let address = sandbox.base_url(Provider::Smscx).replace("http://", "");
    let start = Instant::now();
    let mut clients = JoinSet::new();
    for _ in 0..CONNECTIONS {
        clients.spawn(client(address.clone(), request.to_owned()));
    }
    while let Some(outcome) = clients.join_next().await {
        outcome??;
    }
    #[allow(clippy::cast_precision_loss)]
    Ok(CHALLENGES as f64 / start.elapsed().as_secs_f64())
}

async fn client(address: String, request: String) -> std::io::Result<()> {
    let mut stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let mut buffer = [0; 4096];
    for _ in 0..CHALLENGES.div_ceil(CONNECTIONS) {
        stream.write_all(request.as_bytes()).await?;
        // Responses are small and written in one piece, so one read returns all of it.
        let length = stream.read(&mut buffer).await?;
        if !buffer[..length].starts_with(b"HTTP/1.1 20") {
            return Err(std::io::Error::other("a response was not a success"));
        }
    }
    Ok(())
}

fn resident() -> Option<String> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    Some(line.trim_start_matches("VmRSS:").trim().to_owned())
}
