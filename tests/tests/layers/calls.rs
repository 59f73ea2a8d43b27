//! The calls that the tests of the layers make.

use otp_facade::{ChallengeId, CreateRequest, Operation, OtpProvider, Recipient, Result, VerifyRequest};

pub(crate) fn request() -> CreateRequest {
    CreateRequest::new(Recipient::phone("+4915112345678").with_user_id("user-1"))
}

/// Calls an operation and drops its value: only errors matter here.
pub(crate) async fn call(provider: &dyn OtpProvider, operation: Operation, id: &ChallengeId) -> Result<()> {
    match operation {
        Operation::Create => provider.create(&request()).await.map(|_| ()),
        Operation::Verify => provider.verify(&VerifyRequest::new(id.clone(), "123456")).await.map(|_| ()),
        Operation::Cancel => provider.cancel(id).await,
        Operation::Status => provider.status(id).await.map(|_| ()),
    }
}
