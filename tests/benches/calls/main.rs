//! What a call costs on the client's side, in time and in instructions: by hand, by the generated client, by the facade,
//! by the facade with its layers; and what the guard adds of its own, with its records in memory and in Redis.
//!
//! A service in a process of its own responds over loopback. Times are criterion's, instructions are callgrind's, of
//! processes that do nothing else; without valgrind there are times only, without Redis nothing of it.

#![allow(clippy::print_stdout, clippy::unwrap_used)]

mod by_hand;
mod count;
mod limits;
mod local;
mod network;
mod process;
mod redis;
mod service;
mod subject;
mod table;
mod time;

use std::env::args;

fn main() {
    let arguments: Vec<String> = args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["serve"] => service::serve(),
        ["time", service, redis @ ..] => time::measure(service, redis.first().copied()),
        ["count", subject, operation, calls, service] => {
            count::run(subject, operation, calls.parse().unwrap(), service)
        }
        _ => compare(),
    }
}

fn compare() {
    let (service, redis) = (process::Service::start(), redis::Server::start());
    let redis_url = redis.as_ref().map(redis::Server::url);
    let times = time::Times::take(service.address(), redis_url.as_deref());
    let counts = count::Counts::take(service.address());
    table::print(&times, &counts);
}
