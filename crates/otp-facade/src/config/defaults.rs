//! Configuration of a provider's defaults.

use std::collections::{BTreeMap, HashMap};
use std::num::NonZeroU32;

use schemars::JsonSchema;
use serde::Deserialize;

use super::error::StackError;
use super::layers::seconds;
use super::secret::SecretSource;
use crate::ext::OtpProviderExt;
use crate::layers::RequestDefaults;
use crate::provider::OtpProvider;
use crate::request::Alphabet;
use crate::webotp::webotp_template;

/// Options of one provider for requests that do not set them: `RequestDefaults`. The provider must support each.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, expecting = "a table")]
#[non_exhaustive]
pub struct DefaultsConfig {
    /// Lifetime of a code, in seconds.
    pub ttl_seconds: Option<NonZeroU32>,
    /// Number of wrong codes that end a challenge.
    pub max_attempts: Option<NonZeroU32>,
    /// Number of characters of a code.
    pub code_length: Option<NonZeroU32>,
    /// Character set of a code: `digits`, `letters` or `alphanumeric`.
    pub alphabet: Option<Alphabet>,
    /// What the phone shows as the sender.
    pub sender: Option<String>,
    /// Text of the message, where none of `templates` is for the request's language. `{{pin}}` is the place of the code.
    pub template: Option<String>,
    /// Texts of the message by language, ISO 639-1: `{ de = "…", en = "…" }`. A request may ask for each of these languages.
    pub templates: BTreeMap<String, String>,
    /// Host name of the website on which browsers fill in the code (WebOTP). Each template then ends with `@host #{{pin}}`.
    pub webotp_host: Option<String>,
    /// Language of requests that name none.
    pub language: Option<String>,
    /// Languages in which the provider's own texts are. A request may ask for them, although the provider cannot choose.
    pub own_languages: Vec<String>,
    /// Source of the URL that the provider calls when the status changes.
    pub callback_url: Option<SecretSource>,
}

/// Settings of the defaults whose key says its unit.
const RENAMED: &[(&str, &str)] = &[("ttl", "ttl_seconds")];

impl DefaultsConfig {
    /// Puts the defaults on the provider, if there are any. `key` is where their table is.
    pub(super) fn build(
        self,
        key: &str,
        provider: Box<dyn OtpProvider>,
        environment: &HashMap<String, String>,
    ) -> Result<Box<dyn OtpProvider>, StackError> {
        if self == Self::default() {
            return Ok(provider);
        }
        if self.webotp_host.is_some() && self.template.is_none() && self.templates.is_empty() {
            return Err(StackError::new(format!("{key}.webotp_host"), "must be left out without a template"));
        }
        let callback_url = self.callback_url.as_ref();
        let callback_url = callback_url
            .map(|source| source.read(&format!("{key}.callback_url"), environment))
            .transpose()?;
        let templates = self.templates.iter().map(|(language, text)| {
            let template = self.with_webotp(text, &format!("{key}.templates.{language}"), key)?;
            Ok((language.clone(), template))
        });
        let template = self.template.as_ref();
        let defaults = RequestDefaults {
            ttl: self.ttl_seconds.map(seconds),
            max_attempts: self.max_attempts.map(NonZeroU32::get),
            code_length: self.code_length.map(NonZeroU32::get),
            alphabet: self.alphabet,
            templates: templates.collect::<Result<_, StackError>>()?,
            template: template
                .map(|text| self.with_webotp(text, &format!("{key}.template"), key))
                .transpose()?,
            sender: self.sender,
            language: self.language,
            own_languages: self.own_languages,
            callback_url,
        };
        let provider = provider.with_defaults(defaults);
        Ok(Box::new(provider.map_err(|error| StackError::of_setting(key, &error, RENAMED))?))
    }

    /// The template with the line of WebOTP, if there is a host.
    fn with_webotp(&self, text: &str, template_key: &str, key: &str) -> Result<String, StackError> {
        let Some(host) = &self.webotp_host else { return Ok(text.to_owned()) };
        webotp_template(text, host).map_err(|error| match error.setting() {
            "template" => StackError::of_setting("", &error, &[("template", template_key)]),
            _ => StackError::of_setting(key, &error, &[]),
        })
    }
}
