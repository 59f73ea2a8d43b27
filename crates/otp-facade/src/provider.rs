//! The trait.

use std::fmt::Debug;
use std::sync::Arc;

use async_trait::async_trait;

use crate::capabilities::Capabilities;
use crate::challenge::{Challenge, ChallengeId, Status, Verified};
use crate::error::Result;
use crate::request::{CreateRequest, VerifyRequest};

/// A service that sends one-time passwords and checks them.
///
/// The same words mean the same at every provider; what a provider lacks is refused before anything is sent, with
/// `Unsupported`, never ignored. There are no default bodies, so that a wrapper that forgets a verb does not compile.
///
/// All calls can be dropped at any time. What was sent by then was sent.
#[async_trait]
pub trait OtpProvider: Debug + Send + Sync + 'static {
    /// Name of this instance: the provider's slug unless another was set, so that two accounts can be told apart. It
    /// is part of every challenge's id.
    fn name(&self) -> &str;

    /// What this provider can do.
    fn capabilities(&self) -> Capabilities;

    /// Whether this instance issued the challenge.
    fn issued(&self, id: &ChallengeId) -> bool;

    /// Starts a challenge. **It may cost money and send a message, each time it is called.**
    ///
    /// - An option that the provider lacks is refused as unsupported, and nothing is sent.
    /// - A value out of bounds is refused with the range in the text, and nothing is sent.
    /// - The id of the challenge survives text and back, and carries the name of the instance.
    /// - After an error, another create is another message unless `may_have_acted` is false.
    async fn create(&self, request: &CreateRequest) -> Result<Challenge>;

    /// Checks a code. **It spends one of a few tries, each time it is called.**
    ///
    /// - `Ok` means that the provider accepted the code, and nothing else does.
    /// - A wrong code is an error of kind `Rejected`.
    /// - A code is accepted once.
    /// - A challenge of another instance is refused, and nothing is sent.
    /// - An empty, dotted or over-long code is refused, and nothing is sent.
    async fn verify(&self, request: &VerifyRequest) -> Result<Verified>;

    /// Ends a challenge: its code is no longer accepted.
    ///
    /// - A cancelled challenge does not accept its code.
    /// - A verified challenge stays verified.
    /// - Cancelling twice does no harm; the second may say that it does not know the challenge any more.
    async fn cancel(&self, id: &ChallengeId) -> Result<()>;

    /// Reads where a challenge stands. It sends no message and spends no try.
    ///
    /// - A status that this version does not know is `Unknown`, not an error.
    async fn status(&self, id: &ChallengeId) -> Result<Status>;
}

macro_rules! forward {
    ($pointer:ident) => {
        #[async_trait]
        impl<P: OtpProvider + ?Sized> OtpProvider for $pointer<P> {
            fn name(&self) -> &str {
                (**self).name()
            }

            fn capabilities(&self) -> Capabilities {
                (**self).capabilities()
            }

            fn issued(&self, id: &ChallengeId) -> bool {
                (**self).issued(id)
            }

            async fn create(&self, request: &CreateRequest) -> Result<Challenge> {
                (**self).create(request).await
            }

            async fn verify(&self, request: &VerifyRequest) -> Result<Verified> {
                (**self).verify(request).await
            }

            async fn cancel(&self, id: &ChallengeId) -> Result<()> {
                (**self).cancel(id).await
            }

            async fn status(&self, id: &ChallengeId) -> Result<Status> {
                (**self).status(id).await
            }
        }
    };
}

forward!(Arc);
forward!(Box);
