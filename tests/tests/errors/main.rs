//! Error mapping: what the facade makes of every response, documented or not.

mod acceptance;
mod calls;
mod defaults;
mod documented;
mod error_case;
mod error_details;
mod expected;
mod mutations;
mod page;
mod paid;
