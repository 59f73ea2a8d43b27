//! The subjects of the measurements, and their names.

use std::time::Duration;

use otp_facade::Operation;

use crate::limits;
use crate::local::{Local, Records};
use crate::network::{Network, Way};
use crate::redis::Bare;

pub(crate) const PHONE: &str = "+33612345678";
pub(crate) const PIN: &str = "012345";
pub(crate) const KEY: &str = "api-key-of-the-application";

/// Over the network: the names by which they are run, and what they are.
pub(crate) const NETWORK: [(&str, &str); 5] = [
    ("by_hand", "reqwest and serde_json, by hand"),
    ("generated", "generated client"),
    ("facade", "facade, Box<dyn OtpProvider>"),
    ("layers", "facade, timeout, retry, tracing"),
    ("detached", "facade, timeout, retry, tracing, detached"),
];

/// Without the network.
pub(crate) const LOCAL: [&str; 2] = ["nothing", limits::ALL];

/// Redis alone, and with a guard that keeps its records there.
pub(crate) const REDIS: [&str; 2] = ["bare_redis", "guard_redis"];

/// Those that every provider has, and that a limit can add to.
pub(crate) const NETWORK_OPERATIONS: [Operation; 2] = [Operation::Create, Operation::Verify];

/// Something that can be called.
pub(crate) trait Subject {
    /// How long so many calls take, one after the other.
    fn run(&self, operation: Operation, calls: u64) -> Duration;
}

/// All that there is to measure without Redis. What is compared is measured one after the other.
pub(crate) fn all() -> impl Iterator<Item = (&'static str, Operation)> {
    let network =
        NETWORK_OPERATIONS.into_iter().flat_map(|operation| NETWORK.map(|(name, _)| (name, operation)));
    let limited = NETWORK_OPERATIONS.into_iter().flat_map(|operation| {
        [limits::NONE]
            .into_iter()
            .chain(limits::ALONE.map(|(name, ..)| name))
            .map(move |name| (name, operation))
    });
    let local = Operation::ALL.into_iter().flat_map(|operation| LOCAL.map(|name| (name, operation)));
    network.chain(local).chain(limited)
}

/// What there is to measure with Redis.
pub(crate) fn with_redis() -> impl Iterator<Item = (&'static str, Operation)> {
    Operation::ALL.into_iter().flat_map(|operation| REDIS.map(|name| (name, operation)))
}

/// A subject by its name, with the addresses of what it calls.
pub(crate) fn named(name: &str, service: &str, redis: Option<&str>) -> Box<dyn Subject> {
    match name {
        "nothing" => Box::new(Local::new(Records::None)),
        "guard_redis" => Box::new(Local::new(Records::Redis(redis.unwrap().to_owned()))),
        "bare_redis" => Box::new(Bare::new(redis.unwrap())),
        "by_hand" => Box::new(Network::new(Way::by_hand(service))),
        "generated" => Box::new(Network::new(Way::generated(service))),
        "facade" => Box::new(Network::new(Way::facade(service))),
        "layers" => Box::new(Network::new(Way::layers(service))),
        "detached" => Box::new(Network::new(Way::detached(service))),
        _ => match limits::settings(name) {
            Some(settings) => Box::new(Local::new(Records::InMemory(settings))),
            None => panic!("{name} is not among what is measured"),
        },
    }
}
