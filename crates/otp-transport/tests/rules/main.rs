//! What the transport promises to every client.
#![allow(clippy::unwrap_used)]

mod client;
mod network;
mod server;
mod tls;
mod tokens;
