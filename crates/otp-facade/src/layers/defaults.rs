//! Defaults: options of one provider for requests that do not set them.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use otp_transport::{ConfigError, Secret};

use super::language::iso_639_1;
use crate::capabilities::{Capabilities, unsupported_by_channel};
use crate::challenge::{Challenge, ChallengeId, Status, Verified};
use crate::channel::Channel;
use crate::error::{Operation, Result};
use crate::provider::OtpProvider;
use crate::request::{Alphabet, CreateRequest, Recipient, VerifyRequest};

/// Options that [`Defaults`] sets where a request does not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct RequestDefaults {
    /// Lifetime of a code, in whole seconds.
    pub ttl: Option<Duration>,
    /// Number of wrong codes that end a challenge.
    pub max_attempts: Option<u32>,
    /// Number of characters of a code.
    pub code_length: Option<u32>,
    /// Character set of a code.
    pub alphabet: Option<Alphabet>,
    /// What the phone shows as the sender, on the channels that take one.
    pub sender: Option<String>,
    /// Text of the message on the channels that take one, where none of the [`templates`](Self::templates) is for the request's language.
    pub template: Option<String>,
    /// Texts of the message by language, ISO 639-1. A request may ask for each of these languages.
    pub templates: BTreeMap<String, String>,
    /// Language of requests that name none.
    pub language: Option<String>,
    /// Languages, ISO 639-1, in which the provider's own texts are: a request may ask for them, although the provider cannot
    /// choose.
    pub own_languages: Vec<String>,
    /// URL that the provider calls when the status changes.
    pub callback_url: Option<Secret>,
}

impl RequestDefaults {
    /// No defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the lifetime of a code, in whole seconds.
    #[must_use]
    pub fn with_ttl(mut self, ttl: Duration) -> Self {
        self.ttl = Some(ttl);
        self
    }

    /// Sets the number of wrong codes that end a challenge.
    #[must_use]
    pub fn with_max_attempts(mut self, max_attempts: u32) -> Self {
        self.max_attempts = Some(max_attempts);
        self
    }

    /// Sets the number of characters of a code.
    #[must_use]
    pub fn with_code_length(mut self, code_length: u32) -> Self {
        self.code_length = Some(code_length);
        self
    }

    /// Sets the character set of a code.
    #[must_use]
    pub fn with_alphabet(mut self, alphabet: Alphabet) -> Self {
        self.alphabet = Some(alphabet);
        self
    }

    /// Sets what the phone shows as the sender.
    #[must_use]
    pub fn with_sender(mut self, sender: impl Into<String>) -> Self {
        self.sender = Some(sender.into());
        self
    }

    /// Sets the text of the message for requests without a language that has a text of its own.
    #[must_use]
    pub fn with_template(mut self, template: impl Into<String>) -> Self {
        self.template = Some(template.into());
        self
    }

    /// Sets the text of the message for requests in this language, ISO 639-1, such as `de`. Call it once per language.
    #[must_use]
    pub fn with_template_for(mut self, language: impl Into<String>, template: impl Into<String>) -> Self {
        self.templates.insert(language.into(), template.into());
        self
    }

    /// Sets the language of requests that name none.
    #[must_use]
    pub fn with_language(mut self, language: impl Into<String>) -> Self {
        self.language = Some(language.into());
        self
    }

    /// Sets the languages in which the provider's own texts are. A request may then ask for them.
    #[must_use]
    pub fn with_own_languages<L: Into<String>>(mut self, languages: impl IntoIterator<Item = L>) -> Self {
        self.own_languages = languages.into_iter().map(Into::into).collect();
        self
    }

    /// Sets the URL that the provider calls when the status changes.
    #[must_use]
    pub fn with_callback_url(mut self, callback_url: impl Into<Secret>) -> Self {
        self.callback_url = Some(callback_url.into());
        self
    }

    /// Requests of which each has one of the defaults, with the setting's name. Sender and template are on a channel that takes them,
    /// if there is one.
    fn one_by_one(&self, able: &Capabilities) -> Vec<(&'static str, CreateRequest)> {
        let plain = || CreateRequest::new(Recipient::owner());
        let by_channel = |takes: fn(&Capabilities, Channel) -> bool| {
            let channel = able.channels.iter().copied().find(|channel| takes(able, *channel));
            channel.map_or_else(plain, |channel| plain().with_channel(channel))
        };
        let sender = |sender: &String| by_channel(Capabilities::takes_sender).with_sender(sender);
        let template = |text: &String| by_channel(Capabilities::takes_template).with_template(text);
        let mut requests: Vec<_> =
            self.templates.values().map(|text| ("templates", template(text))).collect();
        let options = [
            ("ttl", self.ttl.map(|ttl| plain().with_ttl(ttl))),
            ("max_attempts", self.max_attempts.map(|max_attempts| plain().with_max_attempts(max_attempts))),
            ("code_length", self.code_length.map(|code_length| plain().with_code_length(code_length))),
            ("alphabet", self.alphabet.map(|alphabet| plain().with_alphabet(alphabet))),
            ("sender", self.sender.as_ref().map(sender)),
            ("template", self.template.as_ref().map(template)),
            ("language", self.language.as_ref().map(|language| plain().with_language(language))),
            ("callback_url", self.callback_url.clone().map(|url| plain().with_callback_url(url))),
        ];
        requests.extend(options.into_iter().filter_map(|(setting, request)| Some((setting, request?))));
        requests
    }
}

/// Sets options of one provider where the request does not.
///
/// Behind one name may stand providers with different options, and a request can only set those that all of them have. With
/// defaults, each has its own: six digits and a sender at one provider, and at the next what it can do.
///
/// - **An option of the request wins**, and is honored or refused as without defaults.
/// - **The template is chosen by the request's language.** The languages of the templates count as supported, in addition to
///   those of the provider.
/// - **A sender or a template is set on the channels that take one**: see [`Capabilities::sender_channels`] and
///   [`template_channels`](Capabilities::template_channels). On the others, a language that only a template has is refused.
/// - **Defaults are checked once**, against the provider's capabilities.
///
/// ```
/// # #[cfg(feature = "smscx")] {
/// use otp_facade::{OtpProvider, OtpProviderExt, RequestDefaults, Smscx, webotp_template};
///
/// let defaults = RequestDefaults::new()
///     .with_code_length(6)
///     .with_template_for("de", webotp_template("{{pin}} ist Ihr Code.", "login.example.com")?)
///     .with_template_for("en", webotp_template("{{pin}} is your code.", "login.example.com")?);
/// let provider = Smscx::builder().api_key("key").build()?.with_defaults(defaults)?;
/// assert_eq!(provider.capabilities().languages, ["de", "en"]);
/// # }
/// # Ok::<(), otp_facade::ConfigError>(())
/// ```
#[derive(Clone)]
pub struct Defaults<P> {
    inner: P,
    defaults: RequestDefaults,
    /// Those of the provider, and the languages of the defaults.
    capabilities: Capabilities,
}

impl<P: OtpProvider> Defaults<P> {
    /// Sets `defaults` in each request to `inner` that does not set them itself.
    ///
    /// # Errors
    ///
    /// If the provider does not support a default, or a language is not of two lower-case letters.
    pub fn new(inner: P, defaults: RequestDefaults) -> std::result::Result<Self, ConfigError> {
        let mut capabilities = inner.capabilities().clone();
        let of_templates = defaults.templates.keys().map(|language| ("templates", language));
        let own = defaults.own_languages.iter().map(|language| ("own_languages", language));
        for (setting, language) in of_templates.chain(own) {
            let rule = "must be by language: two lower-case letters (ISO 639-1)";
            let language = iso_639_1(language).ok_or_else(|| ConfigError::new(setting, rule))?;
            if !capabilities.languages.contains(&language) {
                capabilities.languages.push(language);
            }
        }
        for (setting, request) in defaults.one_by_one(&capabilities) {
            capabilities.validate_options(&request).map_err(|error| {
                // The first word is the option, which is the setting.
                let message = error.message().unwrap_or_default();
                let rule = message.split_once(' ').map_or(message, |(_, rule)| rule);
                ConfigError::new(setting, format!("{rule}, by the capabilities of {}", inner.name()))
            })?;
        }
        Ok(Self { inner, defaults, capabilities })
    }

    /// Validates here too, because the inner provider does not see a language that it does not have.
    fn validate(&self, request: &CreateRequest) -> Result<()> {
        let checked =
            self.capabilities.validate_create(request).and_then(|()| self.validate_language(request));
        checked.map_err(|error| error.with_origin(self.name(), Operation::Create))
    }

    /// Refuses a language that only a template has, on a channel that takes no template: the message would be in another one.
    fn validate_language(&self, request: &CreateRequest) -> Result<()> {
        let (inner, channel) = (self.inner.capabilities(), self.inner.capabilities().channel(request));
        let is_spoken = |language: &String| {
            inner.languages.contains(&language.as_str()) || self.defaults.own_languages.contains(language)
        };
        match &request.language {
            Some(language) if !inner.takes_template(channel) && !is_spoken(language) => {
                Err(unsupported_by_channel("language", channel))
            }
            _ => Ok(()),
        }
    }

    /// The request with the defaults where it has no value of its own.
    fn complete(&self, request: &CreateRequest) -> CreateRequest {
        let (mut request, defaults) = (request.clone(), &self.defaults);
        request.ttl = request.ttl.or(defaults.ttl);
        request.max_attempts = request.max_attempts.or(defaults.max_attempts);
        request.code_length = request.code_length.or(defaults.code_length);
        request.alphabet = request.alphabet.or(defaults.alphabet);
        let inner = self.inner.capabilities();
        let channel = inner.channel(&request);
        let sender = defaults.sender.as_ref().filter(|_| inner.takes_sender(channel));
        request.sender = request.sender.or_else(|| sender.cloned());
        request.callback_url = request.callback_url.or_else(|| defaults.callback_url.clone());
        let language = request.language.or_else(|| defaults.language.clone());
        let of_language = language.as_ref().and_then(|language| defaults.templates.get(language));
        let template = of_language.or(defaults.template.as_ref()).filter(|_| inner.takes_template(channel));
        request.template = request.template.or_else(|| template.cloned());
        // A provider that cannot choose by the language has got the template, or speaks it anyway.
        request.language = language.filter(|language| inner.languages.contains(&language.as_str()));
        request
    }
}

#[async_trait]
impl<P: OtpProvider> OtpProvider for Defaults<P> {
    fn name(&self) -> &str {
        self.inner.name()
    }

    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    fn issuers(&self) -> Vec<&str> {
        self.inner.issuers()
    }

    fn check_create(&self, request: &CreateRequest) -> Result<()> {
        self.validate(request)?;
        self.inner.check_create(&self.complete(request))
    }

    async fn create(&self, request: &CreateRequest) -> Result<Challenge> {
        self.validate(request)?;
        self.inner.create(&self.complete(request)).await
    }

    async fn verify(&self, request: &VerifyRequest) -> Result<Verified> {
        self.inner.verify(request).await
    }

    async fn cancel(&self, id: &ChallengeId) -> Result<()> {
        self.inner.cancel(id).await
    }

    async fn status(&self, id: &ChallengeId) -> Result<Status> {
        self.inner.status(id).await
    }

    async fn ready(&self) -> Result<()> {
        self.inner.ready().await
    }
}

impl<P: fmt::Debug> fmt::Debug for Defaults<P> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("Defaults").field(&self.inner).finish()
    }
}
