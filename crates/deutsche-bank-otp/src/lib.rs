#![doc = include_str!("../README.md")]

mod credential;
#[rustfmt::skip]
#[allow(clippy::all, clippy::unwrap_used, missing_docs, unreachable_pub)]
mod generated;

/// The bank's production service. Without a base URL, a client talks to its simulator, with invented customers.
pub const PRODUCTION: &str = "https://api.db.com:443/gw/dbapi/others/onetimepasswords/v2";

pub use credential::Credential;
pub use generated::{Client, builder, types};
pub use progenitor_client::{
    ClientBuilder, ClientInfo, ConfigError, Error, ErrorKind, RateLimit, ResponseValue, Secret, Sent,
    Timestamp, Token, TokenError, TokenSource, Transport, TransportBuilder, async_trait, reqwest,
};
