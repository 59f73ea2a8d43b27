//! The layers around a provider.

mod audit;
mod calls;
mod capabilities;
mod capture;
mod circuit_breaker;
mod detached;
mod failover;
mod handover;
mod leaks;
mod lenient;
mod ready;
mod retry;
mod slow;
mod stack;
mod table;
mod timeout;
mod traced;
mod wait;
