#![doc = include_str!("../README.md")]

pub mod callback;
mod credential;
mod crypto;
#[rustfmt::skip]
#[allow(clippy::all, clippy::unwrap_used, missing_docs, unreachable_pub)]
mod generated;
mod jwt;

pub use credential::Credential;
pub use generated::{Client, builder, types};
pub use progenitor_client::{
    ClientBuilder, ClientInfo, ConfigError, Error, ErrorKind, RateLimit, ResponseValue, Secret, Sent,
    Timestamp, Token, TokenError, TokenSource, Transport, TransportBuilder, async_trait, reqwest,
};
