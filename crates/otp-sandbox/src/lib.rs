#![doc = include_str!("../README.md")]

mod allowed_hosts;
mod builder;
mod clock;
mod control;
mod credentials;
mod door;
mod draw;
mod fault;
mod fields;
mod http;
mod hub;
mod inbox;
mod journal;
mod limits;
mod line;
mod photo;
mod provider;
mod providers;
mod sandbox;
mod server;
mod shelf;
mod totp;
mod wire;

pub use builder::Builder;
pub use credentials::Credential;
pub use fault::Fault;
pub use inbox::Message;
pub use journal::Exchange;
pub use provider::{Provider, UnknownProvider};
pub use sandbox::Sandbox;
