#![doc = include_str!("../README.md")]

mod credential;
#[rustfmt::skip]
#[allow(clippy::all, clippy::unwrap_used, missing_docs, unreachable_pub)]
mod generated;

pub use credential::Credential;
pub use generated::{Client, builder, types};
pub use progenitor_client::{
    ClientBuilder, ClientInfo, ConfigError, Error, ErrorKind, RateLimit, ResponseValue, Secret, Sent,
    Timestamp, Token, TokenError, TokenSource, Transport, TransportBuilder, reqwest,
};
