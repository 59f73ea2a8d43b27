//! The transitions as Lua scripts, each named after the method that it implements. They are called by their hash; the source
//! is sent only if the server does not know it.

use std::sync::LazyLock;

use redis::Script;

pub(super) struct Scripts {
    pub(super) reserve_create: Script,
    pub(super) confirm_create: Script,
    pub(super) release_reservation: Script,
    pub(super) begin_attempt: Script,
    pub(super) settle_attempt: Script,
    pub(super) read_or_cancel: Script,
}

pub(super) static SCRIPTS: LazyLock<Scripts> = LazyLock::new(|| Scripts {
    reserve_create: Script::new(concat!(include_str!("lib/clock.lua"), include_str!("reserve_create.lua"))),
    confirm_create: Script::new(concat!(include_str!("lib/clock.lua"), include_str!("confirm_create.lua"))),
    release_reservation: Script::new(include_str!("release_reservation.lua")),
    begin_attempt: Script::new(concat!(
        include_str!("lib/clock.lua"),
        include_str!("lib/record_status.lua"),
        include_str!("begin_attempt.lua")
    )),
    settle_attempt: Script::new(include_str!("settle_attempt.lua")),
    read_or_cancel: Script::new(concat!(
        include_str!("lib/clock.lua"),
        include_str!("lib/record_status.lua"),
        include_str!("read_or_cancel.lua")
    )),
});
