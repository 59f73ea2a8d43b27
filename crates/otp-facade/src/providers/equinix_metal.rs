//! Equinix Metal: codes by SMS to the owner of the API key.
//! <https://deploy.equinix.com/developers/api/metal/>

use async_trait::async_trait;
use equinix_metal_otp::types::ErrorResponse;
use otp_transport::Secret;

use super::builder::{Builder, Connected};
use super::failure::{Said, Verdict, convert};
use crate::capabilities::{Capabilities, RecipientNeed, admit_id};
use crate::challenge::{Challenge, ChallengeId, Status, Verified};
use crate::error::{Error, ErrorKind, Operation, Rejection, Result};
use crate::provider::OtpProvider;
use crate::request::{Channel, CreateRequest, VerifyRequest};
use crate::secret::Code;

type ClientError = equinix_metal_otp::Error<ErrorResponse>;

/// Equinix Metal: codes by SMS to the owner of the API key.
///
/// It has create and verify, and no options. A challenge has no id of its own: all challenges of one instance are one,
/// and the newest code counts. When codes expire, and how many tries there are, is not documented.
#[derive(Clone, Debug)]
pub struct EquinixMetal {
    name: String,
    client: equinix_metal_otp::Client,
}

impl Connected for EquinixMetal {
    type Client = equinix_metal_otp::Client;
    const SLUG: &'static str = "equinix-metal";

    fn from_client(name: String, client: Self::Client) -> Self {
        Self { name, client }
    }
}

impl Builder<EquinixMetal> {
    /// The user's or project's API key.
    pub fn auth_token(self, token: impl Into<Secret>) -> Self {
        self.credential(equinix_metal_otp::Credential::auth_token(token))
    }
}

impl EquinixMetal {
    /// Starts to set up the provider.
    pub fn builder() -> Builder<Self> {
        Builder::new()
    }

    /// The client underneath.
    pub fn client(&self) -> &equinix_metal_otp::Client {
        &self.client
    }

    /// The recovery codes of the owner of the API key: long-lived secrets.
    ///
    /// # Errors
    ///
    /// As the verbs; the operation is named `status`, because it changes nothing.
    pub async fn recovery_codes(&self) -> Result<Vec<Code>> {
        let answer = self.client.find_recovery_codes().send().await;
        let answer =
            answer.map_err(|error| table(&error, Operation::Status).at(&self.name, Operation::Status))?;
        let codes = answer.into_inner().recovery_codes.unwrap_or_default();
        Ok(codes.iter().map(|code| Code::from(code.expose())).collect())
    }
}

#[async_trait]
impl OtpProvider for EquinixMetal {
    fn name(&self) -> &str {
        &self.name
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities::new(RecipientNeed::Owner, [Channel::Sms])
    }

    fn issued(&self, id: &ChallengeId) -> bool {
        id.issuer() == self.name
    }

    async fn create(&self, request: &CreateRequest) -> Result<Challenge> {
        let at = |error: Error| error.at(&self.name, Operation::Create);
        self.capabilities().admit_create(request).map_err(at)?;
        let answer = self.client.receive_codes().send().await;
        answer.map_err(|error| at(table(&error, Operation::Create)))?;
        Ok(Challenge::new(ChallengeId::new(&self.name, &[]), Channel::Sms))
    }

    async fn verify(&self, request: &VerifyRequest) -> Result<Verified> {
        let at = |error: Error| error.at(&self.name, Operation::Verify);
        admit_id(&self.name, &request.id).map_err(at)?;
        self.capabilities().admit_verify(request).map_err(at)?;
        match self.client.find_ensure_otp().otp(request.code.secret()).send().await {
            Ok(_) => Ok(Verified::new(request.id.clone())),
            Err(error) if is_session_token(&error) => Ok(Verified::new(request.id.clone())),
            Err(error) => Err(at(table(&error, Operation::Verify))),
        }
    }

    async fn cancel(&self, id: &ChallengeId) -> Result<()> {
        let at = |error: Error| error.at(&self.name, Operation::Cancel);
        admit_id(&self.name, id).map_err(at)?;
        Err(at(Error::unsupported("cancel")))
    }

    async fn status(&self, id: &ChallengeId) -> Result<Status> {
        let at = |error: Error| error.at(&self.name, Operation::Status);
        admit_id(&self.name, id).map_err(at)?;
        Err(at(Error::unsupported("status")))
    }
}

/// The documentation speaks of a session token, the contract of no content: a 200 with JSON is an acceptance too. Any
/// other success is not: neither the page of a captive portal nor an error under a success may log anybody in.
fn is_session_token(error: &ClientError) -> bool {
    let media_type = error.headers().and_then(|headers| headers.get("content-type")?.to_str().ok());
    let is_json = media_type
        .is_some_and(|text| text.split(';').next().is_some_and(|text| text.trim() == "application/json"));
    let is_error = error.body().is_some_and(|body| body.error.is_some() || body.errors.is_some());
    error.status().is_some_and(|status| status.as_u16() == 200) && is_json && error.is_json() && !is_error
}

/// The vendor's table. It has no codes.
fn table(error: &ClientError, operation: Operation) -> Error {
    let is_documented = error.body().is_some_and(|body| body.error.is_some() || body.errors.is_some());
    let said = Said { is_documented, ..Said::default() };
    let status = error.status().map(|status| status.as_u16());
    let verdict = match (operation, status) {
        // Invalid and expired come in one answer.
        (Operation::Verify, Some(400)) => Some(Verdict::from(ErrorKind::Rejected(Rejection::Unspecified))),
        _ => None,
    };
    convert(error, operation, said, verdict)
}
