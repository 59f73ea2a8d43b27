//! Eight processes with a thousand verifications of one challenge each.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use otp_facade::{ErrorKind, Operation, OtpProvider, Rejection, VerifyRequest};
use tokio::sync::Barrier;
use tokio::task::JoinSet;

use crate::provider::{fake, guard, request};
use crate::server::{prefix, url};
use otp_tests::RIGHT;
use otp_tests::redis::Cluster;

const PROCESSES: usize = 8;
const VERIFIES: usize = 1_000;
const DEADLINE: Duration = Duration::from_secs(60);

/// Arguments of a process: prefix, attempts, id and code. This one is a test, so that the test's own program can be
/// started again to run it.
const TASK: &str = "OTP_TEST_TASK";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "is run by the others, in processes of its own"]
async fn process() {
    let Ok(task) = std::env::var(TASK) else { return };
    let [prefix, attempts, id, code]: [&str; 4] =
        task.split(' ').collect::<Vec<_>>().try_into().expect("four words");
    let provider = fake();
    let guard = guard(&provider, &url(), prefix, DEADLINE, attempts.parse().unwrap());
    let request = Arc::new(VerifyRequest::new(id.parse().unwrap(), code));
    let barrier = Arc::new(Barrier::new(VERIFIES + 1));
    let mut verifies = JoinSet::new();
    for _ in 0..VERIFIES {
        let (guard, request, barrier) = (guard.clone(), request.clone(), barrier.clone());
        verifies.spawn(async move {
            barrier.wait().await;
            guard.verify(&request).await
        });
    }
    guard.status(&request.id).await.unwrap();
    println!("\nready");
    std::io::stdin().lock().read_line(&mut String::new()).unwrap();
    barrier.wait().await;
    let outcomes = verifies.join_all().await;
    let accepted = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
    let fair =
        [Rejection::AlreadyUsed, Rejection::TooManyAttempts, Rejection::WrongCode].map(ErrorKind::Rejected);
    let errors = outcomes.iter().filter_map(|outcome| outcome.as_ref().err());
    let unfair = errors.filter(|error| !fair.contains(&error.kind())).count();
    println!("\nresult {accepted} {} {unfair}", provider.count_of(Operation::Verify));
}

/// What all processes together come to.
#[derive(Debug, Default)]
struct Total {
    accepted: usize,
    reached: usize,
    unfair: usize,
    took: Duration,
}

async fn race(url: &str, attempts: u32, code: &str) -> Total {
    let prefix = prefix();
    let guard = guard(&fake(), url, &prefix, DEADLINE, attempts);
    let id = guard.create(&request(1)).await.expect("a challenge").id;
    let task = format!("{prefix} {attempts} {id} {code}");
    let mut processes: Vec<_> = (0..PROCESSES).map(|_| start(url, &task)).collect();
    for (_, output) in &mut processes {
        find(output, "ready");
    }
    let start = Instant::now();
    for (process, _) in &mut processes {
        let input = process.stdin.as_mut().expect("it is piped");
        writeln!(input, "go").expect("the process listens");
    }
    let mut total = Total::default();
    for (process, output) in &mut processes {
        let result = find(output, "result ");
        let numbers: Vec<usize> = result.split(' ').map(|number| number.parse().expect("a number")).collect();
        total.accepted += numbers[0];
        total.reached += numbers[1];
        total.unfair += numbers[2];
        total.took = start.elapsed();
        process.wait().expect("it ends");
    }
    total
}

fn start(url: &str, task: &str) -> (Child, impl BufRead) {
    let mut command = Command::new(std::env::current_exe().expect("its path"));
    command
        .args(["--exact", "processes::process", "--ignored", "--nocapture"])
        .env(TASK, task)
        .env("REDIS_URL", url);
    let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("it starts");
    let output = BufReader::new(process.stdout.take().expect("it is piped"));
    (process, output)
}

/// What follows in the line that begins like this.
fn find(output: &mut impl BufRead, beginning: &str) -> String {
    let mut lines = output.lines().map_while(Result::ok);
    let found = lines.find_map(|line| line.strip_prefix(beginning).map(str::to_owned));
    found.expect("the process says so")
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs a Redis server: REDIS_URL"]
async fn the_right_code_is_accepted_exactly_once() {
    let total = race(&url(), 5, RIGHT).await;
    println!("{PROCESSES} x {VERIFIES}: {total:?}");
    assert_eq!((total.accepted, total.unfair), (1, 0));
    assert!(total.reached <= 5);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs a Redis server: REDIS_URL"]
async fn the_right_code_is_accepted_exactly_once_even_if_there_are_attempts_for_all() {
    let total = race(&url(), 100_000, RIGHT).await;
    println!("{PROCESSES} x {VERIFIES}: {total:?}");
    assert_eq!((total.accepted, total.unfair), (1, 0));
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs a Redis server: REDIS_URL"]
async fn never_more_wrong_codes_than_the_limit_reach_the_provider() {
    let total = race(&url(), 5, "wrong").await;
    println!("{PROCESSES} x {VERIFIES}: {total:?}");
    assert_eq!((total.accepted, total.reached, total.unfair), (0, 5, 0));
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs a Redis server: redis-server or REDIS_SERVER"]
async fn a_cluster_accepts_a_code_once_and_lets_no_more_wrong_codes_through_than_the_limit() {
    let cluster = Cluster::start().await;
    let urls = cluster.urls().join(",");
    let total = race(&urls, 100_000, RIGHT).await;
    assert_eq!((total.accepted, total.unfair), (1, 0), "{total:?}");
    let total = race(&urls, 5, "wrong").await;
    assert_eq!((total.accepted, total.reached, total.unfair), (0, 5, 0), "{total:?}");
}
