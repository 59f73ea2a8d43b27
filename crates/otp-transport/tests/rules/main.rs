//! What the transport promises to every client.

mod client;
mod network;
mod server;
mod tokens;
