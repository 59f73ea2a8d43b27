//! Six cells of the table about a server that hangs for three seconds. The example `redis_hang` runs the whole table.

use std::process::Command;

use otp_tests::redis::{Cell, Hang, Worker};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "is run by the others, in processes of its own"]
async fn worker() {
    if let Some(worker) = Worker::from_environment() {
        worker.run().await;
    }
}

/// Starts this program again, as a worker.
pub(crate) fn command() -> Command {
    let mut command = Command::new(std::env::current_exe().expect("its path"));
    command.args(["--exact", "hang::worker", "--ignored", "--nocapture"]);
    command
}

async fn callers_succeed_within_a_second_after_the_server(cell: Cell) {
    let mut outcome = cell.run(command).await;
    // A machine that does something else at the time may not keep up. Such a run tells nothing about the hang.
    for _ in 0..4 {
        if outcome.kept_up {
            break;
        }
        outcome = cell.run(command).await;
    }
    assert!(outcome.kept_up, "{cell}: too much for this machine before the hang: {outcome:?}");
    assert!(outcome.failed > 0, "{cell}: the server did not hang: {outcome:?}");
    assert!(outcome.holds(&cell), "{cell}: {outcome:?}, at most {} connections", cell.max_connections());
}

macro_rules! cells {
    ($($name:ident: $arrivals:literal, $round_trip:literal, $tls:literal, $connections:literal, $processes:literal, $hang:ident;)*) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            #[ignore = "needs a Redis server: redis-server or REDIS_SERVER"]
            async fn $name() {
                callers_succeed_within_a_second_after_the_server(Cell {
                    arrivals: $arrivals,
                    round_trip: $round_trip,
                    tls: $tls,
                    connections: $connections,
                    processes: $processes,
                    hang: Hang::$hang,
                })
                .await;
            }
        )*
    };
}

cells! {
    one_connection: 200, 0, false, 1, 1, Stopped;
    a_slow_network: 1000, 20, false, 4, 1, Stopped;
    a_slow_script: 1000, 5, false, 4, 1, SlowScript;
    many_connections_over_tls: 200, 5, true, 64, 1, Stopped;
    many_processes_over_tls: 200, 20, true, 4, 8, Stopped;
    many_processes_with_many_connections: 200, 5, false, 64, 8, Stopped;
}
