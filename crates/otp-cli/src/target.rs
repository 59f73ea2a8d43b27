//! The provider or the stack that a command is about.

use std::collections::HashMap;
use std::path::Path;

use otp_facade::config::{Stack, StackConfig, StackError, StackLoader, StoreConfig};
use serde_json::{Map, Value, json};

use crate::args::Target;
use crate::catalog::{self, Entry, Key};
use crate::command_error::CommandError;
use crate::prompt;

/// Under this name, a secret that was typed is in the environment for the configuration.
const TYPED: &str = "OTP_CLI_TYPED_SECRET";

/// A configuration, and the environment that its secrets are read from.
#[derive(Debug)]
pub(crate) struct Loaded {
    pub(crate) config: StackConfig,
    pub(crate) environment: HashMap<String, String>,
    /// The slug of the only provider, if the arguments name it.
    provider: Option<String>,
}

impl Loaded {
    pub(crate) fn build(self) -> Result<Stack, CommandError> {
        self.config.build_with(&self.environment).map_err(|error| plain(&error, self.provider.as_deref()))
    }

    /// Whether a guard keeps its records in this process, so that no later command finds them.
    pub(crate) fn has_guard_in_memory(&self) -> bool {
        let guard = self.config.guard.as_ref();
        guard.is_some_and(|guard| matches!(guard.store, StoreConfig::Memory(_)))
    }
}

/// Builds what the arguments name, for a command that sees a challenge from its start to its end.
pub(crate) async fn build(target: &Target) -> Result<Stack, CommandError> {
    load(target).await?.build()
}

/// Builds what the arguments name, for a command whose challenge another command starts or ends.
pub(crate) async fn build_for_several_commands(target: &Target) -> Result<Stack, CommandError> {
    let loaded = load(target).await?;
    if loaded.has_guard_in_memory() {
        let rule =
            "the guard's records are in memory and end with this command: use `otp try`, or a Redis store";
        return Err(CommandError::Usage(rule.to_owned()));
    }
    loaded.build()
}

/// Reads the configuration that the arguments name, and asks for a secret that is missing.
pub(crate) async fn load(target: &Target) -> Result<Loaded, CommandError> {
    let mut environment = environment();
    let config = match (&target.config, target.provider.as_deref().and_then(catalog::find)) {
        (Some(file), _) => read_file(file, target.section.as_deref())?,
        (None, Some(entry)) => {
            let provider = one_provider(target, entry, &mut environment).await?;
            StackConfig::from_json(&json!({ "providers": [provider] }).to_string())
                .map_err(|error| plain(&error, Some(&entry.slug)))?
        }
        (None, None) => return Err(CommandError::Usage("--provider or --config is required".to_owned())),
    };
    Ok(Loaded { config, environment, provider: target.provider.clone() })
}

pub(crate) fn read_file(file: &Path, section: Option<&str>) -> Result<StackConfig, CommandError> {
    let loader = StackLoader::new(file);
    let loader = match section {
        Some(section) => loader.with_section(section),
        None => loader,
    };
    Ok(loader.load()?)
}

/// The table of one provider, as in a configuration's `[[providers]]`.
async fn one_provider(
    target: &Target,
    entry: &Entry,
    environment: &mut HashMap<String, String>,
) -> Result<Value, CommandError> {
    let mut table = Map::new();
    table.insert("provider".to_owned(), json!(entry.slug));
    if let Some(url) = &target.base_url {
        table.insert("base_url".to_owned(), json!(url));
    }
    for (pairs, source) in [(&target.secret_file, "file"), (&target.secret_env, "env")] {
        for pair in pairs {
            let (key, value) = key_and_value(entry, pair, true)?;
            table.insert(key, json!({ source: value }));
        }
    }
    for pair in &target.set {
        let (key, value) = key_and_value(entry, pair, false)?;
        let value = typed(entry, &key, value);
        table.insert(key, value);
    }
    // With a key of a credential in the arguments, nothing of another credential comes from the environment.
    let alternatives = entry.alternatives();
    let is_begun = |keys: &&Vec<&str>| keys.iter().any(|key| table.contains_key(*key));
    let begun = alternatives.iter().filter(is_begun).flatten().copied().collect::<Vec<_>>();
    let is_of_another = |key: &str| {
        !begun.is_empty() && !begun.contains(&key) && alternatives.iter().flatten().any(|it| *it == key)
    };
    for key in &entry.keys {
        let variable = entry.variable(&key.name);
        let Some(value) = environment.get(&variable) else { continue };
        if table.contains_key(&key.name) || is_of_another(&key.name) {
            continue;
        }
        let value = match key.is_secret {
            true => json!({ "env": variable }),
            false => typed(entry, &key.name, value.clone()),
        };
        table.insert(key.name.clone(), value);
    }
    let is_missing = |key: &&Key| key.is_required && !key.is_secret && !table.contains_key(&key.name);
    if let Some(Key { name, .. }) = entry.keys.iter().find(is_missing) {
        let variable = entry.variable(name);
        let rule = format!("{}: {name} is missing: set {variable}, or pass --set {name}=…", entry.slug);
        return Err(CommandError::Usage(rule));
    }
    ask_for_missing(entry, &mut table, environment).await?;
    Ok(table.into())
}

/// The value of a key that is no secret: text, or JSON where the key wants something else.
fn typed(entry: &Entry, name: &str, value: String) -> Value {
    let is_text = entry.keys.iter().any(|key| key.name == name && key.is_text);
    let json = if is_text { None } else { serde_json::from_str(&value).ok() };
    json.unwrap_or(Value::String(value))
}

/// Asks for the secret that the provider needs. Without a terminal, it is an error that says where to put it.
async fn ask_for_missing(
    entry: &Entry,
    table: &mut Map<String, Value>,
    environment: &mut HashMap<String, String>,
) -> Result<(), CommandError> {
    let secrets = || entry.keys.iter().filter(|key| key.is_secret);
    let has_one = secrets().any(|key| table.contains_key(&key.name));
    let is_missing = |name: &str| !table.contains_key(name);
    let required = secrets().filter(|key| key.is_required && is_missing(&key.name));
    // Where any of several will do, the first is asked for.
    let alternative = secrets().filter(|key| !key.is_required).take(usize::from(!has_one));
    let has_required = secrets().any(|key| key.is_required);
    let wanted: Vec<_> = if has_required { required.collect() } else { alternative.collect() };
    for (number, key) in wanted.into_iter().enumerate() {
        let variable = entry.variable(&key.name);
        if !prompt::is_terminal() {
            let name = &key.name;
            return Err(CommandError::Usage(format!(
                "{}: {name} is missing: set {variable}, or pass --secret-file {name}=/path/of/a/file",
                entry.slug
            )));
        }
        let secret =
            prompt::secret(format!("{} of {} ({variable} is not set): ", key.name, entry.slug)).await?;
        if secret.is_empty() {
            return Err(CommandError::Usage(format!("{}: {} is empty", entry.slug, key.name)));
        }
        let name = format!("{TYPED}_{number}");
        table.insert(key.name.clone(), json!({ "env": name }));
        environment.insert(name, secret);
    }
    Ok(())
}

fn key_and_value(entry: &Entry, pair: &str, is_secret: bool) -> Result<(String, String), CommandError> {
    let keys = || entry.keys.iter().filter(|key| key.is_secret == is_secret).map(|key| key.name.as_str());
    let known: Vec<_> = keys().collect();
    // The value is not shown: it may be a secret at the wrong place.
    let Some((key, value)) = pair.split_once('=').filter(|(key, _)| known.contains(key)) else {
        let rule = match known.as_slice() {
            [] => "there is none".to_owned(),
            known => format!("must be one of {}", known.join(", ")),
        };
        let kind = if is_secret { "secret" } else { "other key" };
        return Err(CommandError::Usage(format!(
            "{kind} of {}: {rule}, followed by = and its value",
            entry.slug
        )));
    };
    Ok((key.to_owned(), value.to_owned()))
}

/// With the provider that the arguments name in place of its index in a configuration.
fn plain(error: &StackError, provider: Option<&str>) -> CommandError {
    let text = error.to_string();
    CommandError::Usage(match provider {
        Some(slug) => text.replace("providers[0].", &format!("{slug}: ")).replace("providers[0]", slug),
        None => text,
    })
}

fn environment() -> HashMap<String, String> {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect()
}
