#![doc = include_str!("../README.md")]
// Shows which feature an item needs.
#![cfg_attr(docsrs, feature(doc_cfg))]

mod capabilities;
mod challenge;
mod code_format;
#[cfg(feature = "config")]
pub mod config;
mod error;
mod ext;
pub mod layers;
mod mask;
#[cfg(any(feature = "_client", feature = "guard"))]
mod name;
#[cfg(feature = "phone-numbers")]
mod phone;
mod provider;
mod providers;
mod purpose;
mod request;
mod secret;
#[cfg(feature = "guard")]
pub mod stores;
mod unicode;
mod vendor_text;
mod wait_until_final;

pub use capabilities::{Capabilities, PurposeSupport, RecipientKind, admit_id};
pub use challenge::{Challenge, ChallengeId, Status, Verified};
pub use code_format::CodeFormat;
pub use error::{Error, ErrorKind, Operation, Rejection, Result};
pub use ext::OtpProviderExt;
#[cfg(feature = "tracing")]
pub use layers::Traced;
pub use layers::{Failover, Retry, RetryPolicy, Timeout};
#[cfg(feature = "guard")]
pub use layers::{Guard, GuardSettings};
/// For implementing [`OtpProvider`] and [`TokenSource`].
pub use otp_transport::async_trait;
/// For [`TransportBuilder::client_builder`]: proxies, certificates, name resolution.
pub use otp_transport::reqwest;
pub use otp_transport::{ConfigError, Secret, Token, TokenError, TokenSource, Transport, TransportBuilder};
pub use provider::OtpProvider;
pub use providers::*;
pub use purpose::{
    OrderRestriction, OrderTerms, Payment, Purpose, SecuritiesOrder, SecuritiesOrderChange,
    SecuritiesOrderDeletion, Side,
};
pub use request::{Alphabet, Channel, CreateRequest, Recipient, VerifyRequest};
pub use secret::{Code, Image, Proof};
pub use wait_until_final::wait_until_final;
