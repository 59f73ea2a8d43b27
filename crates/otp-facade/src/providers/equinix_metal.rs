//! Equinix Metal: codes by SMS to the owner of the API key.
//! <https://deploy.equinix.com/developers/api/metal/>

#[cfg(feature = "config")]
mod config;

#[cfg(feature = "config")]
pub use config::EquinixMetalConfig;

use std::sync::Arc;

use equinix_metal_otp::types::ErrorResponse;
use otp_transport::{ConfigError, Secret};
use serde_json::{Map, Value};

use super::builder::{ClientProvider, ProviderBuilder};
use super::error_mapping::{Classification, VendorError, is_success_without_content, map_error};
use super::vendor::{Vendor, otp_provider};
use crate::capabilities::{Capabilities, RecipientKind};
use crate::challenge::{Challenge, ChallengeId, Status, Verified};
use crate::channel::Channel;
use crate::error::{Error, ErrorKind, Operation, Rejection, Result};
use crate::request::{CreateRequest, VerifyRequest};
use crate::secret::Code;

type ClientError = equinix_metal_otp::Error<ErrorResponse>;

/// Equinix Metal: codes by SMS to the owner of the API key.
///
/// It has create and verify, and no options. A challenge has no id of its own: all challenges of one instance are one,
/// and the newest code counts. A create while one is pending is a resend of it. Expiry and the number of attempts are not documented.
#[derive(Clone, Debug)]
pub struct EquinixMetal {
    name: String,
    client: equinix_metal_otp::Client,
    capabilities: Arc<Capabilities>,
}

impl ClientProvider for EquinixMetal {
    type Client = equinix_metal_otp::Client;
    type Settings = ();
    const SLUG: &'static str = "equinix-metal";

    fn from_client(name: String, client: Self::Client, (): ()) -> std::result::Result<Self, ConfigError> {
        let capabilities = Capabilities {
            resends: true,
            owner: owner(&client),
            ..Capabilities::new(RecipientKind::Owner, [Channel::Sms])
        };
        Ok(Self { name, client, capabilities: Arc::new(capabilities) })
    }
}

impl ProviderBuilder<EquinixMetal> {
    /// The user's or project's API key.
    pub fn auth_token(self, token: impl Into<Secret>) -> Self {
        self.credential(equinix_metal_otp::Credential::auth_token(token))
    }
}

impl EquinixMetal {
    /// Starts to set up the provider.
    pub fn builder() -> ProviderBuilder<Self> {
        ProviderBuilder::new()
    }

    /// The client underneath.
    pub fn client(&self) -> &equinix_metal_otp::Client {
        &self.client
    }

    /// The recovery codes of the owner of the API key: long-lived secrets.
    ///
    /// # Errors
    ///
    /// As the operations of the trait. The error names the operation `status`, because this changes nothing.
    pub async fn recovery_codes(&self) -> Result<Vec<Code>> {
        let answer = self.client.find_recovery_codes().send().await;
        let answer = answer.map_err(|error| {
            classify(&error, Operation::Status).with_origin(&self.name, Operation::Status)
        })?;
        let codes = answer.into_inner().recovery_codes.unwrap_or_default();
        Ok(codes.iter().map(|code| Code::from(code.expose())).collect())
    }
}

/// An API key stays the same for years, and has one owner. Its hash tells owners apart and says nothing about the key.
#[cfg(feature = "guard")]
fn owner(client: &equinix_metal_otp::Client) -> Option<String> {
    use equinix_metal_otp::ClientInfo as _;
    use sha2::Digest as _;

    let key = client.inner().static_secret()?;
    Some(data_encoding::HEXLOWER.encode(&sha2::Sha256::digest(key.expose())))
}

/// Only a guard counts owners.
#[cfg(not(feature = "guard"))]
fn owner(_: &equinix_metal_otp::Client) -> Option<String> {
    None
}

otp_provider!(EquinixMetal);

impl Vendor for EquinixMetal {
    /// A challenge has no id of its own.
    type Parts = ();
    /// A create sends no body.
    type Body = ();

    fn name(&self) -> &str {
        &self.name
    }

    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    fn parts(&self, _: &ChallengeId) -> Result<()> {
        Ok(())
    }

    fn body(&self, _: &CreateRequest) -> Result<()> {
        Ok(())
    }

    async fn create(&self, _: &CreateRequest, (): ()) -> Result<Challenge> {
        match self.client.receive_codes().send().await {
            Err(error) if !is_success_without_content(&error) => Err(classify(&error, Operation::Create)),
            _ => Ok(Challenge::new(ChallengeId::new(&self.name, &[]), Channel::Sms)),
        }
    }

    async fn verify(&self, (): (), request: &VerifyRequest) -> Result<Verified> {
        match self.client.find_ensure_otp().otp(request.code.secret()).send().await {
            Ok(_) => Ok(Verified::new(request.id.clone())),
            Err(error) if is_session_token(&error) => Ok(Verified::new(request.id.clone())),
            Err(error) => Err(classify(&error, Operation::Verify)),
        }
    }

    async fn cancel(&self, (): ()) -> Result<()> {
        Err(Error::unsupported("cancel"))
    }

    async fn status(&self, (): ()) -> Result<Status> {
        Err(Error::unsupported("status"))
    }
}

/// The documentation speaks of a session token, the contract of no content: a 200 or 201 with a token is an acceptance
/// too. Any other success is none: other services say 200 to a wrong code.
fn is_session_token(error: &ClientError) -> bool {
    let is_token = |(name, value): (&String, &Value)| {
        (name == "token" || name.ends_with("_token"))
            && value.as_str().is_some_and(|text| !text.trim().is_empty())
    };
    let accepts = |object: Map<String, Value>| {
        !object.contains_key("error") && !object.contains_key("errors") && object.iter().any(is_token)
    };
    let is_success = error.status().is_some_and(|status| matches!(status.as_u16(), 200 | 201));
    is_success && error.json_object().is_some_and(accepts)
}

/// The vendor's table. It has no codes.
fn classify(error: &ClientError, operation: Operation) -> Error {
    let body = error.body();
    let said = VendorError {
        is_vendor_error: body.is_some_and(|body| body.error.is_some() || body.errors.is_some()),
        message: body.and_then(|body| body.error.clone().or_else(|| body.errors.as_ref()?.first().cloned())),
        ..VendorError::default()
    };
    let status = error.status().map(|status| status.as_u16());
    let verdict = match (operation, status) {
        // Invalid and expired come in one response.
        (Operation::Verify, Some(400)) => {
            Some(Classification::from(ErrorKind::Rejected(Rejection::Unspecified)))
        }
        // It may be about the key, or about the code.
        (Operation::Verify, Some(401)) => Some(Classification {
            message: Some("the key is not accepted, or the code is wrong"),
            ..ErrorKind::Unauthorized.into()
        }),
        _ => None,
    };
    let converted = map_error(error, operation, said, verdict);
    match (operation, status) {
        (Operation::Verify, Some(401)) => converted.with_may_have_acted(true),
        _ => converted,
    }
}
