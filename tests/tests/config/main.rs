//! The configuration: what is built from it, and what is said about one that is wrong.

mod environment;
mod errors;
mod lifecycle;
mod place;
mod schema;
mod secrets;
mod stack;
