//! Under which names a provider issues challenges: its own, and more if there is a failover somewhere inside.

use std::cell::RefCell;

use crate::challenge::ChallengeId;
use crate::provider::OtpProvider;

tokio::task_local! {
    /// Where failovers inside leave the names of their members when one outside asks whose a challenge is: the question
    /// goes through layers and pointers, to all who could have issued it, and to no others.
    static NAMES: RefCell<Vec<String>>;
}

/// Its names, its own first.
pub(super) fn of(provider: &dyn OtpProvider) -> Vec<String> {
    let nobodys = ChallengeId::new("", &[]);
    NAMES.sync_scope(RefCell::new(vec![provider.name().to_owned()]), || {
        provider.issued(&nobodys);
        NAMES.with(RefCell::take)
    })
}

/// Tells them to whoever collects them. Nobody does when it is a caller who asks.
pub(super) fn tell<'a>(names: impl Iterator<Item = &'a String>) {
    let _ = NAMES.try_with(|collected| collected.borrow_mut().extend(names.cloned()));
}
