//! What came out.

use otp_facade::Operation;

use crate::count::Counts;
use crate::redis::round_trips;
use crate::subject::{LOCAL, NETWORK, NETWORK_VERBS, REDIS};
use crate::time::Times;

pub(crate) fn print(times: &Times, counts: &Counts) {
    calls(times, counts);
    guard_in_memory(times, counts);
    guard_in_redis(times);
}

fn calls(times: &Times, counts: &Counts) {
    let (by_hand, _) = NETWORK[0];
    println!("\n| one call over loopback | verb | µs | × | instructions | × |");
    println!("|---|---|--:|--:|--:|--:|");
    for verb in NETWORK_VERBS {
        for (name, what) in NETWORK {
            let (Some(time), Some(least)) = (times.of(name, verb), times.of(by_hand, verb)) else { continue };
            print!("| {what} | {verb} | {:.1} | {:.2} |", time / 1000.0, time / least);
            match (counts.of(name, verb), counts.of(by_hand, verb)) {
                (Some(count), Some(least)) => println!(" {count:.0} | {:.3} |", count / least),
                _ => println!(" | |"),
            }
        }
    }
}

fn guard_in_memory(times: &Times, counts: &Counts) {
    let [nothing, guard] = LOCAL;
    println!("\n| the guard's own, records in memory | µs | instructions |");
    println!("|---|--:|--:|");
    for verb in Operation::ALL {
        let (Some(time), Some(least)) = (times.of(guard, verb), times.of(nothing, verb)) else { continue };
        print!("| {verb} | {:.2} |", (time - least) / 1000.0);
        match (counts.of(guard, verb), counts.of(nothing, verb)) {
            (Some(guard), Some(nothing)) => println!(" {:.0} |", guard - nothing),
            _ => println!(" |"),
        }
    }
}

fn guard_in_redis(times: &Times) {
    let (nothing, [bare, guard]) = (LOCAL[0], REDIS);
    if times.of(bare, Operation::Create).is_none() {
        return;
    }
    println!("\n| the guard's own, records in Redis | round trips | µs of each | µs of a bare EVALSHA | × |");
    println!("|---|--:|--:|--:|--:|");
    for verb in Operation::ALL {
        let [Some(nothing), Some(bare), Some(guard)] =
            [nothing, bare, guard].map(|name| times.of(name, verb))
        else {
            continue;
        };
        let trips = round_trips(verb);
        let each = |time: f64| time / 1000.0 / trips as f64;
        let (own, bare) = (each(guard - nothing), each(bare));
        println!("| {verb} | {trips} | {own:.1} | {bare:.1} | {:.2} |", own / bare);
    }
}
