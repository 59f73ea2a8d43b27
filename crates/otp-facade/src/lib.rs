#![doc = include_str!("../README.md")]

mod capabilities;
mod challenge;
#[cfg(feature = "conformance")]
pub mod conformance;
mod error;
mod mask;
mod provider;
mod providers;
mod purpose;
mod request;
mod secret;

pub use capabilities::{Capabilities, Purposes, RecipientNeed, admit_id};
pub use challenge::{Challenge, ChallengeId, Status, Verified};
pub use error::{Error, ErrorKind, Operation, Rejection, Result};
pub use otp_transport::{ConfigError, Secret, Token, TokenError, TokenSource, Transport, TransportBuilder};
pub use provider::OtpProvider;
pub use providers::*;
pub use purpose::{
    OrderRestriction, OrderTerms, Payment, Purpose, SecuritiesOrder, SecuritiesOrderChange,
    SecuritiesOrderDeletion, Side,
};
pub use request::{Alphabet, Channel, CreateRequest, Recipient, VerifyRequest};
pub use secret::{Code, Proof};
