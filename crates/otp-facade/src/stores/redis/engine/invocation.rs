//! A call of a script: keys, arguments, and the hash slot in which they are.

use redis::{Cmd, Script, ScriptInvocation, ToRedisArgs};

use super::hash_slot::hash_slot;

/// A script with its keys and arguments. The keys share one hash tag, so that they are in one hash slot.
pub(in crate::stores::redis) struct Invocation {
    script: &'static Script,
    keys: Vec<String>,
    arguments: Vec<Vec<u8>>,
}

impl Invocation {
    pub(in crate::stores::redis) fn new(script: &'static Script) -> Self {
        Self { script, keys: Vec::new(), arguments: Vec::new() }
    }

    pub(in crate::stores::redis) fn key(&mut self, key: impl Into<String>) -> &mut Self {
        self.keys.push(key.into());
        self
    }

    pub(in crate::stores::redis) fn arg(&mut self, argument: impl ToRedisArgs) -> &mut Self {
        argument.write_redis_args(&mut self.arguments);
        self
    }

    /// Returns the hash slot of the keys.
    pub(super) fn slot(&self) -> u16 {
        self.keys.first().map_or(0, |key| hash_slot(key.as_bytes()))
    }

    /// Returns the command that calls the script by its hash.
    pub(super) fn command(&self) -> Cmd {
        let mut command = redis::cmd("EVALSHA");
        command.arg(self.script.get_hash()).arg(self.keys.len()).arg(&self.keys).arg(&self.arguments);
        command
    }

    /// Returns the script without keys, to be loaded.
    pub(super) fn script(&self) -> ScriptInvocation<'static> {
        self.script.prepare_invoke()
    }

    pub(super) fn hash(&self) -> &'static str {
        self.script.get_hash()
    }
}
