//! Processes that make calls, so that each has a pool of its own. Each is the same program again, with a mark in its
//! environment, and reads its task.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use otp_facade::stores::RedisStore;
use otp_facade::{
    CreateRequest, ErrorKind, Guard, GuardSettings, OtpProvider, Recipient, RecipientKind, VerifyRequest,
};
use serde::{Deserialize, Serialize};
use tokio::task::JoinSet;

use crate::{FakeProvider, RIGHT};

const TASK: &str = "OTP_TEST_REDIS_WORKER";
/// Arrivals are counted by intervals of this length, in milliseconds.
pub(super) const INTERVAL: u64 = 10;

/// The number of processes, where there are several.
pub const PROCESSES: usize = 8;

/// The task of a process: creates, or verifies if there are ids.
#[derive(Default, Serialize, Deserialize)]
pub struct Worker {
    /// URL of the server. Of several, they are those of a cluster. With `sentinels`, that of the master.
    pub urls: Vec<String>,
    /// URLs of the sentinels.
    pub sentinels: Vec<String>,
    /// Root certificate in PEM.
    pub root: Option<String>,
    /// Pool size.
    pub connections: usize,
    /// Requests a second. They arrive at their times, however long the earlier ones take.
    pub arrivals: f64,
    /// How long requests arrive.
    pub seconds: f64,
    /// Deadline of a transition in milliseconds, if not the default.
    pub deadline: Option<u64>,
    /// Number of the process, which has recipients of its own.
    pub number: usize,
    /// Challenges to verify with the right code, one after the other.
    pub ids: Vec<String>,
}

/// What the calls of a process came to.
#[derive(Default, Serialize, Deserialize)]
pub struct Report {
    /// For each interval in which requests arrived: its start, how many the store answered, how many failed for the store.
    pub arrivals: Vec<(u64, usize, usize)>,
    /// The accepted challenges, by their index among the ids, and when they were accepted.
    pub accepted: Vec<(usize, u64)>,
}

impl Worker {
    /// Returns the task of this process, if it is a worker.
    pub fn from_environment() -> Option<Self> {
        std::env::var_os(TASK)?;
        let mut task = String::new();
        std::io::stdin().lock().read_line(&mut task).expect("a line");
        Some(serde_json::from_str(&task).expect("a task"))
    }

    /// Builds the guard of a process. Its provider accepts the right code as often as it is asked.
    pub fn guard(&self) -> Guard<FakeProvider, RedisStore> {
        let url = || self.urls[0].as_str();
        let store = match (self.urls.len(), self.sentinels.is_empty()) {
            (_, false) => RedisStore::sentinel(url(), self.sentinels.iter().map(String::as_str)),
            (1, true) => RedisStore::new(url()),
            (_, true) => RedisStore::cluster(self.urls.iter().map(String::as_str)),
        };
        let store = store.expect("URLs").with_connections(self.connections);
        let store = match self.deadline {
            Some(deadline) => store.with_deadline(Duration::from_millis(deadline)),
            None => store,
        };
        let store = match &self.root {
            Some(root) => store.with_root_certificates(root).expect("a certificate"),
            None => store,
        };
        let provider = FakeProvider::new("fake").accepting_only_the_right_code().able(|able| {
            able.recipient = RecipientKind::Phone;
            (able.cancel, able.status) = (false, false);
        });
        let settings = GuardSettings::new("a key of at least 32 characters, kept like a password")
            .with_max_attempts(100_000);
        Guard::new(provider, store, settings).expect("valid settings")
    }

    /// Returns the request for one of this process's recipients.
    pub fn recipient(&self, number: usize) -> CreateRequest {
        CreateRequest::new(Recipient::phone(format!("+49151{:08}", self.number * 1_000_000 + number)))
    }

    /// Makes the calls and reports how they went.
    pub async fn run(self) {
        let guard = Arc::new(self.guard());
        guard.create(&self.recipient(999_999)).await.expect("the server is there");
        print_line("ready");
        std::io::stdin().lock().read_line(&mut String::new()).expect("a line");

        let (start, first) = (Instant::now(), now());
        let mut calls = JoinSet::new();
        let mut begun = 0;
        while start.elapsed().as_secs_f64() < self.seconds {
            let due = (start.elapsed().as_secs_f64() * self.arrivals) as usize;
            for number in begun..due {
                let arrival = first + (number as f64 * 1_000.0 / self.arrivals) as u64;
                let guard = guard.clone();
                let request = self.recipient(number);
                // Each process begins at another challenge, so that each challenge is verified at several times.
                let id = (number + self.number * self.ids.len() / PROCESSES) % self.ids.len().max(1);
                let verify = self.ids.get(id).map(|id| VerifyRequest::new(id.parse().expect("an id"), RIGHT));
                calls.spawn(async move {
                    let Some(verify) = verify else {
                        return (arrival, guard.create(&request).await.is_ok(), None);
                    };
                    match guard.verify(&verify).await {
                        Ok(_) => (arrival, true, Some((id, now()))),
                        Err(error) => (arrival, error.kind() != ErrorKind::StoreUnavailable, None),
                    }
                });
            }
            begun = due;
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        let mut report = Report::default();
        let mut intervals: BTreeMap<u64, (usize, usize)> = BTreeMap::new();
        for (arrival, is_ok, accepted) in calls.join_all().await {
            let (succeeded, failed) = intervals.entry(arrival / INTERVAL).or_default();
            *if is_ok { succeeded } else { failed } += 1;
            report.accepted.extend(accepted);
        }
        report.arrivals = intervals.into_iter().map(|(time, (ok, failed))| (time, ok, failed)).collect();
        print_line(&format!("report {}", serde_json::to_string(&report).expect("numbers")));
    }
}

/// A worker as its parent sees it.
pub struct Process {
    process: Child,
    output: Option<BufReader<ChildStdout>>,
}

impl Process {
    /// Starts a worker with a command for this program.
    pub fn start(mut command: Command, task: &Worker) -> Self {
        command.env(TASK, "1");
        let mut process =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("this program starts again");
        let output = process.stdout.take().map(BufReader::new);
        let mut process = Self { process, output };
        process.send(&serde_json::to_string(task).expect("a task"));
        process
    }

    /// Waits until it has reached the store.
    pub async fn ready(&mut self) {
        self.expect("ready").await;
    }

    /// Lets it begin.
    pub fn go(&mut self) {
        self.send("go");
    }

    fn send(&mut self, line: &str) {
        let input = self.process.stdin.as_mut().expect("it is piped");
        writeln!(input, "{line}").expect("the process listens");
    }

    /// Waits for its report.
    pub async fn report(&mut self) -> Report {
        serde_json::from_str(&self.expect("report ").await).expect("a report")
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

/// Returns the time in milliseconds.
pub fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).expect("a date after 1970").as_millis() as u64
}

/// Prints a line for the parent. A test harness may have begun a line already.
fn print_line(line: &str) {
    writeln!(std::io::stdout(), "\n{line}").expect("the parent reads");
}
