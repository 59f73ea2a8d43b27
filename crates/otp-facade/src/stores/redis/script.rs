//! The transitions as Lua scripts, each named after the method that it implements. They are called by their hash; the source
//! is sent only if the server does not know it.

use std::sync::LazyLock;

use redis::Script;

pub(super) struct Scripts {
    pub(super) reserve_create: Script,
    pub(super) confirm_create: Script,
    pub(super) release_reservation: Script,
    pub(super) uncertain_create: Script,
    pub(super) find_create: Script,
    pub(super) begin_attempt: Script,
    pub(super) count_failure: Script,
    pub(super) settle_attempt: Script,
    pub(super) settle_failure: Script,
    pub(super) read_or_cancel: Script,
    pub(super) forget: Script,
}

/// A script after the parts of `lib/` that it uses.
macro_rules! script {
    ($name:literal $(, $library:literal)*) => {
        Script::new(concat!($(include_str!(concat!("lib/", $library, ".lua")),)* include_str!(concat!($name, ".lua"))))
    };
}

pub(super) static SCRIPTS: LazyLock<Scripts> = LazyLock::new(|| Scripts {
    reserve_create: script!("reserve_create", "clock", "people", "idempotency", "sliding_window"),
    confirm_create: script!("confirm_create", "clock", "people", "record_status", "idempotency"),
    release_reservation: script!("release_reservation", "clock", "people", "idempotency", "sliding_window"),
    uncertain_create: script!("uncertain_create", "clock", "people", "idempotency"),
    find_create: script!("find_create", "clock", "people", "idempotency"),
    begin_attempt: script!("begin_attempt", "clock", "people", "record_status"),
    count_failure: script!("count_failure", "clock", "people"),
    settle_attempt: script!("settle_attempt", "clock", "people", "record_status"),
    settle_failure: script!("settle_failure", "clock", "people"),
    read_or_cancel: script!("read_or_cancel", "clock", "people", "record_status"),
    forget: script!("forget"),
});
