//! What layers do and do not do with the providers inside them.

mod breaker;
mod calls;
mod capabilities;
mod capture;
mod failover;
mod leaks;
mod lenient;
mod retry;
mod stack;
mod table;
mod timeout;
mod traced;
mod wait;
