//! The layers around a provider.

mod calls;
mod capabilities;
mod capture;
mod circuit_breaker;
mod defaults;
mod failover;
mod leaks;
mod lenient;
mod observability;
mod retry;
mod stack;
mod table;
mod timeout;
mod traced;
mod uncertain_create;
mod wait;
