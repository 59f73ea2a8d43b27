//! What a vendor implements, and the checks that stand around it.
//!
//! A vendor knows its API and nothing else. That a request is within its capabilities, that an id is its own, and that
//! an error names provider and operation is done here, once for all, so that no vendor can forget it.

use crate::capabilities::Capabilities;
use crate::challenge::{Challenge, ChallengeId, Status, Verified};
use crate::error::{Error, Operation, Result};
use crate::request::{CreateRequest, VerifyRequest};

/// One vendor's API: its capabilities and the four calls, without checks.
pub(crate) trait Vendor: Send + Sync {
    /// What the id of one of its challenges holds.
    type Parts: Send;

    /// What a create sends.
    type Body: Send;

    /// Name of this instance.
    fn name(&self) -> &str;

    fn capabilities(&self) -> &Capabilities;

    /// Reads an id that this instance issued.
    fn parts(&self, id: &ChallengeId) -> Result<Self::Parts>;

    /// Builds what a create sends, and refuses what the API does not take. It sends nothing.
    fn body(&self, request: &CreateRequest) -> Result<Self::Body>;

    fn create(
        &self,
        request: &CreateRequest,
        body: Self::Body,
    ) -> impl Future<Output = Result<Challenge>> + Send;

    fn verify(
        &self,
        challenge: Self::Parts,
        request: &VerifyRequest,
    ) -> impl Future<Output = Result<Verified>> + Send;

    /// Only called if the capabilities have it.
    fn cancel(&self, challenge: Self::Parts) -> impl Future<Output = Result<()>> + Send;

    /// Only called if the capabilities have it.
    fn status(&self, challenge: Self::Parts) -> impl Future<Output = Result<Status>> + Send;
}

pub(super) fn check_create<V: Vendor>(vendor: &V, request: &CreateRequest) -> Result<()> {
    with_origin(vendor, Operation::Create, checked_body(vendor, request).map(drop))
}

fn checked_body<V: Vendor>(vendor: &V, request: &CreateRequest) -> Result<V::Body> {
    vendor.capabilities().validate_create(request)?;
    vendor.body(request)
}

pub(super) async fn create<V: Vendor>(vendor: &V, request: &CreateRequest) -> Result<Challenge> {
    let checked = async {
        let body = checked_body(vendor, request)?;
        vendor.create(request, body).await
    };
    with_origin(vendor, Operation::Create, checked.await)
}

pub(super) async fn verify<V: Vendor>(vendor: &V, request: &VerifyRequest) -> Result<Verified> {
    let checked = async {
        // The issuer comes first: a code must not travel to a provider that did not issue the challenge.
        let challenge = own_parts(vendor, &request.id)?;
        vendor.capabilities().validate_verify(request)?;
        vendor.verify(challenge, request).await
    };
    with_origin(vendor, Operation::Verify, checked.await)
}

pub(super) async fn cancel<V: Vendor>(vendor: &V, id: &ChallengeId) -> Result<()> {
    let checked = async {
        id.validate_issuer(vendor.name())?;
        match vendor.capabilities().cancel {
            true => vendor.cancel(vendor.parts(id)?).await,
            false => Err(Error::unsupported("cancel")),
        }
    };
    with_origin(vendor, Operation::Cancel, checked.await)
}

pub(super) async fn status<V: Vendor>(vendor: &V, id: &ChallengeId) -> Result<Status> {
    let checked = async {
        id.validate_issuer(vendor.name())?;
        match vendor.capabilities().status {
            true => vendor.status(vendor.parts(id)?).await,
            false => Err(Error::unsupported("status")),
        }
    };
    with_origin(vendor, Operation::Status, checked.await)
}

/// What the id of a challenge of this instance holds.
pub(super) fn own_parts<V: Vendor>(vendor: &V, id: &ChallengeId) -> Result<V::Parts> {
    id.validate_issuer(vendor.name())?;
    vendor.parts(id)
}

/// Puts provider and operation on the error of a call.
///
/// It takes the outcome and not the future of the call: an `async fn` stores a future that it is given twice, and these
/// are of some thousand bytes.
pub(super) fn with_origin<V: Vendor, T>(vendor: &V, operation: Operation, outcome: Result<T>) -> Result<T> {
    outcome.map_err(|error| error.with_origin(vendor.name(), operation))
}

/// Implements [`OtpProvider`](crate::OtpProvider) for a vendor by the checked calls above.
macro_rules! otp_provider {
    ($vendor:ty) => {
        #[async_trait::async_trait]
        impl crate::provider::OtpProvider for $vendor {
            fn name(&self) -> &str {
                $crate::providers::vendor::Vendor::name(self)
            }

            fn capabilities(&self) -> &$crate::Capabilities {
                $crate::providers::vendor::Vendor::capabilities(self)
            }

            fn issuers(&self) -> Vec<&str> {
                vec![$crate::providers::vendor::Vendor::name(self)]
            }

            fn check_create(&self, request: &$crate::CreateRequest) -> $crate::Result<()> {
                $crate::providers::vendor::check_create(self, request)
            }

            async fn create(&self, request: &$crate::CreateRequest) -> $crate::Result<$crate::Challenge> {
                $crate::providers::vendor::create(self, request).await
            }

            async fn verify(&self, request: &$crate::VerifyRequest) -> $crate::Result<$crate::Verified> {
                $crate::providers::vendor::verify(self, request).await
            }

            async fn cancel(&self, id: &$crate::ChallengeId) -> $crate::Result<()> {
                $crate::providers::vendor::cancel(self, id).await
            }

            async fn status(&self, id: &$crate::ChallengeId) -> $crate::Result<$crate::Status> {
                $crate::providers::vendor::status(self, id).await
            }
        }
    };
}

pub(super) use otp_provider;
