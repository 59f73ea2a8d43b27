//! What every answer of every provider comes to at the facade: the documented ones, and those that nobody documents.

mod acceptance;
mod ask;
mod defaults;
mod documented;
mod expected;
mod meaning;
mod mutations;
mod paid;
mod row;
