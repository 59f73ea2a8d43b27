//! Loads a configuration that is a part of an application's own.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use super::error::StackError;
use super::{StackConfig, process_environment, read};

/// The prefix of variables, unless the application has its own.
pub(super) const PREFIX: &str = "OTP";

/// Loads a stack from a section of an application's own file, with the application's own environment variables on top.
///
/// ```no_run
/// use otp_facade::config::StackLoader;
///
/// // The table `[login.otp]` of the file, and variables such as MYAPP__LOGIN__OTP__TIMEOUT_SECONDS.
/// let config = StackLoader::new("application.toml").with_section("login.otp").with_env_prefix("MYAPP").load()?;
/// let provider = config.build()?;
/// # Ok::<(), otp_facade::config::StackError>(())
/// ```
///
/// An error names the whole path of the key, such as `login.otp.providers[1].api_key`.
#[derive(Clone, Debug)]
pub struct StackLoader {
    path: PathBuf,
    section: String,
    prefix: String,
}

impl StackLoader {
    /// Loads from this file, TOML or JSON by its extension.
    pub fn new(path: impl AsRef<Path>) -> Self {
        Self { path: path.as_ref().to_owned(), section: String::new(), prefix: PREFIX.to_owned() }
    }

    /// Sets the path of the table that is the stack, such as `login.otp`. The whole file by default.
    #[must_use]
    pub fn with_section(mut self, section: impl Into<String>) -> Self {
        self.section = section.into();
        self
    }

    /// Sets the prefix of the environment variables, `OTP` by default. The path of the key in the file follows it. Variables
    /// for other keys of the application are passed over.
    #[must_use]
    pub fn with_env_prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = prefix.into();
        self
    }

    /// Reads the file, with the environment of the process on top.
    ///
    /// # Errors
    ///
    /// If the file cannot be read, has another extension or another content than it says, or a key or value of the stack, in
    /// the file or in the environment, is not one of a stack.
    pub fn load(&self) -> Result<StackConfig, StackError> {
        self.load_with(&process_environment())
    }

    /// Reads the file, with these variables on top.
    ///
    /// # Errors
    ///
    /// Those of [`load`](Self::load).
    pub fn load_with(&self, environment: &HashMap<String, String>) -> Result<StackConfig, StackError> {
        let format = read::format(&self.path)?;
        let text = std::fs::read_to_string(&self.path).map_err(|error| {
            StackError::new("", format!("{} cannot be read: {error}", self.path.display()))
        })?;
        let value = read::read(Some((&text, format)), &self.section, &self.prefix, environment)?;
        let config = StackConfig::from_value(value).map_err(|error| error.under(&self.section))?;
        Ok(config.with_section(&self.section))
    }
}
