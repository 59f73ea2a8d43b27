#![doc = include_str!("../README.md")]

mod builder;
#[cfg(feature = "cli")]
pub mod cli;
mod clock;
mod configuration;
mod control;
mod credential;
mod dispatch;
mod fault;
mod http;
mod network;
mod page;
mod provider;
mod recording;
mod sandbox;
mod services;
mod state;

pub use builder::Builder;
pub use configuration::Configuration;
pub use credential::Credential;
pub use fault::Fault;
pub use provider::UnknownProvider;
pub use recording::{Message, RecordedRequest};
pub use sandbox::Sandbox;
pub use services::Provider;
