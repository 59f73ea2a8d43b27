//! Runs all strategies, and writes the table of the documentation.

use std::fmt::Write;
use std::time::Duration;

use super::{STRATEGIES, Strategy, World};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// A real server's clock goes on while a strategy runs, so that it ends a little before the window that it counts in.
const MARGIN: Duration = Duration::from_secs(60);

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
                counted.push((strategy.run)(&world, *span - MARGIN).await);
            }
        }
        if !counted.is_empty() {
            all.push(Measured { strategy, counted });
        }
    }
    all
}

/// The table of what got through in Markdown: what got through, and in brackets what the settings promise at most.
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

/// A choice of settings whose odds are shown.
struct Odds {
    settings: &'static str,
    digits: u32,
    guesses_a_day: u32,
    guesses_until_the_lock: u32,
    /// Maximum number of challenges of all recipients in a day.
    global_a_day: Option<u32>,
}

const MAX_ATTEMPTS: u32 = 5;

const ODDS: [Odds; 7] = [
    Odds::of("the defaults, with 4 digits", 4, 10, 100),
    Odds::of("the defaults, with 6 digits", 6, 10, 100),
    Odds::of("the defaults, with 8 digits", 8, 10, 100),
    Odds::of("6 digits, `per_day` 5", 6, 5, 100),
    Odds::of("6 digits, `max_failures` 20", 6, 10, 20),
    Odds { guesses_a_day: 30, ..Odds::of("6 digits, `max_attempts` 3", 6, 10, 100) },
    Odds { global_a_day: Some(24 * 500), ..Odds::of("6 digits, `global_per_hour` 500", 6, 10, 100) },
];

impl Odds {
    const fn of(settings: &'static str, digits: u32, per_day: u32, max_failures: u32) -> Self {
        let guesses_a_day = per_day * MAX_ATTEMPTS;
        Self { settings, digits, guesses_a_day, guesses_until_the_lock: max_failures, global_a_day: None }
    }

    /// The chance that one of so many guesses is right. No code is guessed twice, but each message has a new code.
    fn chance(&self, guesses: f64) -> f64 {
        1.0 - (1.0 - 10_f64.powi(-(self.digits as i32))).powf(guesses)
    }

    fn row(&self) -> String {
        let accounts = 20_000.0;
        let guesses_each = match self.global_a_day {
            Some(challenges) => f64::from(challenges * MAX_ATTEMPTS) / accounts,
            None => f64::from(self.guesses_a_day),
        };
        format!(
            "| {} | {} | {} | {:.2} |\n",
            self.settings,
            percent(self.chance(f64::from(self.guesses_a_day))),
            percent(self.chance(f64::from(self.guesses_until_the_lock))),
            accounts * self.chance(guesses_each.min(f64::from(self.guesses_a_day))),
        )
    }
}

fn percent(chance: f64) -> String {
    let percent = chance * 100.0;
    match percent {
        _ if percent >= 0.01 => format!("{percent:.2} %"),
        _ => format!("{percent:.5} %"),
    }
}

/// The table of an attacker's odds in Markdown.
pub fn odds() -> String {
    let head = "| settings | one account in a day | until the lock | of 20,000 accounts in a day |\n|---|--:|--:|--:|\n";
    ODDS.iter().fold(head.to_owned(), |table, odds| table + &odds.row())
}

/// Puts both tables into the page of the documentation, between their marks.
pub fn fill(page: &str, reached: &str) -> String {
    [("reached", reached), ("odds", &odds())].into_iter().fold(page.to_owned(), |page, (mark, table)| {
        let (begin, end) = (format!("<!-- {mark} -->"), format!("<!-- /{mark} -->"));
        let (before, rest) = page.split_once(&begin).expect("the page has the mark");
        let (_, after) = rest.split_once(&end).expect("the page has the end of the mark");
        format!("{before}{begin}\n{table}{end}{after}")
    })
}
