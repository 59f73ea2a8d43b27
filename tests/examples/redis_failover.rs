//! What a planned failover costs: how many codes are accepted twice, and for how long calls fail.
//! `cargo run --release -p otp-tests --example redis_failover`.
//!
//! Eight processes verify 4,000 challenges in turn, 400 times a second, while a sentinel promotes the replica. Their provider
//! accepts the right code always, so that each acceptance that the store lost is counted.

#![allow(clippy::print_stdout)]

use std::collections::BTreeMap;
use std::process::Command;
use std::time::Duration;

use otp_facade::OtpProvider;
use otp_tests::redis::{DelayingProxy, PROCESSES, Process, Sentinels, Worker, now};

const CHALLENGES: usize = 4_000;
const ARRIVALS: f64 = 400.0;
const SECONDS: f64 = 40.0;
const MIN_REPLICAS: [&str; 4] = ["--min-replicas-to-write", "1", "--min-replicas-max-lag", "10"];

#[derive(Clone, Copy)]
enum Access {
    Sentinel,
    /// By a proxy or DNS that leads new connections to the new master, and leaves the old ones alone.
    Address,
    /// By a proxy that cuts old connections, too.
    CuttingProxy,
}

#[tokio::main]
async fn main() {
    if let Some(worker) = Worker::from_environment() {
        return worker.run().await;
    }
    for (name, access, options) in [
        ("address, defaults", Access::Address, &[][..]),
        ("address, min-replicas-to-write 1", Access::Address, &MIN_REPLICAS[..]),
        ("proxy that cuts old connections", Access::CuttingProxy, &[]),
        ("the same, min-replicas-to-write 1", Access::CuttingProxy, &MIN_REPLICAS),
        ("sentinel, defaults", Access::Sentinel, &[]),
        ("sentinel, min-replicas-to-write 1", Access::Sentinel, &MIN_REPLICAS),
    ] {
        run(name, access, options).await;
    }
}

async fn run(name: &str, access: Access, options: &[&str]) {
    let mut sentinels = Sentinels::start(options).await;
    let [master, replica] = sentinels.servers();
    let (old, new) = (master.address(), replica.address());
    let proxy = DelayingProxy::start(old, Duration::ZERO).await;
    let task = |number, ids: &[String]| Worker {
        urls: match access {
            Access::Sentinel => vec!["redis://mymaster/".to_owned()],
            Access::Address | Access::CuttingProxy => vec![proxy.url()],
        },
        sentinels: match access {
            Access::Sentinel => sentinels.urls(),
            Access::Address | Access::CuttingProxy => Vec::new(),
        },
        connections: 4,
        arrivals: ARRIVALS / PROCESSES as f64,
        seconds: SECONDS,
        number,
        ids: ids.to_vec(),
        ..Worker::default()
    };
    let creator = task(PROCESSES, &[]);
    let guard = creator.guard();
    let mut ids = Vec::new();
    for number in 0..CHALLENGES {
        ids.push(guard.create(&creator.recipient(number)).await.expect("a challenge").id.to_string());
    }
    let program = || Command::new(std::env::current_exe().expect("its path"));
    let mut processes: Vec<_> =
        (0..PROCESSES).map(|number| Process::start(program(), &task(number, &ids))).collect();
    for process in &mut processes {
        process.ready().await;
    }
    processes.iter_mut().for_each(Process::go);
    tokio::time::sleep(Duration::from_secs(5)).await;
    sentinels.fail_over().await;
    sentinels.promoted().await;
    let promoted = now();
    proxy.lead_to(new);
    if matches!(access, Access::CuttingProxy) {
        proxy.cut();
    }
    let (mut failures, mut accepted) = (BTreeMap::<u64, usize>::new(), BTreeMap::<usize, usize>::new());
    for process in &mut processes {
        let report = process.report().await;
        for (interval, _, failed) in report.arrivals.into_iter().filter(|(_, _, failed)| *failed > 0) {
            *failures.entry(interval * 10).or_default() += failed;
        }
        for (id, _) in report.accepted {
            *accepted.entry(id).or_default() += 1;
        }
    }
    let twice = accepted.values().filter(|times| **times > 1).count();
    let until = failures.keys().max().map_or(0, |last| last.saturating_sub(promoted));
    println!(
        "{name:<36} accepted twice {twice:>4}, failed {:>5}, the last {:.1} s after the promotion",
        failures.values().sum::<usize>(),
        until as f64 / 1_000.0,
    );
}
