//! Configuration of a provider, by its slug.

use std::collections::HashMap;
#[cfg(feature = "twilio")]
use std::num::NonZeroU32;
#[cfg(feature = "twilio")]
use std::time::Duration;

use otp_transport::Transport;
use schemars::JsonSchema;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::defaults::DefaultsConfig;
use super::deserialize::deserialize_with_path;
use super::error::StackError;
#[cfg(feature = "_client")]
use super::secret::SecretSource;
use crate::provider::OtpProvider;
use crate::providers::*;

/// A provider. The key `provider` says which; the others are those of the variant's table.
///
/// Each variant needs the feature of its name, `memory` none.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema)]
#[schemars(tag = "provider", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum ProviderConfig {
    /// Agilicus, with a bearer token.
    #[cfg(feature = "agilicus")]
    Agilicus(BearerConfig),
    /// Deutsche Bank, with the access token of one customer.
    #[cfg(feature = "deutsche-bank")]
    DeutscheBank(BearerConfig),
    /// Equinix Metal, with the API key of a user or a project.
    #[cfg(feature = "equinix-metal")]
    EquinixMetal(EquinixMetalConfig),
    /// SMSCX, with an API key, a bearer token, or an application's id and secret.
    #[cfg(feature = "smscx")]
    Smscx(SmscxConfig),
    /// Twilio Verify, with an API key or the account's auth token.
    #[cfg(feature = "twilio")]
    Twilio(TwilioConfig),
    /// Vonage Verify, with an application's private key or the account's API key.
    #[cfg(feature = "vonage")]
    Vonage(VonageConfig),
    /// Messages that stay in this process, for trying out.
    Memory(MemoryConfig),
}

/// What the key `provider` may be in this build.
const SLUGS: &[&str] = &[
    #[cfg(feature = "agilicus")]
    "agilicus",
    #[cfg(feature = "deutsche-bank")]
    "deutsche-bank",
    #[cfg(feature = "equinix-metal")]
    "equinix-metal",
    "memory",
    #[cfg(feature = "smscx")]
    "smscx",
    #[cfg(feature = "twilio")]
    "twilio",
    #[cfg(feature = "vonage")]
    "vonage",
];

/// A provider that takes a bearer token.
#[cfg(any(feature = "agilicus", feature = "deutsche-bank"))]
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table")]
#[non_exhaustive]
pub struct BearerConfig {
    /// Name of this instance: 1 to 64 lower-case letters, digits, or `-_.`. What `provider` says by default.
    pub name: Option<String>,
    /// Base URL instead of the vendor's: https, or http to this machine.
    pub base_url: Option<String>,
    /// Allows http to another machine. The network can then read credential and codes.
    #[serde(default)]
    pub allow_http: bool,
    /// Source of the bearer token.
    pub bearer: SecretSource,
    /// Options of this provider for requests that do not set them.
    #[serde(default)]
    pub defaults: DefaultsConfig,
    /// Whether this provider is passed over for a recipient that lacks what it needs, such as a user id. It needs two providers.
    #[serde(default)]
    pub optional: bool,
}

/// Equinix Metal.
#[cfg(feature = "equinix-metal")]
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table")]
#[non_exhaustive]
pub struct EquinixMetalConfig {
    /// Name of this instance: 1 to 64 lower-case letters, digits, or `-_.`. What `provider` says by default.
    pub name: Option<String>,
    /// Base URL instead of the vendor's: https, or http to this machine.
    pub base_url: Option<String>,
    /// Allows http to another machine. The network can then read credential and codes.
    #[serde(default)]
    pub allow_http: bool,
    /// Source of the API key.
    pub auth_token: SecretSource,
    /// Options of this provider for requests that do not set them.
    #[serde(default)]
    pub defaults: DefaultsConfig,
    /// Whether this provider is passed over for a recipient that lacks what it needs, such as a user id. It needs two providers.
    #[serde(default)]
    pub optional: bool,
}

/// SMSCX, with one of three credentials: `api_key`, `bearer`, or `client_id` and `client_secret`.
#[cfg(feature = "smscx")]
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table")]
#[non_exhaustive]
pub struct SmscxConfig {
    /// Name of this instance: 1 to 64 lower-case letters, digits, or `-_.`. What `provider` says by default.
    pub name: Option<String>,
    /// Base URL instead of the vendor's: https, or http to this machine.
    pub base_url: Option<String>,
    /// Allows http to another machine. The network can then read credential and codes.
    #[serde(default)]
    pub allow_http: bool,
    /// Source of the account's API key.
    pub api_key: Option<SecretSource>,
    /// Source of the bearer token.
    pub bearer: Option<SecretSource>,
    /// An application's id.
    pub client_id: Option<String>,
    /// Source of the application's secret.
    pub client_secret: Option<SecretSource>,
    /// Options of this provider for requests that do not set them.
    #[serde(default)]
    pub defaults: DefaultsConfig,
    /// Whether this provider is passed over for a recipient that lacks what it needs, such as a user id. It needs two providers.
    #[serde(default)]
    pub optional: bool,
}

/// Twilio Verify, with one of two credentials: `api_key_sid` and `api_key_secret`, or `account_sid` and `auth_token`.
#[cfg(feature = "twilio")]
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table")]
#[non_exhaustive]
pub struct TwilioConfig {
    /// Name of this instance: 1 to 64 lower-case letters, digits, or `-_.`. What `provider` says by default.
    pub name: Option<String>,
    /// Base URL instead of the vendor's: https, or http to this machine.
    pub base_url: Option<String>,
    /// Allows http to another machine. The network can then read credential and codes.
    #[serde(default)]
    pub allow_http: bool,
    /// SID of the Verify service, `VA…`.
    pub service_sid: String,
    /// SID of an API key, `SK…`.
    pub api_key_sid: Option<String>,
    /// Source of the API key's secret.
    pub api_key_secret: Option<SecretSource>,
    /// SID of the account, `AC…`.
    pub account_sid: Option<String>,
    /// Source of the account's auth token.
    pub auth_token: Option<SecretSource>,
    /// Brand in the message instead of the service's friendly name.
    pub brand: Option<String>,
    /// How long the service's codes are good for, in seconds. 600 by default.
    pub lifetime_seconds: Option<NonZeroU32>,
    /// Whether the service has PSD2 enabled.
    #[serde(default)]
    pub psd2: bool,
    /// Options of this provider for requests that do not set them.
    #[serde(default)]
    pub defaults: DefaultsConfig,
    /// Whether this provider is passed over for a recipient that lacks what it needs, such as a user id. It needs two providers.
    #[serde(default)]
    pub optional: bool,
}

/// Vonage Verify, with one of two credentials: `application_id` and `private_key`, or `api_key` and `api_secret`.
#[cfg(feature = "vonage")]
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table")]
#[non_exhaustive]
pub struct VonageConfig {
    /// Name of this instance: 1 to 64 lower-case letters, digits, or `-_.`. What `provider` says by default.
    pub name: Option<String>,
    /// Base URL instead of the vendor's: https, or http to this machine.
    pub base_url: Option<String>,
    /// Allows http to another machine. The network can then read credential and codes.
    #[serde(default)]
    pub allow_http: bool,
    /// Brand in the message, 1 to 18 characters.
    pub brand: String,
    /// Id of an application, a UUID.
    pub application_id: Option<String>,
    /// Source of the application's private key, in PEM.
    pub private_key: Option<SecretSource>,
    /// The account's API key.
    pub api_key: Option<String>,
    /// Source of the account's API secret.
    pub api_secret: Option<SecretSource>,
    /// WhatsApp number that sends, in E.164 form without the plus sign.
    pub whatsapp_sender: Option<String>,
    /// RCS agent that sends.
    pub rcs_sender: Option<String>,
    /// E-mail address that sends, instead of Vonage's.
    pub email_sender: Option<String>,
    /// Options of this provider for requests that do not set them.
    #[serde(default)]
    pub defaults: DefaultsConfig,
    /// Whether this provider is passed over for a recipient that lacks what it needs, such as a user id. It needs two providers.
    #[serde(default)]
    pub optional: bool,
}

/// Messages that stay in this process.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table")]
#[non_exhaustive]
pub struct MemoryConfig {
    /// Name of this instance. `memory` by default.
    pub name: Option<String>,
    /// Options of this provider for requests that do not set them.
    #[serde(default)]
    pub defaults: DefaultsConfig,
    /// Whether this provider is passed over for a recipient that lacks what it needs, such as a user id. It needs two providers.
    #[serde(default)]
    pub optional: bool,
}

impl ProviderConfig {
    /// Reads the tag and then the rest by itself, because a derived one forgets the path of the key.
    pub(super) fn read(entry: Value) -> Result<Self, StackError> {
        let Value::Object(mut fields) = entry else {
            return Err(StackError::new("", "must be a table"));
        };
        let provider = fields.remove("provider");
        let fields = Value::Object(fields);
        match provider.as_ref().and_then(Value::as_str) {
            #[cfg(feature = "agilicus")]
            Some("agilicus") => deserialize_with_path(fields).map(Self::Agilicus),
            #[cfg(feature = "deutsche-bank")]
            Some("deutsche-bank") => deserialize_with_path(fields).map(Self::DeutscheBank),
            #[cfg(feature = "equinix-metal")]
            Some("equinix-metal") => deserialize_with_path(fields).map(Self::EquinixMetal),
            #[cfg(feature = "smscx")]
            Some("smscx") => deserialize_with_path(fields).map(Self::Smscx),
            #[cfg(feature = "twilio")]
            Some("twilio") => deserialize_with_path(fields).map(Self::Twilio),
            #[cfg(feature = "vonage")]
            Some("vonage") => deserialize_with_path(fields).map(Self::Vonage),
            Some("memory") => deserialize_with_path(fields).map(Self::Memory),
            _ => Err(StackError::new("provider", format!("must be one of {}", SLUGS.join(", ")))),
        }
    }

    /// Its defaults, and whether it is optional.
    fn options(&self) -> (&DefaultsConfig, bool) {
        match self {
            #[cfg(feature = "agilicus")]
            Self::Agilicus(config) => (&config.defaults, config.optional),
            #[cfg(feature = "deutsche-bank")]
            Self::DeutscheBank(config) => (&config.defaults, config.optional),
            #[cfg(feature = "equinix-metal")]
            Self::EquinixMetal(config) => (&config.defaults, config.optional),
            #[cfg(feature = "smscx")]
            Self::Smscx(config) => (&config.defaults, config.optional),
            #[cfg(feature = "twilio")]
            Self::Twilio(config) => (&config.defaults, config.optional),
            #[cfg(feature = "vonage")]
            Self::Vonage(config) => (&config.defaults, config.optional),
            Self::Memory(config) => (&config.defaults, config.optional),
        }
    }

    /// Whether it is passed over for a recipient that lacks what it needs.
    pub fn is_optional(&self) -> bool {
        self.options().1
    }

    /// Builds the provider with its defaults. `key` is where its table is.
    pub(super) fn build(
        self,
        key: &str,
        transport: &Transport,
        environment: &HashMap<String, String>,
    ) -> Result<Box<dyn OtpProvider>, StackError> {
        let defaults = self.options().0.clone();
        let provider = self.build_provider(key, transport, environment)?;
        defaults.build(&format!("{key}.defaults"), provider, environment)
    }

    fn build_provider(
        self,
        key: &str,
        transport: &Transport,
        environment: &HashMap<String, String>,
    ) -> Result<Box<dyn OtpProvider>, StackError> {
        #[cfg(not(feature = "_client"))]
        let _ = (key, transport, environment);
        #[cfg(feature = "_client")]
        let site = Site { key, transport, environment };
        Ok(match self {
            #[cfg(feature = "agilicus")]
            Self::Agilicus(config) => {
                let builder = Agilicus::builder().bearer(site.secret("bearer", &config.bearer)?);
                site.finish(builder, "bearer", config.name, config.base_url, config.allow_http)?
            }
            #[cfg(feature = "deutsche-bank")]
            Self::DeutscheBank(config) => {
                let builder = DeutscheBank::builder().bearer(site.secret("bearer", &config.bearer)?);
                site.finish(builder, "bearer", config.name, config.base_url, config.allow_http)?
            }
            #[cfg(feature = "equinix-metal")]
            Self::EquinixMetal(config) => {
                let builder = EquinixMetal::builder();
                let builder = builder.auth_token(site.secret("auth_token", &config.auth_token)?);
                site.finish(builder, "auth_token", config.name, config.base_url, config.allow_http)?
            }
            #[cfg(feature = "smscx")]
            Self::Smscx(config) => {
                let (builder, credential) = config.credential(&site)?;
                site.finish(builder, credential, config.name, config.base_url, config.allow_http)?
            }
            #[cfg(feature = "twilio")]
            Self::Twilio(config) => {
                let (builder, credential) = config.builder(&site)?;
                site.finish(builder, credential, config.name, config.base_url, config.allow_http)?
            }
            #[cfg(feature = "vonage")]
            Self::Vonage(config) => {
                let (builder, credential) = config.builder(&site)?;
                site.finish(builder, credential, config.name, config.base_url, config.allow_http)?
            }
            Self::Memory(config) => match config.name {
                Some(name) => Box::new(InMemory::new().with_name(name)),
                None => Box::new(InMemory::new()),
            },
        })
    }
}

impl<'de> Deserialize<'de> for ProviderConfig {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::read(Value::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

#[cfg(feature = "smscx")]
impl SmscxConfig {
    /// A builder with the credential, and the key of it.
    fn credential(&self, site: &Site<'_>) -> Result<(ProviderBuilder<Smscx>, &'static str), StackError> {
        let builder = Smscx::builder();
        match (&self.api_key, &self.bearer, &self.client_id, &self.client_secret) {
            (Some(key), None, None, None) => Ok((builder.api_key(site.secret("api_key", key)?), "api_key")),
            (None, Some(token), None, None) => Ok((builder.bearer(site.secret("bearer", token)?), "bearer")),
            (None, None, Some(id), Some(secret)) => {
                let secret = site.secret("client_secret", secret)?;
                Ok((builder.client_credentials(id, secret), "client_secret"))
            }
            _ => Err(StackError::new(
                site.key,
                "must have one credential: api_key, bearer, or client_id and client_secret",
            )),
        }
    }
}

#[cfg(feature = "twilio")]
impl TwilioConfig {
    /// A builder with the credential and the settings, and the key of the credential.
    fn builder(&self, site: &Site<'_>) -> Result<(ProviderBuilder<Twilio>, &'static str), StackError> {
        let builder = Twilio::builder().service_sid(&self.service_sid);
        let account = (&self.account_sid, &self.auth_token);
        let (mut builder, credential) = match (account, &self.api_key_sid, &self.api_key_secret) {
            ((Some(sid), Some(token)), None, None) => {
                (builder.auth_token(sid.as_str(), site.secret("auth_token", token)?), "auth_token")
            }
            ((None, None), Some(sid), Some(secret)) => {
                (builder.api_key(sid.as_str(), site.secret("api_key_secret", secret)?), "api_key_secret")
            }
            _ => {
                return Err(StackError::new(
                    site.key,
                    "must have one credential: account_sid and auth_token, or api_key_sid and api_key_secret",
                ));
            }
        };
        if let Some(brand) = &self.brand {
            builder = builder.brand(brand);
        }
        if let Some(seconds) = self.lifetime_seconds {
            builder = builder.lifetime(Duration::from_secs(seconds.get().into()));
        }
        if self.psd2 {
            builder = builder.psd2();
        }
        Ok((builder, credential))
    }
}

#[cfg(feature = "vonage")]
impl VonageConfig {
    /// A builder with the credential and the settings, and the key of the credential.
    fn builder(&self, site: &Site<'_>) -> Result<(ProviderBuilder<Vonage>, &'static str), StackError> {
        let builder = Vonage::builder().brand(&self.brand);
        let application = (&self.application_id, &self.private_key);
        let (mut builder, credential) = match (application, &self.api_key, &self.api_secret) {
            ((Some(id), Some(key)), None, None) => {
                (builder.application(id, site.secret("private_key", key)?), "private_key")
            }
            ((None, None), Some(key), Some(secret)) => {
                (builder.api_key(key.as_str(), site.secret("api_secret", secret)?), "api_secret")
            }
            _ => {
                return Err(StackError::new(
                    site.key,
                    "must have one credential: application_id and private_key, or api_key and api_secret",
                ));
            }
        };
        if let Some(number) = &self.whatsapp_sender {
            builder = builder.whatsapp_sender(number);
        }
        if let Some(agent) = &self.rcs_sender {
            builder = builder.rcs_sender(agent);
        }
        if let Some(address) = &self.email_sender {
            builder = builder.email_sender(address);
        }
        Ok((builder, credential))
    }
}

/// Where a provider is built.
#[cfg(feature = "_client")]
struct Site<'a> {
    key: &'a str,
    transport: &'a Transport,
    environment: &'a HashMap<String, String>,
}

#[cfg(feature = "_client")]
impl Site<'_> {
    fn secret(&self, key: &str, source: &SecretSource) -> Result<crate::Secret, StackError> {
        source.read(&format!("{}.{key}", self.key), self.environment)
    }

    fn finish<P: ClientProvider + OtpProvider>(
        &self,
        mut builder: ProviderBuilder<P>,
        credential: &str,
        name: Option<String>,
        base_url: Option<String>,
        allow_http: bool,
    ) -> Result<Box<dyn OtpProvider>, StackError> {
        builder = builder.transport(self.transport.clone());
        if let Some(name) = name {
            builder = builder.name(name);
        }
        if let Some(base_url) = base_url {
            builder = builder.base_url(base_url);
        }
        if allow_http {
            builder = builder.allow_http();
        }
        let renamed = [("credential", credential), ("lifetime", "lifetime_seconds")];
        let error = |error| StackError::of_setting(self.key, &error, &renamed);
        Ok(Box::new(builder.build().map_err(error)?))
    }
}
