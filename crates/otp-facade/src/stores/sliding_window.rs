//! Sliding window: how many challenges were started in the last hour, at any moment. Times are milliseconds since 1970.
//!
//! `redis/lib/sliding_window.lua` implements the same rules a second time, on purpose: there each transition is one atomic
//! script on the server. Change both together.

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use smallvec::SmallVec;

use super::record::milliseconds;
use super::types::{Limit, Quota, Room};

/// Log of the challenges that count against a quota. The rate limit window slides: a limit holds in *every* hour.
///
/// A store serializes the log, and applies each method within one atomic step.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SlidingWindow {
    /// In the order in which they were counted. Most logs have one entry.
    entries: SmallVec<[Entry; 1]>,
    /// The longest window that this log was ever asked about. Entries stay for so long.
    longest: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Entry {
    time: u64,
    count: u32,
    label: Option<Arc<str>>,
}

impl SlidingWindow {
    /// How much room each limit of the quota has, without this challenge.
    ///
    /// The store must write the log back in any case, because it changes when the clock went back.
    pub fn room(&mut self, quota: &Quota, now: u64) -> Vec<Room> {
        self.each_room(quota, now).collect()
    }

    pub(super) fn each_room(&mut self, quota: &Quota, now: u64) -> impl Iterator<Item = Room> {
        self.follow_clock(quota, now);
        quota.limits.iter().map(move |limit| self.room_of(limit, quota.label.as_deref(), now))
    }

    fn room_of(&self, limit: &Limit, label: Option<&str>, now: u64) -> Room {
        let window = milliseconds(limit.window);
        let recent = self.entries.iter().filter(|entry| entry.time + window > now);
        match label {
            None => room_beside(recent.map(|entry| (entry.time, entry.count)), limit.max, window, now),
            Some(own) => room_beside(others(recent, own).into_iter(), limit.max, window, now),
        }
    }

    /// Counts a challenge. Returns the time under which it is counted, for [`decrement`](Self::decrement).
    pub fn increment(&mut self, quota: &Quota, now: u64) -> u64 {
        self.follow_clock(quota, now);
        let windows = quota.limits.iter().map(|limit| milliseconds(limit.window));
        self.longest = windows.max().unwrap_or_default().max(self.longest);
        let longest = self.longest;
        self.entries.retain(|entry| entry.time + longest > now);
        let (time, label) = (end_of_step(quota, now), quota.label.clone());
        if let Some(label) = &label {
            // Two entries of a label are enough: one may be given back, and the other then counts again.
            let mut of_label =
                self.entries.iter().filter(|entry| entry.label.as_ref() == Some(label)).count();
            self.entries.retain(|entry| {
                let is_excess = entry.label.as_ref() == Some(label) && of_label > 1;
                of_label -= usize::from(is_excess);
                !is_excess
            });
        }
        match self.entries.last_mut().filter(|last| last.time == time && last.label == label) {
            Some(last) => last.count += 1,
            None => self.entries.push(Entry { time, count: 1, label }),
        }
        time
    }

    /// Takes back what was counted under this time, unless it has left the window.
    pub fn decrement(&mut self, quota: &Quota, counted_at: u64, now: u64) {
        self.follow_clock(quota, now);
        // If the clock went back, its entry moved and cannot be told from others. To take back the oldest is safe: the others
        // count for longer.
        let moved = counted_at > end_of_step(quota, now);
        let is_it = |entry: &&mut Entry| (moved || entry.time == counted_at) && entry.label == quota.label;
        if let Some(entry) = self.entries.iter_mut().find(is_it) {
            entry.count -= 1;
        }
        self.entries.retain(|entry| entry.count > 0);
    }

    /// Adjusts entries in the future, because the clock went back: they count as of now, so that nobody waits longer than a
    /// window. They stay counted, or each step back would double a limit.
    fn follow_clock(&mut self, quota: &Quota, now: u64) {
        let latest = end_of_step(quota, now);
        for entry in &mut self.entries {
            entry.time = entry.time.min(latest);
        }
    }

    /// Until when a store must keep the log.
    pub fn expires_at(&self) -> u64 {
        self.entries.iter().map(|entry| entry.time).max().unwrap_or_default() + self.longest
    }

    /// Whether nothing is counted.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

/// Each *other* label once, with its latest time, oldest first.
fn others<'a>(recent: impl Iterator<Item = &'a Entry>, own: &str) -> Vec<(u64, u32)> {
    let mut latest: Vec<(&str, u64)> = Vec::new();
    for entry in recent {
        let name = entry.label.as_deref().unwrap_or_default();
        latest.retain(|(known, _)| *known != name);
        latest.extend((name != own).then_some((name, entry.time)));
    }
    latest.into_iter().map(|(_, time)| (time, 1)).collect()
}

/// The room beside what is counted already: times and how many, oldest first.
fn room_beside(counted: impl Iterator<Item = (u64, u32)> + Clone, max: u32, window: u64, now: u64) -> Room {
    let count = counted.clone().fold(0, |sum: u32, (_, count)| sum.saturating_add(count));
    if count < max {
        return Room { left: max - count, retry_after: Duration::ZERO };
    }
    // The window has room again when so many of the oldest have left it.
    let (mut excess, mut leaves) = (count - max + 1, now);
    for (time, count) in counted {
        leaves = time + window;
        excess = excess.saturating_sub(count);
        if excess == 0 {
            break;
        }
    }
    Room { left: 0, retry_after: Duration::from_millis(leaves.saturating_sub(now)) }
}

/// The last millisecond of the step that `now` is in: what is counted in a step leaves the window a little late, and never
/// early.
fn end_of_step(quota: &Quota, now: u64) -> u64 {
    match milliseconds(quota.step) {
        0 | 1 => now,
        step => now - now % step + step - 1,
    }
}

#[cfg(test)]
mod tests {
    use super::super::bucket::{Bucket, Key};
    use super::*;

    const SECOND: u64 = 1_000;

    fn quota(limits: &[(u32, u64)], step: u64, label: Option<&str>) -> Quota {
        let limits = limits.iter().map(|&(max, window)| Limit { max, window: Duration::from_secs(window) });
        Quota {
            key: Key::new(Bucket::default(), "quota"),
            limits: limits.collect(),
            step: Duration::from_secs(step),
            label: label.map(Into::into),
        }
    }

    fn admit(window: &mut SlidingWindow, quota: &Quota, now: u64) -> bool {
        let has_room = window.room(quota, now).iter().all(|room| room.left > 0);
        if has_room {
            window.increment(quota, now);
        }
        has_room
    }

    #[test]
    fn a_limit_holds_in_every_window_and_exactly() {
        let quota = quota(&[(5, 3_600)], 0, None);
        let (mut window, mut admitted) = (SlidingWindow::default(), Vec::new());
        // Asked every 7 minutes and in bursts at the edges.
        for now in (0..200).map(|turn| turn * 420 * SECOND).chain((85_000..90_000).map(|turn| turn * SECOND))
        {
            if admit(&mut window, &quota, now) {
                admitted.push(now);
            }
        }
        for (index, start) in admitted.iter().enumerate() {
            let within = admitted[index..].iter().filter(|time| **time < start + 3_600 * SECOND).count();
            assert!(within <= 5, "{within} in the hour after {start}");
        }
        assert!(admitted.windows(6).any(|six| six[5] == six[0] + 3_600 * SECOND), "not stricter than said");
    }

    #[test]
    fn steps_count_too_much_for_at_most_a_step() {
        let stepped = quota(&[(100, 3_600)], 60, None);
        let mut window = SlidingWindow::default();
        for now in 0..100 {
            assert!(admit(&mut window, &stepped, now * 10));
        }
        assert_eq!(window.entries.len(), 1);
        assert!(!admit(&mut window, &stepped, 3_600 * SECOND));
        let wait = window.room(&stepped, 1_000)[0].retry_after;
        assert!((3_600..3_660).contains(&wait.as_secs()), "{wait:?}");
        assert!(admit(&mut window, &stepped, SECOND + u64::try_from(wait.as_millis()).unwrap()));
    }

    #[test]
    fn different_labels_are_counted_and_the_same_one_is_always_admitted() {
        let labelled = |label| quota(&[(2, 60)], 0, Some(label));
        let mut window = SlidingWindow::default();
        for (now, label, admitted) in [
            (0, "a", true),
            (1, "b", true),
            (2, "c", false),
            (50, "a", true),
            (55, "a", true),
            // b has left; a was seen again.
            (61, "c", true),
            (62, "b", false),
            (115, "b", true),
        ] {
            assert_eq!(admit(&mut window, &labelled(label), now * SECOND), admitted, "{label} at {now}");
        }
    }

    #[test]
    fn a_label_that_is_given_back_counts_as_before() {
        let labelled = |label| quota(&[(1, 60)], 0, Some(label));
        let mut window = SlidingWindow::default();
        window.increment(&labelled("a"), 10 * SECOND);
        let again = window.increment(&labelled("a"), 40 * SECOND);
        window.decrement(&labelled("a"), again, 50 * SECOND);
        assert!(!admit(&mut window, &labelled("b"), 69 * SECOND));
        assert!(admit(&mut window, &labelled("b"), 70 * SECOND));
    }

    #[test]
    fn what_is_given_back_is_that_challenge_and_nothing_twice() {
        let quota = quota(&[(2, 60)], 0, None);
        let mut window = SlidingWindow::default();
        let first = window.increment(&quota, SECOND);
        window.increment(&quota, 2 * SECOND);
        for _ in 0..2 {
            window.decrement(&quota, first, 3 * SECOND);
        }
        assert_eq!(window.room(&quota, 3 * SECOND)[0].left, 1);
        assert_eq!(window.expires_at(), 62 * SECOND);
    }
}
