//! Environment variables, which override keys of a file.

use std::collections::HashMap;

use ::config::{Config, ConfigError, Environment, Source as _, Value, ValueKind};

use super::error::{StackError, unreadable};
use super::secret::SecretSource;

/// A variable: the path of its key, in lower case and with dots, and its value.
type Variable = (String, Value);

/// The variables with this prefix that are for keys of this section, which is empty for the whole file.
pub(super) fn variables(
    prefix: &str,
    section: &str,
    environment: &HashMap<String, String>,
) -> Result<Vec<Variable>, StackError> {
    let variables = Environment::with_prefix(prefix).separator("__").source(Some(environment.clone()));
    let variables = variables.collect().map_err(|error| unreadable(&error))?;
    let variables = variables.into_iter().map(|(path, value)| (path, parse(value)));
    if section.is_empty() {
        return Ok(variables.collect());
    }
    // Others are the application's.
    let section = format!("{}.", as_in_variables(section, &['-']));
    Ok(variables.filter_map(|(path, value)| Some((path.strip_prefix(&section)?.to_owned(), value))).collect())
}

/// Overlays the file with the variables.
pub(super) fn overlay(file: &Config, variables: Vec<Variable>) -> Result<Config, StackError> {
    let (by_name, others): (Vec<_>, Vec<_>) =
        variables.into_iter().partition(|(path, _)| provider_in(path).is_some());
    let mut variables: Vec<_> = others.into_iter().map(|(path, value)| (key(&path), value)).collect();
    if !by_name.is_empty() {
        // The names are those that the other variables leave.
        let names = provider_names(&set_all(file, variables.clone())?);
        for (path, value) in by_name {
            variables.push((key_by_name(&path, &names)?, value));
        }
    }
    set_all(file, variables)
}

fn set_all(file: &Config, mut variables: Vec<Variable>) -> Result<Config, StackError> {
    // Sorted, so that a table comes before its keys and does not replace them.
    variables.sort_by(|(one, _), (other, _)| one.cmp(other));

    let mut stack = file.clone();
    for (key, value) in &variables {
        for table in tables(key, value) {
            // Merged, the table would have `env` and `file`, which is an error.
            if file.get::<SecretSource>(&table).is_ok() {
                stack = set(stack, &table, ValueKind::Nil.into()).map_err(|error| unreadable(&error))?;
            }
        }
    }
    for (key, value) in variables {
        stack =
            set(stack, &key, value).map_err(|_| StackError::new(key, "is not a key, in the environment"))?;
    }
    Ok(stack)
}

fn set(stack: Config, key: &str, value: Value) -> Result<Config, ConfigError> {
    Config::builder().add_source(stack).set_override(key, value)?.build()
}

/// The tables that a variable puts something into: the one that it belongs to, or those in its value.
fn tables(key: &str, value: &Value) -> Vec<String> {
    match &value.kind {
        ValueKind::Table(entries) => {
            entries.iter().flat_map(|(name, value)| tables(&format!("{key}.{name}"), value)).collect()
        }
        _ => key.rsplit_once('.').map(|(table, _)| table.to_owned()).into_iter().collect(),
    }
}

/// `providers.0.name`, as a variable has it, is `providers[0].name`.
fn key(path: &str) -> String {
    key_below("", path.split('.'))
}

fn key_below<'a>(table: &str, segments: impl Iterator<Item = &'a str>) -> String {
    let mut key = table.to_owned();
    for segment in segments {
        if is_index(segment) {
            key.push_str(&format!("[{segment}]"));
        } else {
            let dot = if key.is_empty() { "" } else { "." };
            key.push_str(&format!("{dot}{segment}"));
        }
    }
    key
}

/// At most two digits: a large index would make a list that takes all memory.
fn is_index(segment: &str) -> bool {
    segment.len() <= 2 && segment.parse::<u8>().is_ok()
}

/// The name of a provider in the path, and what follows it: `smscx_eu` and `.name` in `providers.smscx_eu.name`.
fn provider_in(path: &str) -> Option<(&str, &str)> {
    let rest = path.strip_prefix("providers.")?;
    let (name, rest) = rest.split_at(rest.find('.').unwrap_or(rest.len()));
    (!is_index(name)).then_some((name, rest))
}

/// `providers.smscx_eu.name`, as a variable has it, is `providers[0].name` if the first provider is `smscx-eu`.
fn key_by_name(path: &str, names: &[String]) -> Result<String, StackError> {
    let (name, rest) = provider_in(path).unwrap_or_default();
    let mut places = (0..names.len()).filter(|place| as_in_variables(&names[*place], &['-', '.']) == name);
    let rule = match (places.next(), places.next()) {
        (Some(place), None) => return Ok(key_below(&format!("providers[{place}]"), rest.split('.').skip(1))),
        (Some(_), Some(_)) => {
            "is the name of several providers: use the index, in the environment".to_owned()
        }
        (None, _) if names.is_empty() => {
            "is a name, but there is no provider yet: use the index, in the environment".to_owned()
        }
        (None, _) => {
            format!("is not the name of a provider, in the environment: there are {}", names.join(", "))
        }
    };
    Err(StackError::new(format!("providers.{name}"), rule))
}

/// A name as variables have it: in lower case, with `_` for what no variable's name has.
fn as_in_variables(name: &str, separators: &[char]) -> String {
    name.to_lowercase().replace(separators, "_")
}

/// The name of each provider: its own, or what `provider` says.
fn provider_names(stack: &Config) -> Vec<String> {
    let providers = stack.get_array("providers").unwrap_or_default();
    let name = |provider: Value| {
        let table = provider.into_table().unwrap_or_default();
        let name = |key: &str| table.get(key)?.clone().into_string().ok();
        name("name").or_else(|| name("provider")).unwrap_or_default()
    };
    providers.into_iter().map(name).collect()
}

/// Parses a variable's value as JSON, or else takes it as a string.
fn parse(value: Value) -> Value {
    let ValueKind::String(text) = &value.kind else { return value };
    serde_json::from_str(text).unwrap_or(value)
}
