//! What every response of every provider comes to at the facade: the documented ones, and those that nobody documents.

mod acceptance;
mod calls;
mod defaults;
mod documented;
mod error_case;
mod error_details;
mod expected;
mod mutations;
mod paid;
