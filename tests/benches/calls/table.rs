//! What came out.

use otp_facade::Operation;

use crate::count::Counts;
use crate::subject::{LOCAL, NETWORK, NETWORK_VERBS};
use crate::time::Times;

pub(crate) fn print(times: &Times, counts: &Counts) {
    let (by_hand, _) = NETWORK[0];
    println!("\n| one call over loopback | verb | µs | × | instructions | × |");
    println!("|---|---|--:|--:|--:|--:|");
    for verb in NETWORK_VERBS {
        for (name, what) in NETWORK {
            let time = times.of(name, verb);
            let (micros, ratio) = (time / 1000.0, time / times.of(by_hand, verb));
            print!("| {what} | {verb} | {micros:.1} | {ratio:.2} |");
            match (counts.of(name, verb), counts.of(by_hand, verb)) {
                (Some(count), Some(least)) => println!(" {count:.0} | {:.3} |", count / least),
                _ => println!(" | |"),
            }
        }
    }
    let [nothing, guard] = LOCAL;
    println!("\n| the guard's own, records in memory | µs | instructions |");
    println!("|---|--:|--:|");
    for verb in Operation::ALL {
        let micros = (times.of(guard, verb) - times.of(nothing, verb)) / 1000.0;
        print!("| {verb} | {micros:.2} |");
        match (counts.of(guard, verb), counts.of(nothing, verb)) {
            (Some(guard), Some(nothing)) => println!(" {:.0} |", guard - nothing),
            _ => println!(" |"),
        }
    }
}
