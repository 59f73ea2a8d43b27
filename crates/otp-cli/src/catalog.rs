//! The providers that can be configured, and the keys of each, read from the JSON Schema of the configuration.

use std::sync::LazyLock;

use otp_facade::config::StackConfig;
use serde_json::Value;

/// One provider of the configuration.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) slug: String,
    pub(crate) keys: Vec<Key>,
    /// The keys of its credential, and of those that can take its place: `api_key, bearer, or client_id and client_secret`.
    credential: String,
}

/// A key that only this provider has.
#[derive(Debug)]
pub(crate) struct Key {
    pub(crate) name: String,
    pub(crate) is_secret: bool,
    /// Whether its value is a string, whatever it looks like.
    pub(crate) is_text: bool,
    pub(crate) is_required: bool,
}

impl Entry {
    /// The environment variable of a key, such as `SMSCX_API_KEY`.
    pub(crate) fn variable(&self, key: &str) -> String {
        format!("{}_{key}", self.slug).to_uppercase().replace('-', "_")
    }

    /// The keys of each credential that it accepts.
    pub(crate) fn alternatives(&self) -> Vec<Vec<&str>> {
        let alternative = |text| str::trim_start_matches(str::trim(text), "or ").split(" and ").collect();
        self.credential.split(',').filter(|text| !text.is_empty()).map(alternative).collect()
    }

    /// The environment variables of the credential and of what the provider needs beside it.
    pub(crate) fn credentials(&self) -> String {
        let is_key = |word: &&str| self.keys.iter().any(|key| key.name == *word);
        let variable = |word: &str| {
            let key = word.trim_end_matches(',');
            if is_key(&key) { word.replace(key, &self.variable(key)) } else { word.to_owned() }
        };
        let credential = self.credential.split(' ').map(variable).collect::<Vec<_>>().join(" ");
        let settings = self.keys.iter().filter(|key| key.is_required && !key.is_secret);
        settings.map(|key| format!("{}; ", self.variable(&key.name))).collect::<String>() + &credential
    }
}

/// Keys that every provider has.
const COMMON: [&str; 6] = ["provider", "name", "base_url", "allow_http", "defaults", "optional"];

static ENTRIES: LazyLock<Vec<Entry>> = LazyLock::new(|| {
    let schema: Value = serde_json::from_str(&StackConfig::json_schema()).unwrap_or_default();
    let variants = schema.pointer("/$defs/ProviderConfig/oneOf").and_then(Value::as_array);
    variants.into_iter().flatten().filter_map(entry).collect()
});

pub(crate) fn entries() -> &'static [Entry] {
    &ENTRIES
}

pub(crate) fn find(slug: &str) -> Option<&'static Entry> {
    ENTRIES.iter().find(|entry| entry.slug == slug)
}

/// For clap, which lists them in the help and in an error.
pub(crate) fn slugs() -> clap::builder::PossibleValuesParser {
    ENTRIES.iter().map(|entry| entry.slug.as_str()).collect::<Vec<_>>().into()
}

fn entry(variant: &Value) -> Option<Entry> {
    let properties = variant.get("properties")?.as_object()?;
    let slug = variant.pointer("/properties/provider/const")?.as_str()?;
    let required = variant.get("required").and_then(Value::as_array);
    let is_required = |name: &str| required.is_some_and(|names| names.iter().any(|it| it == name));
    let own = properties.iter().filter(|(name, _)| !COMMON.contains(&name.as_str()));
    let keys = own.map(|(name, property)| Key {
        name: name.clone(),
        is_secret: property.to_string().contains("#/$defs/SecretSource"),
        is_text: property["type"].to_string().contains("\"string\""),
        is_required: is_required(name),
    });
    let credential = variant.get("x-credential").and_then(Value::as_str).unwrap_or_default();
    Some(Entry { slug: slug.to_owned(), keys: keys.collect(), credential: credential.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_schema_names_every_provider_with_its_keys() {
        let smscx = find("smscx").unwrap();
        let secrets: Vec<_> =
            smscx.keys.iter().filter(|key| key.is_secret).map(|key| key.name.as_str()).collect();
        assert_eq!(secrets, ["api_key", "bearer", "client_secret"]);
        assert_eq!(smscx.variable("api_key"), "SMSCX_API_KEY");
        assert_eq!(
            smscx.alternatives(),
            [vec!["api_key"], vec!["bearer"], vec!["client_id", "client_secret"]]
        );
        let bank = find("deutsche-bank").unwrap();
        assert!(bank.keys.iter().any(|key| key.name == "bearer" && key.is_secret && key.is_required));
        assert_eq!(bank.variable("bearer"), "DEUTSCHE_BANK_BEARER");
        assert!(find("memory").unwrap().keys.is_empty());
    }

    #[test]
    fn the_credentials_name_the_variable_of_every_secret_and_of_what_is_required() {
        for entry in entries() {
            let credentials = entry.credentials();
            let variables: Vec<_> =
                credentials.split([' ', ',', ';']).filter(|word| word.contains('_')).collect();
            for key in entry.alternatives().concat() {
                assert!(entry.keys.iter().any(|known| known.name == key), "{key} in {credentials}");
            }
            for key in &entry.keys {
                let variable = entry.variable(&key.name);
                let is_due = key.is_secret || key.is_required;
                assert!(!is_due || variables.contains(&variable.as_str()), "{variable} in {credentials}");
            }
            let is_known =
                |variable: &&str| entry.keys.iter().any(|key| entry.variable(&key.name) == *variable);
            assert!(variables.iter().all(is_known), "{credentials}");
        }
    }
}
