//! Configuration: the stack that is built, and the errors of a wrong one.

mod by_name;
mod environment;
mod errors;
mod example;
mod for_tests;
mod lifecycle;
mod providers;
mod schema;
mod secrets;
mod section;
mod shutdown;
mod stack;
