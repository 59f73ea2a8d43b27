//! A server that hangs for three seconds while requests keep arriving.

use std::collections::BTreeMap;
use std::fmt;
use std::process::Command;
use std::time::Duration;

use tempfile::TempDir;

use super::worker::{INTERVAL, Process, Worker, now};
use super::{Authority, DelayingProxy, Server};

/// How long requests arrive before, during and after the hang.
const PHASES: [Duration; 3] = [Duration::from_secs(2), Duration::from_secs(3), Duration::from_secs(3)];
/// Callers succeed this long after the server does.
const GRACE: Duration = Duration::from_secs(1);

/// Why the server hangs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hang {
    /// The process is stopped.
    Stopped,
    /// A script of somebody else takes that long.
    SlowScript,
}

/// One cell of the table.
#[derive(Clone, Copy, Debug)]
pub struct Cell {
    /// Requests a second, of all processes together.
    pub arrivals: u32,
    /// The network's round trip, in milliseconds.
    pub round_trip: u64,
    /// Whether over TLS.
    pub tls: bool,
    /// The pool size.
    pub connections: usize,
    /// The number of processes.
    pub processes: usize,
    /// Why the server hangs.
    pub hang: Hang,
}

/// What a cell came to.
#[derive(Clone, Copy, Debug)]
pub struct Outcome {
    /// Whether all requests before the hang succeeded, at the rate at which they arrived.
    pub kept_up: bool,
    /// How many requests failed.
    pub failed: usize,
    /// When the last failing request arrived, after the end of the hang.
    pub recovered_after: Duration,
    /// How many requests succeeded that arrived after the end of the hang and the grace period.
    pub succeeded_at_last: usize,
    /// The maximum number of connections that a process opened.
    pub connections: usize,
}

impl Cell {
    /// The maximum number of connections that a process may open.
    pub fn max_connections(&self) -> usize {
        32.max(2 * self.connections)
    }

    /// Runs the cell. The command starts this program again, which then runs [`Worker::from_environment`].
    pub async fn run(self, worker: impl Fn() -> Command) -> Outcome {
        let authority = Authority::new();
        let (server, port) = self.start_server(&authority).await;
        let mut workers = Vec::new();
        for number in 0..self.processes {
            let address = format!("127.0.0.1:{port}");
            let proxy = DelayingProxy::start(address, Duration::from_millis(self.round_trip)).await;
            let task = Worker {
                urls: vec![format!("redis{}://127.0.0.1:{}/", if self.tls { "s" } else { "" }, proxy.port())],
                root: self.tls.then(|| authority.pem().to_owned()),
                connections: self.connections,
                arrivals: f64::from(self.arrivals) / self.processes as f64,
                seconds: PHASES.iter().sum::<Duration>().as_secs_f64(),
                number,
                ..Worker::default()
            };
            workers.push((Process::start(worker(), &task), proxy));
        }
        for (process, _) in &mut workers {
            process.ready().await;
        }
        for (process, _) in &mut workers {
            process.go();
        }
        tokio::time::sleep(PHASES[0]).await;
        let began = now();
        self.hang(&server).await;
        let ended = now();
        let mut intervals: BTreeMap<u64, (usize, usize)> = BTreeMap::new();
        let mut connections = 0;
        for (mut process, proxy) in workers {
            for (interval, succeeded, failed) in process.report().await.arrivals {
                let total = intervals.entry(interval * INTERVAL).or_default();
                *total = (total.0 + succeeded, total.1 + failed);
            }
            connections = connections.max(proxy.connections());
        }
        self.judge(&intervals, began, ended, connections)
    }

    fn judge(
        &self,
        intervals: &BTreeMap<u64, (usize, usize)>,
        began: u64,
        ended: u64,
        connections: usize,
    ) -> Outcome {
        // Requests that were under way when the hang began may fail.
        let margin = 200 + 2 * self.round_trip;
        let before: Vec<_> =
            intervals.range(began - 1_200..began - margin).map(|(_, count)| *count).collect();
        let expected = f64::from(self.arrivals) * (1_200 - margin) as f64 / 1_000.0;
        let succeeded: usize = before.iter().map(|(succeeded, _)| succeeded).sum();
        let last_failure =
            intervals.iter().filter(|(_, (_, failed))| *failed > 0).map(|(time, _)| *time).max();
        Outcome {
            kept_up: before.iter().all(|(_, failed)| *failed == 0) && succeeded as f64 > 0.9 * expected,
            failed: intervals.values().map(|(_, failed)| failed).sum(),
            recovered_after: Duration::from_millis(last_failure.unwrap_or_default().saturating_sub(ended)),
            succeeded_at_last: intervals
                .range(ended + GRACE.as_millis() as u64..)
                .map(|(_, (succeeded, _))| succeeded)
                .sum(),
            connections,
        }
    }

    async fn start_server(&self, authority: &Authority) -> (Server, u16) {
        let directory = TempDir::new().expect("a directory");
        if !self.tls {
            let server = Server::start_in(directory, &[]).await;
            let port = server.port();
            return (server, port);
        }
        authority.issue("127.0.0.1", directory.path());
        let port = super::free_port();
        (Server::start_with_tls(directory, port).await, port)
    }

    async fn hang(&self, server: &Server) {
        match self.hang {
            Hang::Stopped => {
                server.suspend();
                tokio::time::sleep(PHASES[1]).await;
                server.resume();
            }
            Hang::SlowScript => {
                let script = format!(
                    "local function now() local time = redis.call('TIME') return time[1] + time[2] / 1e6 end \
                     local start = now() while now() < start + {} do end return 1",
                    PHASES[1].as_secs()
                );
                assert_eq!(server.command(&format!("EVAL \"{script}\" 0")).await.expect("a response"), ":1");
            }
        }
    }
}

impl Outcome {
    /// Whether the cell holds: callers succeed within a second after the server does, over few connections.
    pub fn holds(&self, cell: &Cell) -> bool {
        self.recovered_after <= GRACE
            && self.succeeded_at_last > 0
            && self.connections <= cell.max_connections()
    }
}

impl fmt::Display for Cell {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { arrivals, round_trip, connections, processes, .. } = self;
        let tls = if self.tls { "TLS" } else { "plain" };
        write!(
            formatter,
            "{arrivals:>5}/s {round_trip:>3} ms {tls:<5} {connections:>3} conn. {processes} proc. {:?}",
            self.hang
        )
    }
}
