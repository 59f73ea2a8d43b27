//! Rate limits: which quotas a challenge counts against.

use std::sync::Arc;
use std::time::Duration;

use super::people::{Person, recipients_of};
use super::{Guard, GuardSettings};
use crate::provider::OtpProvider;
use crate::stores::{ChallengeStore, Key, Limit, Lockout, Quota, Room};

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(60 * 60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// A rate limit of the guard. Its name is in the audit trail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rule {
    Interval,
    PerHour,
    PerDay,
    SubjectPerDay,
    SubjectRecipientsPerDay,
    GlobalPerHour,
}

impl Rule {
    /// A stable name.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Interval => "interval",
            Self::PerHour => "per_hour",
            Self::PerDay => "per_day",
            Self::SubjectPerDay => "per_subject_per_day",
            Self::SubjectRecipientsPerDay => "recipients_per_subject_per_day",
            Self::GlobalPerHour => "global_per_hour",
        }
    }

    /// The message of the error when it is reached.
    pub(super) fn message(self) -> &'static str {
        match self {
            Self::Interval => "the recipient's last challenge was just now",
            Self::PerHour => "the recipient's limit for an hour is reached",
            Self::PerDay => "the recipient's limit for a day is reached",
            Self::SubjectPerDay => "the subject's limit for a day is reached",
            Self::SubjectRecipientsPerDay => {
                "the subject's limit of different recipients for a day is reached"
            }
            Self::GlobalPerHour => "the limit of all recipients for an hour is reached",
        }
    }
}

/// Limits that are counted together, and the rule of each.
#[derive(Debug)]
struct LimitSet {
    limits: Arc<[Limit]>,
    rules: Vec<Rule>,
}

impl LimitSet {
    /// Those of the limits that are set.
    fn new(limits: &[(Rule, Option<u32>, Duration)]) -> Self {
        let set = limits.iter().filter_map(|&(rule, max, window)| Some((Limit { max: max?, window }, rule)));
        let (limits, rules): (Vec<_>, Vec<_>) = set.unzip();
        Self { limits: limits.into(), rules }
    }
}

/// The limits of a guard. They are the same for each challenge.
#[derive(Debug)]
pub(super) struct LimitSets {
    recipient: LimitSet,
    subject: LimitSet,
    recipients_of_subject: LimitSet,
    global: LimitSet,
}

impl LimitSets {
    pub(super) fn new(settings: &GuardSettings) -> Self {
        let interval = (!settings.interval.is_zero()).then_some(1);
        let recipients = settings.recipients_per_subject_per_day;
        Self {
            recipient: LimitSet::new(&[
                (Rule::Interval, interval, settings.interval),
                (Rule::PerHour, settings.per_hour, HOUR),
                (Rule::PerDay, settings.per_day, DAY),
            ]),
            subject: LimitSet::new(&[(Rule::SubjectPerDay, settings.per_subject_per_day, DAY)]),
            recipients_of_subject: LimitSet::new(&[(Rule::SubjectRecipientsPerDay, recipients, DAY)]),
            global: LimitSet::new(&[(Rule::GlobalPerHour, settings.global_per_hour, HOUR)]),
        }
    }
}

/// Quotas, and the rule of each of their limits in the same order.
pub(super) struct Limits {
    pub(super) quotas: Vec<Quota>,
    pub(super) rules: Vec<Rule>,
}

impl Limits {
    fn add(&mut self, set: &LimitSet, key: impl FnOnce() -> Key) -> Option<&mut Quota> {
        if set.limits.is_empty() {
            return None;
        }
        self.rules.extend_from_slice(&set.rules);
        self.quotas.push(Quota { key: key(), limits: set.limits.clone(), step: Duration::ZERO, label: None });
        self.quotas.last_mut()
    }
}

/// When the next challenge for the same recipient is possible, and how many are.
pub(super) fn resends(rules: &[Rule], room: &[Room]) -> (Duration, Option<u32>) {
    let wait = room.iter().map(|room| room.retry_after).max().unwrap_or_default();
    // The interval only says when. Another challenge goes to the same recipient, so that it counts as no other one.
    let says_how_many = |rule: &Rule| !matches!(rule, Rule::Interval | Rule::SubjectRecipientsPerDay);
    let counted = rules.iter().zip(room).filter(|(rule, _)| says_how_many(rule));
    let left = counted.map(|(_, room)| room.left).min();
    (wait, left)
}

impl<P: OtpProvider, S: ChallengeStore> Guard<P, S> {
    pub(super) fn limits(&self, person: &Person) -> Limits {
        let LimitSets { recipient, subject: of_subject, recipients_of_subject, global } = &self.limit_sets;
        let mut limits = Limits { quotas: Vec::with_capacity(4), rules: Vec::with_capacity(6) };
        for key in [Some(&person.recipient), person.beside.as_ref()].into_iter().flatten() {
            limits.add(recipient, || key.clone());
        }
        if let Some(subject) = &person.subject {
            limits.add(of_subject, || subject.clone());
            if let Some(quota) = limits.add(recipients_of_subject, || recipients_of(subject)) {
                quota.label = Some(person.recipient.name.clone());
            }
        }
        let key = || self.keyring.current.key(&["global", self.name()]);
        if let Some(quota) = limits.add(global, key) {
            // A log of every challenge of all recipients would be too long.
            quota.step = MINUTE;
        }
        limits
    }
}

impl GuardSettings {
    /// The limit of failures in a row.
    pub(super) fn lockout(&self, subject: Option<Key>) -> Option<Lockout> {
        self.max_failures.map(|max| Lockout { max, retention: self.failure_retention, subject })
    }
}
