//! The limits that are on by default, each alone: what it adds to a call.

use otp_facade::GuardSettings;

const KEY: &str = "a key of at least 32 characters, kept like a password";

/// The guard with all its default limits.
pub(crate) const ALL: &str = "guard";

/// The guard with no limit.
pub(crate) const NONE: &str = "guard_unlimited";

/// Name of the subject, what it is, and the limit that is on.
type Alone = (&'static str, &'static str, fn(GuardSettings) -> GuardSettings);

/// The guard with one limit alone, with its default.
pub(crate) const ALONE: [Alone; 6] = [
    ("guard_interval", "interval", |none| none.with_min_interval(defaults().interval)),
    ("guard_hour", "per hour", |none| none.with_per_hour(defaults().per_hour)),
    ("guard_day", "per day", |none| none.with_per_day(defaults().per_day)),
    ("guard_subject", "per subject and day", |none| {
        none.with_per_subject_per_day(defaults().per_subject_per_day)
    }),
    ("guard_recipients", "recipients per subject and day", |none| {
        none.with_recipients_per_subject_per_day(defaults().recipients_per_subject_per_day)
    }),
    ("guard_failures", "failures in a row", |none| none.with_max_failures(defaults().max_failures)),
];

/// The settings of a subject by its name. `None` if it is no guard.
pub(crate) fn settings(name: &str) -> Option<GuardSettings> {
    let alone = || ALONE.iter().find(|(known, ..)| *known == name);
    match name {
        ALL => Some(defaults()),
        NONE => Some(none()),
        _ => alone().map(|(.., turn_on)| turn_on(none())),
    }
}

fn defaults() -> GuardSettings {
    GuardSettings::new(KEY)
}

fn none() -> GuardSettings {
    let none = defaults().with_min_interval(std::time::Duration::ZERO).with_per_hour(None).with_per_day(None);
    none.with_per_subject_per_day(None).with_recipients_per_subject_per_day(None).with_max_failures(None)
}
