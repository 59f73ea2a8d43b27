//! What is measured.

use std::time::Duration;

use otp_facade::Operation;

use crate::local::Local;
use crate::network::{Network, Way};

pub(crate) const PHONE: &str = "+33612345678";
pub(crate) const PIN: &str = "012345";
pub(crate) const KEY: &str = "api-key-of-the-application";

/// Over the network: the names by which they are run, and what they are.
pub(crate) const NETWORK: [(&str, &str); 4] = [
    ("by_hand", "reqwest and serde_json, by hand"),
    ("generated", "generated client"),
    ("facade", "facade, Box<dyn OtpProvider>"),
    ("layers", "facade, timeout, retry, tracing"),
];

/// Without the network.
pub(crate) const LOCAL: [&str; 2] = ["nothing", "guard"];

/// Those that every provider has.
pub(crate) const NETWORK_VERBS: [Operation; 2] = [Operation::Create, Operation::Verify];

/// Something that can be called.
pub(crate) trait Subject {
    /// How long so many calls take, one after the other.
    fn run(&self, verb: Operation, calls: u64) -> Duration;
}

/// All that there is to measure.
pub(crate) fn all() -> impl Iterator<Item = (&'static str, Operation)> {
    let network = NETWORK.into_iter().flat_map(|(name, _)| NETWORK_VERBS.map(|verb| (name, verb)));
    network.chain(LOCAL.into_iter().flat_map(|name| Operation::ALL.map(|verb| (name, verb))))
}

pub(crate) fn named(name: &str, address: &str) -> Box<dyn Subject> {
    match name {
        "nothing" => Box::new(Local::new(false)),
        "guard" => Box::new(Local::new(true)),
        "by_hand" => Box::new(Network::new(Way::by_hand(address))),
        "generated" => Box::new(Network::new(Way::generated(address))),
        "facade" => Box::new(Network::new(Way::facade(address))),
        "layers" => Box::new(Network::new(Way::layers(address))),
        _ => panic!("{name} is not among what is measured"),
    }
}
