//! The transitions as Lua scripts: their text is sent when the server does not know their hash.

use std::sync::LazyLock;

use redis::{Script, ScriptInvocation};

pub(super) struct Scripts {
    pub(super) reserve_create: Script,
    pub(super) open: Script,
    pub(super) abandon: Script,
    pub(super) begin_try: Script,
    pub(super) settle_try: Script,
    pub(super) stand: Script,
}

pub(super) static SCRIPTS: LazyLock<Scripts> = LazyLock::new(|| Scripts {
    reserve_create: Script::new(concat!(include_str!("clock.lua"), include_str!("reserve_create.lua"))),
    open: Script::new(concat!(include_str!("clock.lua"), include_str!("open.lua"))),
    abandon: Script::new(include_str!("abandon.lua")),
    begin_try: Script::new(concat!(
        include_str!("clock.lua"),
        include_str!("standing.lua"),
        include_str!("begin_try.lua")
    )),
    settle_try: Script::new(include_str!("settle_try.lua")),
    stand: Script::new(concat!(
        include_str!("clock.lua"),
        include_str!("standing.lua"),
        include_str!("stand.lua")
    )),
});

/// A script with its keys and arguments.
pub(super) struct Call(pub(super) ScriptInvocation<'static>);
