#![doc = include_str!("../README.md")]
// Shows which feature an item needs.
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "banking")]
mod banking;
mod capabilities;
mod challenge;
mod channel;
mod code_format;
#[cfg(feature = "config")]
pub mod config;
mod email;
mod error;
#[doc = include_str!("../docs/errors.md")]
pub mod errors_guide {}
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
mod webotp;

#[doc = include_str!("../docs/fixed_codes.md")]
pub mod fixed_codes_guide {}

pub use capabilities::{Capabilities, PurposeSupport, RecipientKind};
pub use challenge::{Challenge, ChallengeId, Status, Verified};
pub use channel::Channel;
pub use code_format::CodeFormat;
pub use error::{Audience, DeclineReason, Error, ErrorKind, LogLevel, Operation, Rejection, Result, TextKey};
pub use ext::OtpProviderExt;
#[cfg(feature = "tracing")]
pub use layers::Traced;
pub use layers::{Defaults, Detached, Failover, RequestDefaults, Retry, RetryPolicy, Timeout};
#[cfg(feature = "guard")]
pub use layers::{Guard, GuardSettings};
/// For implementing [`OtpProvider`] and [`TokenSource`].
pub use otp_transport::async_trait;
#[doc(hidden)]
pub use otp_transport::is_loopback_url;
/// For [`TransportBuilder::client_builder`]: proxies, certificates, name resolution.
pub use otp_transport::reqwest;
pub use otp_transport::{ConfigError, Secret, Token, TokenError, TokenSource, Transport, TransportBuilder};
pub use provider::OtpProvider;
#[cfg(feature = "_client")]
pub use providers::ProviderBuilder;
pub use providers::{InMemory, SentMessage};
pub use purpose::{Purpose, Transaction};
pub use request::{Alphabet, CreateRequest, Recipient, VerifyRequest};
pub use secret::{Code, Image, Proof};
pub use wait_until_final::wait_until_final;
pub use webotp::webotp_template;

macro_rules! export_providers {
    ($($(#[$documentation:meta])* $slug:literal: $module:ident::$provider:ident, $config:ident;)+) => {
        $(
            #[cfg(feature = $slug)]
            pub use providers::$provider;
        )+
    };
}

providers::client_providers!(export_providers);

/// What only Deutsche Bank has: the purposes of a bank, and how the customer can answer.
#[cfg(feature = "banking")]
pub mod deutsche_bank {
    pub use crate::banking::{
        OrderRestriction, OrderTerms, Payment, SecuritiesOrder, SecuritiesOrderChange,
        SecuritiesOrderDeletion, Side,
    };
    #[cfg(feature = "deutsche-bank")]
    pub use crate::providers::{TanMethod, TanMethodState};
}

/// What only SMSCX has.
#[cfg(feature = "smscx")]
pub mod smscx {
    pub use crate::providers::Details;
}
