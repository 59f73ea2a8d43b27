#![doc = include_str!("../README.md")]

mod base_url;
mod client_builder;
mod config_error;
mod connection_failure;
mod content_coding;
mod conversion_error;
mod credential;
mod error;
mod form;
mod headers;
mod hooks;
mod http2;
mod json_object;
mod json_tree;
mod lenient;
mod media_type;
pub mod oauth;
mod one_line;
mod optional;
mod parameter;
mod response;
mod secret;
mod session;
mod timestamp;
mod token;
mod token_response;
mod transport;

/// For implementing [`TokenSource`].
pub use async_trait::async_trait;
pub use reqwest;

pub use client_builder::{ApiClient, ClientBuilder, Destination, IntoCredential};
pub use config_error::ConfigError;
pub use connection_failure::ConnectionFailure;
pub use conversion_error::ConversionError;
pub use credential::Credential;
pub use error::{Error, ErrorKind, Sent};
pub use headers::RateLimit;
pub use hooks::ClientInfo;
pub use optional::IntoOptional;
pub use response::ResponseValue;
pub use secret::Secret;
pub use session::Session;
pub use timestamp::Timestamp;
pub use token::{Token, TokenError, TokenSource};
pub use transport::{Transport, TransportBuilder};

#[doc(hidden)]
pub use base_url::{BaseUrl, is_loopback_url};
#[doc(hidden)]
pub use error::SendError;
#[doc(hidden)]
pub use form::RequestBuilderExt;
#[doc(hidden)]
pub use hooks::{ClientHooks, OperationInfo};
#[doc(hidden)]
pub use lenient::{decode as decode_leniently, exact};
#[doc(hidden)]
pub use one_line::one_line;
#[doc(hidden)]
pub use parameter::{
    InvalidParameter, PathSegment, PathValue, QueryParam, encode_header, encode_path, is_unreserved,
};
#[doc(hidden)]
pub use response::RawResponse;
#[doc(hidden)]
pub use serde;
