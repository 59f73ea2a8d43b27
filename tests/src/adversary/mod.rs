//! Adversary: strategies of attackers as programs against a guarded provider, with a clock that they move.
//!
//! Each strategy is greedy: it waits for exactly as long as it is told, and never longer. What reaches the provider is
//! counted and stands beside what the settings promise.

mod strategies;
mod table;
mod world;
mod worlds;

pub use strategies::{Counted, STRATEGIES, Strategy};
pub use table::{Measured, fill, measure, odds, table};
pub use world::World;
pub use worlds::{Store, memory_store};
