#![doc = include_str!("../README.md")]

mod answer;
mod base_url;
mod client;
mod config;
mod credential;
mod error;
mod headers;
mod hooks;
mod issued;
pub mod oauth;
mod optional;
mod parameter;
mod secret;
mod session;
mod timestamp;
mod token;
mod transport;

/// For implementing [`TokenSource`].
pub use async_trait::async_trait;
pub use reqwest;

pub use answer::ResponseValue;
pub use client::{ClientBuilder, Destination, IntoCredential, Service};
pub use config::ConfigError;
pub use credential::Credential;
pub use error::{Error, ErrorKind, Sent};
pub use headers::RateLimit;
pub use hooks::ClientInfo;
pub use optional::IntoOptional;
pub use secret::Secret;
pub use session::Session;
pub use timestamp::Timestamp;
pub use token::{Token, TokenError, TokenSource};
pub use transport::{Transport, TransportBuilder};

#[doc(hidden)]
pub use answer::Answer;
#[doc(hidden)]
pub use base_url::BaseUrl;
#[doc(hidden)]
pub use error::Failure;
#[doc(hidden)]
pub use hooks::{ClientHooks, OperationInfo};
#[doc(hidden)]
pub use parameter::{InvalidParameter, QueryParam, encode_header, encode_path, null_as_default};
