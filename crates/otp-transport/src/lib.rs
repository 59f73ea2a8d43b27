#![doc = include_str!("../README.md")]

mod answer;
mod base_url;
mod client;
mod config;
mod connection_failure;
mod content_coding;
mod credential;
mod error;
mod headers;
mod hooks;
mod issued;
mod json_object;
mod json_tree;
mod lenient;
mod media_type;
pub mod oauth;
mod one_line;
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
pub use connection_failure::ConnectionFailure;
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
pub use lenient::{decode as decode_leniently, exact};
#[doc(hidden)]
pub use one_line::one_line;
#[doc(hidden)]
pub use parameter::{InvalidParameter, PathSegment, PathValue, QueryParam, encode_header, encode_path};
#[doc(hidden)]
pub use serde;
