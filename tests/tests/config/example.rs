//! The example configuration and its secrets.

use std::collections::HashMap;
use std::path::PathBuf;

use otp_facade::config::StackConfig;

pub(crate) const KEY: &str = "a key of at least 32 characters, for tests";

pub(crate) fn facade(path: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "..", "crates", "otp-facade", path].iter().collect()
}

/// `examples/stack.toml`.
pub(crate) fn example() -> StackConfig {
    StackConfig::load_with(facade("examples/stack.toml"), &HashMap::new()).expect("the example is good")
}

pub(crate) fn variables<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> HashMap<String, String> {
    pairs.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

/// What the variables of the example may hold.
pub(crate) fn secrets() -> HashMap<String, String> {
    variables([
        ("SMSCX_API_KEY", "hidden-key"),
        ("AGILICUS_TOKEN", "hidden-token"),
        ("OTP_GUARD_KEY", KEY),
        ("REDIS_URL", "redis://:hidden-password@127.0.0.1:1/0"),
    ])
}

/// A file that holds a configuration, as long as this lives.
pub(crate) struct StackFile {
    pub(crate) path: PathBuf,
    _folder: tempfile::TempDir,
}

impl StackFile {
    pub(crate) fn new(toml: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("stack.toml");
        std::fs::write(&path, toml).expect("a file");
        Self { path, _folder: folder }
    }
}
