//! Reads a configuration from a file and the environment.

use std::collections::HashMap;
use std::path::Path;

use ::config::{Config, ConfigError, File, FileFormat};
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

/// Reads the section of the text, overlaid with the variables of this prefix. An empty section is the whole text.
pub(super) fn read(
    text: Option<(&str, FileFormat)>,
    section: &str,
    prefix: &str,
    environment: &HashMap<String, String>,
) -> Result<Value, StackError> {
    let mut builder = Config::builder();
    if let Some((text, format)) = text {
        builder = builder.add_source(File::from_str(text, format));
    }
    let mut file = builder.build().map_err(|error| unreadable(&error))?;
    let variables = environment::variables(prefix, section, environment)?;
    if !section.is_empty() {
        file = match table(&file, section)? {
            Some(table) => table,
            None if variables.is_empty() => return Err(StackError::new(section, "is missing")),
            None => Config::default(),
        };
    }
    let stack = environment::overlay(&file, variables).map_err(|error| error.under(section))?;
    stack.try_deserialize().map_err(|error| unreadable(&error))
}

/// The table of a section, if there is one.
fn table(file: &Config, section: &str) -> Result<Option<Config>, StackError> {
    match file.get::<Value>(section) {
        Ok(table @ Value::Object(_)) => {
            Config::try_from(&table).map(Some).map_err(|error| unreadable(&error))
        }
        Err(ConfigError::NotFound(_)) => Ok(None),
        Ok(_) | Err(_) => Err(StackError::new(section, "must be a table")),
    }
}
