//! The trait `OtpProvider`.

use std::fmt::Debug;
use std::pin::Pin;
use std::sync::Arc;

use async_trait::async_trait;

use crate::capabilities::Capabilities;
use crate::challenge::{Challenge, ChallengeId, Status, Verified};
use crate::error::Result;
use crate::request::{CreateRequest, VerifyRequest};

/// A service that sends one-time passwords and checks them.
///
/// The four operations mean the same at every provider. What a provider lacks is refused with `Unsupported` before
/// anything is sent. It is never ignored. They have no default bodies: a wrapper that forgets an operation does not compile.
///
/// All calls can be dropped at any time. What was sent by then was sent. With the layer [`Detached`](crate::Detached), a call
/// runs to its end all the same.
///
/// # A provider of one's own
///
/// An operation begins with [`Capabilities::validate_create`], [`Capabilities::validate_verify`] or
/// [`ChallengeId::validate_issuer`], which refuse what cannot be honored. Ids are made by [`ChallengeId::new`], and
/// [`Error::with_origin`](crate::Error::with_origin) puts name and operation on errors. The crate `otp-conformance` has the
/// suite, and a complete provider that runs it in `examples/own_provider.rs`.
#[async_trait]
pub trait OtpProvider: Debug + Send + Sync + 'static {
    /// Name of this instance: the provider's slug unless another was set, so that two accounts can be told apart. It
    /// is part of every challenge's id.
    fn name(&self) -> &str;

    /// What this provider can do. Built once.
    fn capabilities(&self) -> &Capabilities;

    /// Names under which this provider issues challenges: its own, and those of all members if there is a failover
    /// inside. It has no side effects.
    fn issuers(&self) -> Vec<&str>;

    /// Starts a challenge. **It may cost money and send a message, each time it is called.**
    ///
    /// After an error, another create is another message unless [`Error::is_safe_to_repeat`](crate::Error) says that
    /// it can do no harm, or both have the same [idempotency key](CreateRequest::with_idempotency_key). What an implementor must do and a caller may rely on, each a case of the behaviour suite:
    ///
    /// - a challenge is started and names its channel
    /// - the id survives text and back
    /// - the id carries the name of the instance
    /// - a recipient without what the provider needs is refused and nothing is sent
    /// - a phone number that is not e164 is refused and nothing is sent
    /// - an email address that is none is refused and nothing is sent
    /// - an empty user id is refused and nothing is sent
    /// - an id with characters that nobody sees is refused and nothing is sent
    /// - a country that is no code is refused and nothing is sent
    /// - one request serves every provider
    /// - no debug output shows code or number
    ///
    /// And of the options:
    ///
    /// - a channel is honored or refused
    /// - a ttl is honored or refused
    /// - a number of attempts is honored or refused
    /// - a code length is honored or refused
    /// - an alphabet is honored or refused
    /// - a sender is honored or refused
    /// - a template is honored or refused
    /// - a language is honored or refused
    /// - a callback url is honored or refused
    /// - a tracking id is honored or refused
    /// - a rate limit key is honored or refused
    /// - a purpose is bound or refused
    /// - a subject is bound or refused
    /// - an idempotency key is honored or refused
    async fn create(&self, request: &CreateRequest) -> Result<Challenge>;

    /// Refuses a request that [`create`](Self::create) would refuse because of its own content. It sends nothing and counts
    /// nothing, and `Ok` is no promise that the create succeeds.
    ///
    /// A failover calls it for all its members before it calls the first one. A mistake then shows in the first call, and not in the
    /// first outage. Limits and allowed countries are not part of it, because members may differ in them.
    ///
    /// A provider of one's own overrides it if it has rules beyond its capabilities, and a wrapper forwards it. By default it
    /// validates the request against the capabilities.
    ///
    /// # Errors
    ///
    /// `Unsupported` or `InvalidRequest`, by the rules of create.
    fn check_create(&self, request: &CreateRequest) -> Result<()> {
        self.capabilities().validate_create(request)
    }

    /// Checks a code. **Each call uses one of a few attempts.** `Ok` means that the provider accepted
    /// the code, and nothing else does.
    ///
    /// It proves that somebody has the code, not whose challenge it was: take the id from the server's side of the
    /// session.
    ///
    /// After an error that [may have acted](crate::Error::may_have_acted) and is no rejection, the outcome is not known, and stays
    /// so: [`status`](Self::status) tells that *a* code was accepted, not *this* one. Let the user ask for a new code. The
    /// contract:
    ///
    /// - the right code is accepted
    /// - white space around a code does not matter
    /// - invisible characters in a code do not matter
    /// - digits of any script are read as digits
    /// - digits in groups are read as one code
    /// - a code is accepted once
    /// - a second challenge is another one unless each create is a resend
    /// - a second challenge is refused and nothing is sent where there is one at a time
    /// - a wrong code is rejected and may have used an attempt
    /// - the right code is accepted after a wrong one
    /// - the attempts left are reported where the provider knows them
    /// - the right code is rejected when the attempts are used up
    /// - the right code is rejected when the challenge has expired
    /// - an unknown challenge is refused
    /// - a challenge of another instance is refused and nothing is sent
    /// - an empty code is refused and nothing is sent
    /// - a dotted code is refused and nothing is sent
    /// - an over long code is refused and nothing is sent
    /// - a code with control characters is refused and nothing is sent
    /// - what cannot be a code is refused and nothing is sent
    /// - a code with leading zeros is checked as it is
    /// - a code of letters is checked or refused
    /// - a code that is not ascii is checked or refused
    /// - the right code is accepted exactly once however many ask
    /// - concurrent wrong codes never pass
    /// - a subject is checked or refused
    /// - a purpose is checked or refused
    /// - an error names provider and operation
    /// - no error shows code or number
    async fn verify(&self, request: &VerifyRequest) -> Result<Verified>;

    /// Ends a challenge: its code is no longer accepted. It may be repeated. The contract:
    ///
    /// - a cancelled challenge does not accept its code
    /// - cancelling twice does no harm
    /// - a verified challenge is not brought back by a cancel
    /// - cancelling an unknown challenge is refused
    /// - cancelling a challenge of another instance is refused and nothing is sent
    async fn cancel(&self, id: &ChallengeId) -> Result<()>;

    /// Reads where a challenge stands. It sends no message and may be repeated; a status that this version does not
    /// know is [`Status::Unknown`], not an error. The contract:
    ///
    /// - a new challenge is pending
    /// - a verified challenge says so or is gone
    /// - a cancelled challenge says so or is gone
    /// - an expired challenge is not pending
    /// - a challenge without attempts left is not verified
    /// - reading the status uses no attempt
    /// - the status of an unknown challenge is refused
    /// - the status of a challenge of another instance is refused and nothing is sent
    async fn status(&self, id: &ChallengeId) -> Result<Status>;

    /// Whether a call can succeed now, as far as that is known without a request to a provider. It is for readiness
    /// probes: it sends no message, costs nothing, and fetches no token.
    ///
    /// A guard reads from its store. A failover is not ready while the circuit breakers of all its members are open. A
    /// provider by itself is ready: its credential was checked for its form when it was built, and whether it is accepted
    /// only a request can tell. A provider of one's own needs no body of this, and a wrapper forwards it.
    ///
    /// Not ready is no reason to restart: a breaker closes by itself.
    ///
    /// # Errors
    ///
    /// `StoreUnavailable`, or `Unavailable` with the time until the next trial call.
    async fn ready(&self) -> Result<()> {
        Ok(())
    }
}

/// What `async_trait` makes of an `async fn`.
pub(crate) type Pending<'a, T> = Pin<Box<dyn Future<Output = Result<T>> + Send + 'a>>;

/// An operation that forwards the future of the inner one: as an `async fn` it would box it again.
macro_rules! forward_operation {
    ($operation:ident, $argument:ty, $value:ty) => {
        fn $operation<'a, 'b, 'c>(&'a self, argument: &'b $argument) -> Pending<'c, $value>
        where
            'a: 'c,
            'b: 'c,
            Self: 'c,
        {
            (**self).$operation(argument)
        }
    };
}

/// All methods, forwarded to what the type dereferences to.
macro_rules! forward_methods {
    () => {
        fn name(&self) -> &str {
            (**self).name()
        }

        fn capabilities(&self) -> &Capabilities {
            (**self).capabilities()
        }

        fn issuers(&self) -> Vec<&str> {
            (**self).issuers()
        }

        fn check_create(&self, request: &CreateRequest) -> $crate::Result<()> {
            (**self).check_create(request)
        }

        forward_operation!(create, CreateRequest, Challenge);
        forward_operation!(verify, VerifyRequest, Verified);
        forward_operation!(cancel, ChallengeId, ());
        forward_operation!(status, ChallengeId, Status);

        fn ready<'a, 'b>(&'a self) -> Pending<'b, ()>
        where
            'a: 'b,
            Self: 'b,
        {
            (**self).ready()
        }
    };
}

#[cfg(feature = "config")]
pub(crate) use {forward_methods, forward_operation};

macro_rules! forward {
    ($pointer:ident) => {
        impl<P: OtpProvider + ?Sized> OtpProvider for $pointer<P> {
            forward_methods!();
        }
    };
}

forward!(Arc);
forward!(Box);
