//! The application's own file: its own keys, and the stack in the table `[otp]`.

use std::net::SocketAddr;
use std::path::Path;

use config::{Config, ConfigError, Environment, File};
use otp_facade::config::{StackConfig, StackError, StackLoader};
use serde::Deserialize;

/// Prefix of the environment variables.
const PREFIX: &str = "LOGIN";

/// The keys of the application. Those of the stack are read by [`load_stack`].
#[derive(Debug, Deserialize)]
pub struct Settings {
    /// Where the server listens.
    pub listen: SocketAddr,
    /// Whether codes go to a sandbox in this process.
    pub sandbox: bool,
    /// Whether browsers send the session's cookie over TLS only.
    pub secure_cookies: bool,
    /// The countries from which a person can choose.
    pub regions: Vec<Region>,
}

/// A country, by whose rules a number without a country code is read.
#[derive(Clone, Debug, Deserialize)]
pub struct Region {
    /// ISO 3166-1 alpha-2.
    pub code: String,
    /// As the person reads it.
    pub name: String,
}

impl Settings {
    /// Reads the file, with variables such as `LOGIN__LISTEN` on top.
    ///
    /// # Errors
    ///
    /// If the file cannot be read, or a key is missing or wrong.
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        let variables =
            Environment::with_prefix(PREFIX).prefix_separator("__").separator("__").try_parsing(true);
        Config::builder().add_source(File::from(path)).add_source(variables).build()?.try_deserialize()
    }
}

/// Reads the stack from the same file, with variables such as `LOGIN__OTP__TIMEOUT_SECONDS` on top.
///
/// # Errors
///
/// If a key is not one of a stack. The error names its path, such as `otp.providers[1].api_key`.
pub fn load_stack(path: &Path) -> Result<StackConfig, StackError> {
    StackLoader::new(path).with_section("otp").with_env_prefix(PREFIX).load()
}
