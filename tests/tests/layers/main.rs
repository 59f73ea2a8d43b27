//! The layers around a provider.

mod audit;
mod calls;
mod capabilities;
mod capture;
mod check_create;
mod circuit_breaker;
mod defaults;
mod detached;
mod every_layer;
mod failover;
mod handover;
mod leaks;
mod lenient;
mod observability;
mod ready;
mod retry;
mod slow;
mod stack;
mod table;
mod timeout;
mod traced;
mod uncertain_create;
mod wait;
