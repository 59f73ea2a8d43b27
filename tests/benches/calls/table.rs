//! Prints the results as the tables of the documentation.

use otp_facade::Operation;

use crate::count::Counts;
use crate::limits;
use crate::redis::round_trips;
use crate::subject::{LOCAL, NETWORK, NETWORK_OPERATIONS, REDIS};
use crate::time::Times;

pub(crate) fn print(times: &Times, counts: &Counts) {
    calls(times, counts);
    guard_in_memory(times, counts);
    limits_in_memory(times, counts);
    guard_in_redis(times);
}

fn calls(times: &Times, counts: &Counts) {
    let (by_hand, _) = NETWORK[0];
    println!("\n| one call over loopback | operation | µs | × | instructions | × |");
    println!("|---|---|--:|--:|--:|--:|");
    for operation in NETWORK_OPERATIONS {
        for (name, what) in NETWORK {
            let (Some(time), Some(base)) = (times.of(name, operation), times.of(by_hand, operation)) else {
                continue;
            };
            print!("| {what} | {operation} | {:.1} | {:.2} |", time / 1000.0, time / base);
            match (counts.of(name, operation), counts.of(by_hand, operation)) {
                (Some(count), Some(base)) => println!(" {count:.0} | {:.3} |", count / base),
                _ => println!(" | |"),
            }
        }
    }
}

fn guard_in_memory(times: &Times, counts: &Counts) {
    let [nothing, guard] = LOCAL;
    println!("\n| the guard's own, records in memory | µs | instructions |");
    println!("|---|--:|--:|");
    for operation in Operation::ALL {
        let (Some(time), Some(base)) = (times.of(guard, operation), times.of(nothing, operation)) else {
            continue;
        };
        print!("| {operation} | {:.2} |", (time - base) / 1000.0);
        match (counts.of(guard, operation), counts.of(nothing, operation)) {
            (Some(guard), Some(nothing)) => println!(" {:.0} |", guard - nothing),
            _ => println!(" |"),
        }
    }
}

fn limits_in_memory(times: &Times, counts: &Counts) {
    let rows =
        limits::ALONE.map(|(name, what, _)| (name, what)).into_iter().chain([(limits::ALL, "all of them")]);
    println!(
        "\n| what a limit adds, records in memory | create, µs | instructions | verify, µs | instructions |"
    );
    println!("|---|--:|--:|--:|--:|");
    for (name, what) in rows {
        print!("| {what} |");
        for operation in NETWORK_OPERATIONS {
            let added = |of: &dyn Fn(&'static str) -> Option<f64>| Some(of(name)? - of(limits::NONE)?);
            let time = added(&|name| times.of(name, operation));
            let count = added(&|name| counts.of(name, operation));
            let time = time.map(|time| format!("{:.2}", time / 1000.0)).unwrap_or_default();
            let count = count.map(|count| format!("{count:.0}")).unwrap_or_default();
            print!(" {time} | {count} |");
        }
        println!();
    }
}

fn guard_in_redis(times: &Times) {
    let (nothing, [bare, guard]) = (LOCAL[0], REDIS);
    if times.of(bare, Operation::Create).is_none() {
        return;
    }
    println!("\n| the guard's own, records in Redis | round trips | µs of each | µs of a bare EVALSHA | × |");
    println!("|---|--:|--:|--:|--:|");
    for operation in Operation::ALL {
        let [Some(nothing), Some(bare), Some(guard)] =
            [nothing, bare, guard].map(|name| times.of(name, operation))
        else {
            continue;
        };
        let trips = round_trips(operation);
        let each = |time: f64| time / 1000.0 / trips as f64;
        let (own, bare) = (each(guard - nothing), each(bare));
        println!("| {operation} | {trips} | {own:.1} | {bare:.1} | {:.2} |", own / bare);
    }
}
