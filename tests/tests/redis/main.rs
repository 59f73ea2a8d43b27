//! The store in Redis, against a real server. All of it is ignored unless asked for: `cargo test` needs nothing but
//! Rust.
//!
//! `REDIS_URL` names a server that is running. The tests about outages start one of their own: `REDIS_SERVER` names the
//! program, `redis-server` by default.

mod adversary;
mod cluster;
mod conformance;
mod errors;
mod eviction;
mod half_attempts;
mod hang;
mod idempotency;
mod outages;
mod permissions;
mod pool;
mod processes;
mod provider;
mod sentinel;
mod server;
mod tcp_proxy;
