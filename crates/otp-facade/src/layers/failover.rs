//! Failover: another provider starts the challenge when one is down.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use otp_transport::ConfigError;

use super::call_context::record_resends;
use super::circuit_breaker::CircuitBreaker;
use super::is_safe_to_repeat;
use crate::capabilities::Capabilities;
use crate::challenge::{Challenge, ChallengeId, Status, Verified};
use crate::error::{Error, ErrorKind, Operation, Result};
use crate::provider::OtpProvider;
use crate::request::{CreateRequest, VerifyRequest};

/// Fails over between several providers, or accounts of one: the first that works starts the challenge.
///
/// - **create** calls the first member. It calls the next one only if this one certainly did not act, and is down, limits
///   calls, or declines for a reason of its own such as no credit or no coverage. Any other error is returned, above all
///   a timeout after sending, because a message may have been sent. If no member works, the last error is returned.
/// - **The other operations** go to the member that issued the challenge, and to no other.
/// - **The capabilities are the intersection of the members'.** A request that one member cannot honor is refused, so that
///   the mistake shows in the first call and not in the first outage.
/// - **Each member has a circuit breaker**, so that a dead member does not cost every call its timeout. It opens after
///   three creates in a row that failed with a transient error, and stays open for 30 seconds. Then one trial call
///   passes. A create that an outer deadline cuts off after two seconds or more counts as a failure. If the breakers of
///   all members are open, the first member is called all the same.
///
/// The [name](OtpProvider::name) is that of the first member. Challenges and errors carry the name of the member that
/// they come from.
pub struct Failover {
    members: Vec<Member>,
    capabilities: Capabilities,
}

struct Member {
    provider: Box<dyn OtpProvider>,
    /// The names under which it issues challenges: more than its own if it contains a failover.
    issuers: Vec<String>,
    breaker: CircuitBreaker,
}

const FAILURES: u32 = 3;
const COOL_DOWN: Duration = Duration::from_secs(30);

impl Failover {
    /// Fails over from `first` to `second`.
    ///
    /// # Errors
    ///
    /// If both, or members inside them, have the same name: a challenge could not be attributed to one of them.
    pub fn new(first: impl OtpProvider, second: impl OtpProvider) -> std::result::Result<Self, ConfigError> {
        let first = Member::new(Box::new(first));
        let capabilities = first.provider.capabilities().clone();
        Self { members: vec![first], capabilities }.with_failover(second)
    }

    /// Adds a member, which is called after the others.
    ///
    /// # Errors
    ///
    /// If another member, or one inside it, has the same name.
    pub fn with_failover(mut self, next: impl OtpProvider) -> std::result::Result<Self, ConfigError> {
        let next = Member::new(Box::new(next));
        if let Some(name) = self.members.iter().find_map(|member| member.shared_name(&next)) {
            let rule = format!("must be different: there are two members named {name}");
            return Err(ConfigError::new("name", rule));
        }
        self.capabilities = self.capabilities.intersection(next.provider.capabilities());
        self.members.push(next);
        Ok(self)
    }

    /// Sets the circuit breaker of each member: the number of failures in a row that opens it, 3 by default and at least 1,
    /// and how long it stays open, 30 seconds by default. It resets the counts.
    #[must_use]
    pub fn with_breaker(mut self, failures: u32, cool_down: Duration) -> Self {
        for member in &mut self.members {
            member.breaker = CircuitBreaker::new(failures, cool_down);
        }
        self
    }

    /// Sets how far tests have moved the clock of the circuit breakers.
    #[cfg(feature = "config")]
    pub(crate) fn with_clock_ahead(
        mut self,
        ahead: impl Fn() -> Duration + Clone + Send + Sync + 'static,
    ) -> Self {
        for member in &mut self.members {
            member.breaker.set_ahead(ahead.clone());
        }
        self
    }

    /// Validates the request against the intersection of the capabilities, and then against those of each member.
    ///
    /// The intersection comes first, so that the error names the bounds that hold for all members.
    fn validate(&self, request: &CreateRequest) -> Result<()> {
        let at = |name: &str, error: Error| error.with_origin(name, Operation::Create);
        self.capabilities.validate_create(request).map_err(|error| at(self.name(), error))?;
        self.members.iter().try_for_each(|member| {
            member
                .provider
                .capabilities()
                .validate_create(request)
                .map_err(|error| at(member.provider.name(), error))
        })
    }

    async fn try_members<'a>(
        &self,
        members: impl Iterator<Item = &'a Member>,
        request: &CreateRequest,
    ) -> Option<Result<Challenge>> {
        let mut last = None;
        for member in members {
            // Only when the next member is called. Failing over to nobody sends nothing again.
            if last.is_some() {
                record_resends(1);
            }
            let outcome = member.create(&self.with_default_channel(member, request)).await;
            let should_fail_over = outcome.as_ref().is_err_and(should_fail_over);
            last = Some(outcome);
            if !should_fail_over {
                break;
            }
        }
        last
    }

    /// The request with this failover's default channel, if the member's default is another one.
    fn with_default_channel<'a>(
        &self,
        member: &Member,
        request: &'a CreateRequest,
    ) -> Cow<'a, CreateRequest> {
        match self.capabilities.channels.first() {
            Some(&default)
                if request.channel.is_none()
                    && member.provider.capabilities().channel(request) != default =>
            {
                Cow::Owned(request.clone().with_channel(default))
            }
            _ => Cow::Borrowed(request),
        }
    }

    /// The member that issued the challenge, if the operation is supported.
    fn issuer(&self, operation: Operation, supported: bool, id: &ChallengeId) -> Result<&dyn OtpProvider> {
        let refuse = |error: Error| error.with_origin(self.name(), operation);
        let Some(member) = self.members.iter().find(|member| member.issued(id)) else {
            let names: Vec<_> = self.members.iter().map(|member| member.provider.name()).collect();
            let rule = format!(
                "must be of a challenge that {} issued, not {}",
                names.join(" or "),
                id.escaped_issuer()
            );
            return Err(refuse(Error::invalid("id", &rule)));
        };
        if !supported {
            return Err(refuse(Error::unsupported(operation.as_str())));
        }
        Ok(&*member.provider)
    }
}

impl Member {
    fn new(provider: Box<dyn OtpProvider>) -> Self {
        let issuers = provider.issuers().into_iter().map(str::to_owned).collect();
        Self { provider, issuers, breaker: CircuitBreaker::new(FAILURES, COOL_DOWN) }
    }

    /// A name under which a challenge of one member could be mistaken for one of the other.
    fn shared_name<'a>(&'a self, other: &'a Self) -> Option<&'a str> {
        self.issuers.iter().find(|name| other.issuers.contains(name)).map(String::as_str)
    }

    fn issued(&self, id: &ChallengeId) -> bool {
        let issuer = id.issuer();
        self.issuers.iter().any(|name| *name == issuer)
    }

    async fn create(&self, request: &CreateRequest) -> Result<Challenge> {
        let call = self.breaker.call();
        let outcome = self.provider.create(request).await;
        match &outcome {
            Err(error) if error.is_transient() => call.record_failure(),
            // Found without a call, so it says nothing about the provider's health.
            Err(error)
                if matches!(
                    error.kind(),
                    ErrorKind::InvalidRequest | ErrorKind::Unsupported | ErrorKind::CountryNotAllowed
                ) =>
            {
                call.record_neutral()
            }
            _ => call.record_success(),
        }
        outcome
    }
}

/// Whether another provider may be called, and may do better.
fn should_fail_over(error: &Error) -> bool {
    let elsewhere = matches!(
        error.kind(),
        ErrorKind::Unavailable | ErrorKind::TimedOut | ErrorKind::RateLimited | ErrorKind::ProviderDeclined
    );
    elsewhere && is_safe_to_repeat(Operation::Create, error)
}

#[async_trait]
impl OtpProvider for Failover {
    fn name(&self) -> &str {
        self.members[0].provider.name()
    }

    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    fn issuers(&self) -> Vec<&str> {
        self.members.iter().flat_map(|member| &member.issuers).map(String::as_str).collect()
    }

    async fn create(&self, request: &CreateRequest) -> Result<Challenge> {
        self.validate(request)?;
        // Lazy: `try_acquire` takes a half-open breaker's only trial, so it is called just before the member is.
        let available = self.members.iter().filter(|member| member.breaker.try_acquire());
        match self.try_members(available, request).await {
            Some(outcome) => outcome,
            // All breakers are open. A call that may fail is better than an error that is certain.
            None => self.members[0].create(&self.with_default_channel(&self.members[0], request)).await,
        }
    }

    async fn verify(&self, request: &VerifyRequest) -> Result<Verified> {
        // To the issuer and to nobody else, whatever its breaker says: the other members do not know the code.
        let issuer = self.issuer(Operation::Verify, true, &request.id)?;
        let refuse = |error: Error| error.with_origin(issuer.name(), Operation::Verify);
        self.capabilities.validate_verify(request).map_err(refuse)?;
        issuer.verify(request).await
    }

    async fn cancel(&self, id: &ChallengeId) -> Result<()> {
        self.issuer(Operation::Cancel, self.capabilities.cancel, id)?.cancel(id).await
    }

    async fn status(&self, id: &ChallengeId) -> Result<Status> {
        self.issuer(Operation::Status, self.capabilities.status, id)?.status(id).await
    }
}

impl fmt::Debug for Failover {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Failover")?;
        formatter.debug_list().entries(self.members.iter().map(|member| &member.provider)).finish()
    }
}
