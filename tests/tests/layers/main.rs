//! The layers around a provider.

mod audit;
mod calls;
mod capabilities;
mod capture;
mod circuit_breaker;
mod failover;
mod leaks;
mod lenient;
mod retry;
mod stack;
mod table;
mod timeout;
mod traced;
mod wait;
