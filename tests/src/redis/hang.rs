//! A server that hangs for three seconds while requests keep arriving.
//!
//! Processes of their own make the calls, so that each has a pool of its own. Each is the same program again: it finds its
//! task in the environment.

use std::collections::BTreeMap;
use std::fmt;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use otp_facade::stores::RedisStore;
use otp_facade::{CreateRequest, Guard, GuardSettings, OtpProvider, Recipient, RecipientKind};
use serde::{Deserialize, Serialize};
use tempfile::TempDir;
use tokio::task::JoinSet;

use super::{Authority, DelayingProxy, Server};
use crate::FakeProvider;

const TASK: &str = "OTP_TEST_REDIS_WORKER";
/// How long requests arrive before, during and after the hang.
const PHASES: [Duration; 3] = [Duration::from_secs(2), Duration::from_secs(3), Duration::from_secs(3)];
/// Callers succeed this long after the server does.
const GRACE: Duration = Duration::from_secs(1);
/// Arrivals are counted by intervals of this length, in milliseconds.
const INTERVAL: u64 = 10;

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

    /// Runs the cell. The worker's command starts this program with nothing to do but [`Worker::from_environment`].
    pub async fn run(self, worker: impl Fn() -> Command) -> Outcome {
        let authority = Authority::new();
        let (server, port) = self.start_server(&authority).await;
        let mut workers = Vec::new();
        for number in 0..self.processes {
            let address = format!("127.0.0.1:{port}");
            let proxy = DelayingProxy::start(address, Duration::from_millis(self.round_trip)).await;
            let task = Worker {
                url: format!("redis{}://127.0.0.1:{}/", if self.tls { "s" } else { "" }, proxy.port()),
                root: self.tls.then(|| authority.pem().to_owned()),
                connections: self.connections,
                arrivals: f64::from(self.arrivals) / self.processes as f64,
                number,
            };
            workers.push((Process::start(worker(), &task), proxy));
        }
        for (process, _) in &mut workers {
            process.expect("ready").await;
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
            let report = process.expect("report ").await;
            let report: Vec<(u64, usize, usize)> = serde_json::from_str(&report).expect("a report");
            for (interval, succeeded, failed) in report {
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
        let file = |name: &str| directory.path().join(name).display().to_string();
        let (certificate, key, root) = (file("server.crt"), file("server.key"), file("ca.crt"));
        let tls_port = port.to_string();
        let options = [
            ["--tls-port", &tls_port],
            ["--tls-cert-file", &certificate],
            ["--tls-key-file", &key],
            ["--tls-ca-cert-file", &root],
            ["--tls-auth-clients", "no"],
        ];
        (Server::start_in(directory, options.as_flattened()).await, port)
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

/// A process that makes calls.
#[derive(Serialize, Deserialize)]
pub struct Worker {
    url: String,
    root: Option<String>,
    connections: usize,
    arrivals: f64,
    number: usize,
}

impl Worker {
    /// Returns the task of this process, if it is a worker.
    pub fn from_environment() -> Option<Self> {
        std::env::var(TASK).ok().map(|task| serde_json::from_str(&task).expect("a task"))
    }

    /// Makes the calls and reports how they went. Requests arrive at their times, however long the earlier ones take.
    pub async fn run(self) {
        let store = RedisStore::new(self.url).expect("a URL").with_connections(self.connections);
        let store = match &self.root {
            Some(root) => store.with_root_certificates(root).expect("a certificate"),
            None => store,
        };
        let provider = FakeProvider::new("fake").able(|able| {
            able.recipient = RecipientKind::Phone;
            (able.cancel, able.status) = (false, false);
        });
        let settings = GuardSettings::new("a key of at least 32 characters, kept like a password");
        let guard = Arc::new(Guard::new(provider, store, settings).expect("valid settings"));
        let recipient = move |number: usize| {
            CreateRequest::new(Recipient::phone(format!("+49151{:08}", self.number * 1_000_000 + number)))
        };
        guard.create(&recipient(999_999)).await.expect("the server is there");
        println!("\nready");
        std::io::stdin().lock().read_line(&mut String::new()).expect("a line");

        let (start, first, total) = (Instant::now(), now(), PHASES.iter().sum::<Duration>());
        let mut calls = JoinSet::new();
        let mut begun = 0;
        while start.elapsed() < total {
            let due = (start.elapsed().as_secs_f64() * self.arrivals) as usize;
            for number in begun..due {
                let (guard, request) = (guard.clone(), recipient(number));
                let arrival = first + (number as f64 * 1_000.0 / self.arrivals) as u64;
                calls.spawn(async move { (arrival / INTERVAL, guard.create(&request).await.is_ok()) });
            }
            begun = due;
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        let mut intervals: BTreeMap<u64, (usize, usize)> = BTreeMap::new();
        for (interval, is_ok) in calls.join_all().await {
            let (succeeded, failed) = intervals.entry(interval).or_default();
            *if is_ok { succeeded } else { failed } += 1;
        }
        let report: Vec<_> = intervals.into_iter().map(|(time, (ok, failed))| (time, ok, failed)).collect();
        println!("\nreport {}", serde_json::to_string(&report).expect("numbers"));
    }
}

/// A worker as its parent sees it.
struct Process {
    process: Child,
    output: Option<BufReader<ChildStdout>>,
}

impl Process {
    fn start(mut command: Command, task: &Worker) -> Self {
        command.env(TASK, serde_json::to_string(task).expect("a task"));
        let mut process =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("this program starts again");
        let output = process.stdout.take().map(BufReader::new);
        Self { process, output }
    }

    fn go(&mut self) {
        let input = self.process.stdin.as_mut().expect("it is piped");
        writeln!(input, "go").expect("the process listens");
    }

    /// Waits for the line that begins like this, and returns the rest of it.
    async fn expect(&mut self, beginning: &'static str) -> String {
        let mut output = self.output.take().expect("it is piped");
        let (found, output) = tokio::task::spawn_blocking(move || {
            let mut line = String::new();
            while output.read_line(&mut line).is_ok_and(|length| length > 0) {
                if let Some(rest) = line.strip_prefix(beginning) {
                    return (Some(rest.trim_end().to_owned()), output);
                }
                line.clear();
            }
            (None, output)
        })
        .await
        .expect("no panic");
        self.output = Some(output);
        found.expect("the process reports")
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).expect("a date after 1970").as_millis() as u64
}
