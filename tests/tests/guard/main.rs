//! The guard: its rules over a provider that has none, and the conformance suite over every provider.

mod adversary;
mod behaviour;
mod create;
mod fixtures;
mod idempotency;
mod lifetimes;
mod people;
mod races;
mod spellings;
mod store_errors;
mod stores;
mod undocumented;
mod verify;
