//! Failover: another provider starts the challenge when one is down.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use otp_transport::ConfigError;

use super::circuit_breaker::CircuitBreaker;
use super::{is_safe_to_repeat, metrics, report};
use crate::capabilities::{Capabilities, RecipientKind};
use crate::challenge::{Challenge, ChallengeId, Status, Verified};
use crate::error::{Error, ErrorKind, Operation, Result};
use crate::provider::OtpProvider;
use crate::request::{CreateRequest, VerifyRequest};

/// Fails over between several providers, or accounts of one: the first that works starts the challenge.
///
/// - **create** calls the first member. It calls the next one only if this one certainly did not act, and is down, limits
///   calls, does not accept its credential, or declines for a reason of its own such as no credit or no coverage. Any other
///   error is returned, above all a timeout after sending, because a message may have been sent. If no member works, the
///   last error is returned. [`after_uncertain_create`](Self::after_uncertain_create) prefers delivery to economy.
/// - **The other operations** go to the member that issued the challenge, and to no other.
/// - **The capabilities are the intersection of the members'.** A request that one member cannot honor is refused in the name
///   of this member, so that the mistake shows in the first call and not in the first outage. What only one provider can do
///   is set by [`Defaults`](super::Defaults) of this provider. A member that needs a part of the recipient that not
///   every request has can be [optional](Self::with_optional).
/// - **Each failure that is not returned** is reported as a `tracing` event: see [`observability`](super::observability).
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
    after_uncertain_create: bool,
}

struct Member {
    provider: Box<dyn OtpProvider>,
    /// The names under which it issues challenges: more than its own if it contains a failover.
    issuers: Vec<String>,
    breaker: CircuitBreaker,
    /// Whether it is passed over for a recipient without what it needs.
    is_optional: bool,
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
        metrics::describe();
        Self { members: vec![first], capabilities, after_uncertain_create: false }.with_failover(second)
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
        self.members.push(next);
        self.capabilities = intersection(&self.members);
        Ok(self)
    }

    /// Marks the member of this name as optional: it is passed over for a recipient that lacks what it needs, such as a user
    /// id. Without it, such a request is refused. [`Capabilities::recipient`] is what the other members need.
    ///
    /// # Errors
    ///
    /// If no member has this name, or all would be optional.
    pub fn with_optional(mut self, name: &str) -> std::result::Result<Self, ConfigError> {
        let member = self.members.iter_mut().find(|member| member.provider.name() == name);
        member.ok_or_else(|| ConfigError::new("optional", "must be the name of a member"))?.is_optional =
            true;
        if self.members.iter().all(|member| member.is_optional) {
            return Err(ConfigError::new("optional", "must leave one member that takes every request"));
        }
        self.capabilities = intersection(&self.members);
        Ok(self)
    }

    /// Prefers delivery to economy: **a person may get two messages, and you pay for both.**
    ///
    /// With this setting, *create* calls the next member also if the message of this one may have been sent: after a timeout,
    /// a broken connection, or the 502 of a gateway before a provider that is down. Only the code of the last message is
    /// then accepted, and [`Challenge::earlier_message_possible`] is true, so that the page can say "use the newest message".
    /// Somebody who types the code of the earlier message uses an attempt. If no member works, the error says that a message
    /// may have been sent.
    ///
    /// Without it, such an outage is the caller's error until the provider recovers. *verify* goes to the issuer alone in
    /// either case, and [`Retry`](super::Retry) repeats no uncertain call.
    #[must_use]
    pub fn after_uncertain_create(mut self) -> Self {
        self.after_uncertain_create = true;
        self
    }

    /// Sets the circuit breaker of each member: the number of failures in a row that opens it, 3 by default and at least 1,
    /// and how long it stays open, 30 seconds by default. It resets the counts.
    #[must_use]
    pub fn with_breaker(mut self, failures: u32, cool_down: Duration) -> Self {
        for member in &mut self.members {
            member.breaker = CircuitBreaker::new(member.provider.name(), failures, cool_down);
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

    /// The name of a member that refuses. Where only all together refuse, that of the failover.
    fn name_of<'a>(&'a self, refuses: Option<&'a Member>) -> &'a str {
        refuses.map_or(self.name(), |member| member.provider.name())
    }

    async fn try_members<'a>(
        &self,
        members: impl Iterator<Item = &'a Member>,
        request: &CreateRequest,
    ) -> Option<Result<Challenge>> {
        let mut last: Option<(&Member, Error)> = None;
        let mut is_uncertain = false;
        for member in members {
            // Only when the next member is called. Failing over to nobody sends nothing again, and the caller gets the error.
            if let Some((failed, error)) = &last {
                report::attempt_failed("failover", Operation::Create, failed.provider.name(), error);
                report::resent(Operation::Create, failed.provider.name(), error);
            }
            match member.create(&self.with_default_channel(member, request)).await {
                Ok(mut challenge) => {
                    challenge.earlier_message_possible |= is_uncertain;
                    return Some(Ok(challenge));
                }
                Err(error) => {
                    is_uncertain |= error.may_have_acted();
                    let should_fail_over = self.should_fail_over(&error);
                    last = Some((member, error));
                    if !should_fail_over {
                        break;
                    }
                }
            }
        }
        // The message of an earlier member may have been sent, whatever the last one says of its own.
        last.map(|(_, error)| Err(if is_uncertain { error.with_may_have_acted(true) } else { error }))
    }

    /// Whether another provider may be called, and may do better.
    fn should_fail_over(&self, error: &Error) -> bool {
        let elsewhere = matches!(
            error.kind(),
            ErrorKind::Unavailable
                | ErrorKind::TimedOut
                | ErrorKind::RateLimited
                | ErrorKind::ProviderDeclined
                | ErrorKind::Unauthorized
                | ErrorKind::UnexpectedResponse
        );
        elsewhere && (self.after_uncertain_create || is_safe_to_repeat(Operation::Create, error))
    }

    /// The request with this failover's default channel, if the member's default is another one.
    fn with_default_channel<'a>(
        &self,
        member: &Member,
        request: &'a CreateRequest,
    ) -> Cow<'a, CreateRequest> {
        let default = self.capabilities.channel(request);
        let is_open = request.channel.is_none() && !self.capabilities.channels.is_empty();
        match is_open && member.provider.capabilities().channel(request) != default {
            true => Cow::Owned(request.clone().with_channel(default)),
            false => Cow::Borrowed(request),
        }
    }

    /// The member that issued the challenge, if all members support the operation.
    fn issuer(
        &self,
        operation: Operation,
        is_supported: impl Fn(&Capabilities) -> bool,
        id: &ChallengeId,
    ) -> Result<&dyn OtpProvider> {
        let Some(member) = self.members.iter().find(|member| member.issued(id)) else {
            let names: Vec<_> = self.members.iter().map(|member| member.provider.name()).collect();
            let rule = format!(
                "must be of a challenge that {} issued, not {}",
                names.join(" or "),
                id.escaped_issuer()
            );
            return Err(Error::invalid("id", &rule).with_origin(self.name(), operation));
        };
        let lacks = |member: &&Member| !is_supported(member.provider.capabilities());
        if let Some(other) = self.members.iter().find(lacks) {
            return Err(Error::unsupported(operation.as_str()).with_origin(other.provider.name(), operation));
        }
        Ok(&*member.provider)
    }
}

impl Member {
    fn new(provider: Box<dyn OtpProvider>) -> Self {
        let issuers = provider.issuers().into_iter().map(str::to_owned).collect();
        let breaker = CircuitBreaker::new(provider.name(), FAILURES, COOL_DOWN);
        Self { provider, issuers, breaker, is_optional: false }
    }

    /// Whether it can be called for this recipient.
    fn takes(&self, request: &CreateRequest) -> bool {
        !self.is_optional || self.provider.capabilities().reaches_recipient_of(request)
    }

    /// A name under which a challenge of one member could be mistaken for one of the other.
    fn shared_name<'a>(&'a self, other: &'a Self) -> Option<&'a str> {
        self.issuers.iter().find(|name| other.issuers.contains(name)).map(String::as_str)
    }

    fn issued(&self, id: &ChallengeId) -> bool {
        let issuer = id.issuer();
        self.issuers.iter().any(|name| *name == issuer)
    }

    async fn ready(&self) -> Result<()> {
        match self.breaker.time_to_trial() {
            Some(wait) => Err(Error::new(ErrorKind::Unavailable)
                .with_message("the circuit breaker is open")
                .with_retry_after(wait)
                .with_never_sent()
                .with_provider(self.provider.name())),
            None => self.provider.ready().await,
        }
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

/// What all members can do. An optional member takes what the others need of the recipient, or is passed over.
fn intersection(members: &[Member]) -> Capabilities {
    let capabilities = members.iter().map(|member| {
        let mut capabilities = member.provider.capabilities().clone();
        if member.is_optional {
            capabilities.optional_recipient = capabilities.optional_recipient.and(capabilities.recipient);
            capabilities.recipient = RecipientKind::Any;
        }
        capabilities
    });
    let all = capabilities.reduce(|all, next| all.intersection(&next));
    let all = all.unwrap_or_else(|| Capabilities::new(RecipientKind::Any, []));
    // Each member knows its own keys only. A repetition that reaches another member would send a second message.
    Capabilities { idempotency_keys: false, ..all }
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

    fn check_create(&self, request: &CreateRequest) -> Result<()> {
        // The intersection comes first, so that the error names the bounds that hold for all members. It is the error of the
        // member that refuses, so that it says whose option is missing.
        let check =
            |member: &Member| member.provider.check_create(&self.with_default_channel(member, request));
        let mut takers = self.members.iter().filter(|member| member.takes(request));
        self.capabilities.validate_create(request).and_then(|()| takers.clone().try_for_each(check)).map_err(
            |error| {
                let refuses = takers.find(|member| check(member).is_err());
                error.with_origin(self.name_of(refuses), Operation::Create)
            },
        )
    }

    async fn create(&self, request: &CreateRequest) -> Result<Challenge> {
        self.check_create(request)?;
        // Lazy: `try_acquire` takes a half-open breaker's only trial, so it is called just before the member is.
        let takers = || self.members.iter().filter(|member| member.takes(request));
        if let Some(outcome) =
            self.try_members(takers().filter(|member| member.breaker.try_acquire()), request).await
        {
            return outcome;
        }
        // All breakers are open. A call that may fail is better than an error that is certain.
        let first = takers().next().unwrap_or(&self.members[0]);
        first.create(&self.with_default_channel(first, request)).await
    }

    async fn verify(&self, request: &VerifyRequest) -> Result<Verified> {
        // To the issuer and to nobody else, whatever its breaker says: the other members do not know the code.
        let issuer = self.issuer(Operation::Verify, |_| true, &request.id)?;
        self.capabilities.validate_verify(request).map_err(|error| {
            let refuses = |member: &&Member| member.provider.capabilities().validate_verify(request).is_err();
            error.with_origin(self.name_of(self.members.iter().find(refuses)), Operation::Verify)
        })?;
        issuer.verify(request).await
    }

    async fn cancel(&self, id: &ChallengeId) -> Result<()> {
        self.issuer(Operation::Cancel, |all| all.cancel, id)?.cancel(id).await
    }

    async fn status(&self, id: &ChallengeId) -> Result<Status> {
        self.issuer(Operation::Status, |all| all.status, id)?.status(id).await
    }

    async fn ready(&self) -> Result<()> {
        let mut soonest: Option<Error> = None;
        for member in &self.members {
            let Err(error) = member.ready().await else {
                return Ok(());
            };
            let wait = |error: &Error| error.retry_after().unwrap_or(Duration::MAX);
            soonest = match soonest {
                Some(other) if wait(&other) <= wait(&error) => Some(other),
                _ => Some(error),
            };
        }
        soonest.map_or(Ok(()), Err)
    }
}

impl fmt::Debug for Failover {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Failover")?;
        if self.after_uncertain_create {
            formatter.write_str("(after uncertain create)")?;
        }
        formatter.debug_list().entries(&self.members).finish()
    }
}

impl fmt::Debug for Member {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.is_optional {
            true => formatter.debug_tuple("Optional").field(&self.provider).finish(),
            false => self.provider.fmt(formatter),
        }
    }
}
