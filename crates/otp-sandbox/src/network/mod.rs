//! Ports, connections and HTTP on the wire. Knows nothing of what the services do.

mod allowed_hosts;
mod connection;
mod encode;
mod listener;
mod server;

pub(crate) use allowed_hosts::AllowedHosts;
pub(crate) use listener::Listener;
pub(crate) use server::serve_connection;
