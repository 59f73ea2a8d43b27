//! Runs all strategies, and writes the table of the documentation.

use std::fmt::Write;
use std::time::Duration;

use super::{STRATEGIES, Strategy, World};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// A day, a week and a year.
const SPANS: [(&str, Duration); 3] = [
    ("a day", DAY),
    ("a week", Duration::from_secs(7 * 24 * 60 * 60)),
    ("a year", Duration::from_secs(365 * 24 * 60 * 60)),
];

/// What got through, and what was promised.
pub struct Measured {
    /// The strategy.
    pub strategy: &'static Strategy,
    /// What was counted in a day, a week and a year, as far as it ran.
    pub counted: Vec<usize>,
}

impl Measured {
    /// Whether more got through than the settings promise.
    pub fn exceeds(&self) -> bool {
        self.counted.iter().zip(self.strategy.promised).any(|(counted, promised)| *counted > promised)
    }
}

/// Runs each strategy that applies in worlds of its own, for the first `spans` of a day, a week and a year.
pub async fn measure<F: Future<Output = World>>(spans: usize, world: impl Fn() -> F) -> Vec<Measured> {
    let mut all = Vec::new();
    for strategy in STRATEGIES {
        let mut counted = Vec::new();
        for (_, span) in &SPANS[..spans] {
            let world = world().await;
            if (strategy.applies)(world.sends_to()) {
                counted.push((strategy.run)(&world, *span).await);
            }
        }
        if !counted.is_empty() {
            all.push(Measured { strategy, counted });
        }
    }
    all
}

/// The table in Markdown: what got through, and in brackets what the settings promise at most.
pub fn table(measured: &[Measured]) -> String {
    let mut table =
        String::from("| an attacker | counted | in a day | in a week | in a year |\n|---|---|--:|--:|--:|\n");
    for Measured { strategy, counted } in measured {
        let _ = write!(table, "| {} | {} |", strategy.name, strategy.counted.as_str());
        for (counted, promised) in counted.iter().zip(strategy.promised) {
            let _ = write!(table, " {counted} ({promised}) |");
        }
        table.push('\n');
    }
    table
}
