//! Vonage in a configuration.

use crate::config::{ClientConfig, SecretSource, Site, StackError, client_config};
use crate::providers::{ProviderBuilder, Vonage};

client_config! {
    /// Vonage Verify, with one of two credentials: `application_id` and `private_key`, or `api_key` and `api_secret`.
    VonageConfig {
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
    }
    secrets: private_key, api_secret
    credential: "application_id and private_key, or api_key and api_secret"
}

impl ClientConfig for VonageConfig {
    type Provider = Vonage;

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
            _ => return Err(Self::credential_error(site)),
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

    fn prepare_for_tests(&mut self) {
        // A made-up secret is no key that signs: in tests, the other credential takes its place.
        if let Some(private_key) = self.private_key.take() {
            self.application_id = None;
            self.api_key = Some("made-up".to_owned());
            self.api_secret = Some(private_key);
        }
    }
}
