//! The configuration: what is built from it, and what is said about one that is wrong.

mod environment;
mod errors;
mod example;
mod lifecycle;
mod schema;
mod secrets;
mod stack;
