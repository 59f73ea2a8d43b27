//! Real Redis servers for tests: one, a cluster, with sentinels, behind TLS, or behind a slow network.

mod certificates;
mod delaying_proxy;
mod hang;
mod server;

pub use certificates::Authority;
pub use delaying_proxy::DelayingProxy;
pub use hang::{Cell, Hang, Outcome, Worker};
pub use server::{Server, free_port};
