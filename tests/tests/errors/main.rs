//! Error mapping: what the facade makes of every response, documented or not. The documented errors of each provider are in its
//! own folder.

mod acceptance;
mod defaults;
mod error_details;
mod mutations;
mod page;
mod paid;
