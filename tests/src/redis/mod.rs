//! Real Redis servers for tests: one, a cluster, with sentinels, behind TLS, or behind a slow network.

mod certificates;
mod cluster;
mod delaying_proxy;
mod fake_server;
mod hang;
mod sentinel;
mod server;
mod worker;

pub use certificates::Authority;
pub use cluster::Cluster;
pub use delaying_proxy::DelayingProxy;
pub use fake_server::FakeServer;
pub use hang::{Cell, Hang, Outcome};
pub use sentinel::Sentinels;
pub use server::{Server, free_port};
pub use worker::{PROCESSES, Process, Report, Worker, now};
