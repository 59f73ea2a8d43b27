//! Concurrent verifies over TLS to one host: HTTP/1.1 and HTTP/2, by the transport and by plain reqwest.
//!
//! A service in a process of its own responds over loopback. Each cell of the table begins without connections. All
//! cells take turns in several rounds, so that they meet the same machine.

#![allow(clippy::print_stdout, clippy::unwrap_used)]

mod caller;
mod service;

use std::env::args;
use std::time::{Duration, Instant};

use tokio::runtime::Runtime;

use crate::caller::{Caller, Version};
use crate::service::Service;

/// How many verifies are under way at the same time.
const CONCURRENCY: [usize; 3] = [1, 64, 1024];
const ROUNDS: usize = 5;
/// How long each cell runs in each round.
const ROUND: Duration = Duration::from_secs(2);

fn main() {
    if args().nth(1).as_deref() == Some("serve") {
        return service::serve();
    }
    let service = Service::start();
    let runtime = Runtime::new().unwrap();
    let mut cells: Vec<Cell> = CONCURRENCY
        .into_iter()
        .flat_map(|concurrency| Version::ALL.map(|version| (concurrency, version)))
        .flat_map(|(concurrency, version)| {
            [true, false].map(|is_plain| Cell::new(concurrency, version, is_plain))
        })
        .collect();
    for _ in 0..ROUNDS {
        for cell in &mut cells {
            runtime.block_on(cell.run(&service));
        }
    }
    println!("| concurrent verifies | caller | HTTP | verifies/s | p50, ms | p99, ms | connections |");
    println!("|--:|---|---|--:|--:|--:|--:|");
    cells.iter_mut().for_each(Cell::print);
}

/// A row of the table.
struct Cell {
    concurrency: usize,
    version: Version,
    is_plain: bool,
    latencies: Vec<Duration>,
    elapsed: Duration,
    connections: Vec<usize>,
}

impl Cell {
    fn new(concurrency: usize, version: Version, is_plain: bool) -> Self {
        let (latencies, connections) = (Vec::new(), Vec::new());
        Self { concurrency, version, is_plain, latencies, elapsed: Duration::ZERO, connections }
    }

    async fn run(&mut self, service: &Service) {
        let before = service.connections();
        let caller = Caller::new(service, self.version, self.is_plain);
        let began = Instant::now();
        let tasks: Vec<_> = (0..self.concurrency)
            .map(|_| {
                let caller = caller.clone();
                tokio::spawn(async move {
                    let mut latencies = Vec::new();
                    while began.elapsed() < ROUND {
                        let sent = Instant::now();
                        caller.verify().await;
                        latencies.push(sent.elapsed());
                    }
                    latencies
                })
            })
            .collect();
        for task in tasks {
            self.latencies.extend(task.await.unwrap());
        }
        self.elapsed += began.elapsed();
        self.connections.push(service.connections() - before);
    }

    fn print(&mut self) {
        self.latencies.sort_unstable();
        self.connections.sort_unstable();
        let milliseconds = |percent: usize| {
            let latency =
                self.latencies[(self.latencies.len() * percent / 100).min(self.latencies.len() - 1)];
            latency.as_secs_f64() * 1000.0
        };
        println!(
            "| {} | {} | {} | {:.0} | {:.2} | {:.2} | {} |",
            self.concurrency,
            if self.is_plain { "reqwest" } else { "facade" },
            self.version.as_str(),
            self.latencies.len() as f64 / self.elapsed.as_secs_f64(),
            milliseconds(50),
            milliseconds(99),
            self.connections[self.connections.len() / 2],
        );
    }
}
