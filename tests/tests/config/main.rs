//! Configuration: the stack that is built, and the errors of a wrong one.

mod environment;
mod errors;
mod example;
mod lifecycle;
mod schema;
mod secrets;
mod shutdown;
mod stack;
