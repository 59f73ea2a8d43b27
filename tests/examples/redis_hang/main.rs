//! The whole table about a Redis server that hangs for three seconds while requests keep arriving:
//! `cargo run --release -p otp-tests --example redis_hang [word…]`.
//!
//! With words, it runs only the cells whose line contains all of them, such as `TLS "64 conn"`. It starts a `redis-server`
//! of its own for each cell, and takes about 16 minutes for all.

#![allow(clippy::print_stdout)]

use std::process::Command;

use otp_tests::redis::{Cell, Hang, Worker};

#[tokio::main]
async fn main() {
    if let Some(worker) = Worker::from_environment() {
        return worker.run().await;
    }
    let words: Vec<String> = std::env::args().skip(1).collect();
    let (mut failures, mut not_judged) = (Vec::new(), 0);
    for cell in table().filter(|cell| words.iter().all(|word| cell.to_string().contains(word.as_str()))) {
        let outcome = cell.run(|| Command::new(std::env::current_exe().expect("its path"))).await;
        let verdict = match (outcome.kept_up, outcome.holds(&cell)) {
            (false, _) => "does not keep up",
            (true, true) => "holds",
            (true, false) => "FAILS",
        };
        println!(
            "{cell}: {verdict:<16} recovered after {:>4} ms, {:>5} failed, {:>5} succeeded after a second, {:>3} of {} connections",
            outcome.recovered_after.as_millis(),
            outcome.failed,
            outcome.succeeded_at_last,
            outcome.connections,
            cell.max_connections(),
        );
        not_judged += usize::from(!outcome.kept_up);
        if verdict == "FAILS" {
            failures.push(cell.to_string());
        }
    }
    println!("{} cells failed, {not_judged} did not keep up before the hang", failures.len());
    std::process::exit(i32::from(!failures.is_empty()));
}

fn table() -> impl Iterator<Item = Cell> {
    let mut cells = Vec::new();
    for processes in [1, 8] {
        for connections in [1, 4, 64] {
            for tls in [false, true] {
                for round_trip in [0, 5, 20] {
                    for arrivals in [200, 1_000, 2_000] {
                        let hang = Hang::Stopped;
                        cells.push(Cell { arrivals, round_trip, tls, connections, processes, hang });
                    }
                }
            }
        }
    }
    let slow = |processes| Cell {
        arrivals: 1_000,
        round_trip: 5,
        tls: false,
        connections: 4,
        processes,
        hang: Hang::SlowScript,
    };
    cells.into_iter().chain([slow(1), slow(8)])
}
