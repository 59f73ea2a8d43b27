//! Reads a configuration from a file and the environment.

use std::collections::HashMap;
use std::path::Path;

use ::config::{Config, File, FileFormat};
use serde_json::Value;

use super::environment;
use super::error::{StackError, unreadable};

/// The format of a file, by its extension.
pub(super) fn format(path: &Path) -> Result<FileFormat, StackError> {
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("toml") => Ok(FileFormat::Toml),
        Some("json") => Ok(FileFormat::Json),
        _ => Err(StackError::new("", format!("{} must end with .toml or .json", path.display()))),
    }
}

/// Reads the text, overlaid with the environment variables.
pub(super) fn read(
    text: Option<(&str, FileFormat)>,
    variables: &HashMap<String, String>,
) -> Result<Value, StackError> {
    let mut builder = Config::builder();
    if let Some((text, format)) = text {
        builder = builder.add_source(File::from_str(text, format));
    }
    let file = builder.build().map_err(|error| unreadable(&error))?;
    let stack = environment::overlay(file, variables)?;
    stack.try_deserialize().map_err(|error| unreadable(&error))
}
