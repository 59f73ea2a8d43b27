//! The handle.

use std::sync::Arc;
use std::time::Duration;
use std::{fmt, io};

use crate::Provider;
use crate::builder::Builder;
use crate::credentials::{Credential, fingerprint};
use crate::fault::Fault;
use crate::hub::Hub;
use crate::inbox::Message;
use crate::journal::Exchange;
use crate::providers::Outcome;

/// The four services, running. Clones are handles of the same sandbox; when the last one is dropped, the
/// servers stop.
///
/// `Debug` shows where the services are and their seed. What they did is in [`inbox`](Self::inbox) and
/// [`journal`](Self::journal).
#[derive(Clone)]
pub struct Sandbox {
    running: Arc<Running>,
}

struct Running(Arc<Hub>);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.close();
    }
}

impl Sandbox {
    pub(crate) fn new(hub: Arc<Hub>) -> Self {
        Self { running: Arc::new(Running(hub)) }
    }

    /// Starts the four services on 127.0.0.1, each on a port that the system chooses.
    ///
    /// # Errors
    ///
    /// That of taking a port.
    ///
    /// # Panics
    ///
    /// Outside a tokio runtime.
    pub async fn start() -> io::Result<Self> {
        Self::builder().start().await
    }

    /// Settings to change before the start.
    #[must_use]
    pub const fn builder() -> Builder {
        Builder::new()
    }

    /// Where that provider's API is, with the path that the real one has and without a slash at the end.
    #[must_use]
    pub fn base_url(&self, provider: Provider) -> String {
        format!("{}{}", self.hub().origin(provider), provider.base_path())
    }

    /// Where that provider issues access tokens; `None` if it issues none.
    #[must_use]
    pub fn token_url(&self, provider: Provider) -> Option<String> {
        provider.token_path().map(|path| format!("{}{path}", self.hub().origin(provider)))
    }

    /// Where the controls can be reached over HTTP. All ports offer them.
    #[must_use]
    pub fn control_url(&self) -> String {
        format!("{}{}", self.hub().origin(Provider::Smscx), crate::control::PATH)
    }

    /// What the services draw from.
    #[must_use]
    pub fn seed(&self) -> u64 {
        self.hub().seed()
    }

    /// Lets the services draw from this seed from now on.
    pub fn reseed(&self, seed: u64) {
        self.hub().reseed(seed);
    }

    /// The messages that would have gone out, newest last.
    #[must_use]
    pub fn inbox(&self) -> Vec<Message> {
        self.hub().inbox().all()
    }

    /// The newest message of that provider.
    #[must_use]
    pub fn last_message(&self, provider: Provider) -> Option<Message> {
        self.hub().inbox().last(provider)
    }

    /// Empties the inbox. The codes stay valid.
    pub fn clear_inbox(&self) {
        self.hub().inbox().clear();
    }

    /// The requests that came in, newest last.
    #[must_use]
    pub fn journal(&self) -> Vec<Exchange> {
        self.hub().journal().all()
    }

    /// Empties the journal.
    pub fn clear_journal(&self) {
        self.hub().journal().clear();
    }

    /// What the journal shows instead of this credential. A Basic credential is `name:password`.
    #[must_use]
    pub fn fingerprint(&self, credential: &str) -> String {
        fingerprint(credential)
    }

    /// Moves the clock of the services ahead, so that challenges expire and the minute of a
    /// [rate limit](Builder::rate_limit) ends without waiting.
    pub fn advance(&self, by: Duration) {
        self.hub().clock.advance(by);
    }

    /// Puts a fault in the way of the next request to that provider.
    pub fn inject(&self, provider: Provider, fault: Fault) {
        self.inject_times(provider, fault, 1);
    }

    /// Puts a fault in the way of the next requests to that provider. Faults that wait already come first.
    pub fn inject_times(&self, provider: Provider, fault: Fault, times: usize) {
        self.hub().inject(provider, fault, times);
    }

    /// Takes back all faults that wait, and opens ports that refuse.
    pub fn clear_faults(&self) {
        self.hub().clear_faults();
    }

    /// Answers an Agilicus challenge as the user would on another device: yes. False if no such challenge is
    /// open.
    pub fn approve(&self, challenge: &str) -> bool {
        self.settle(challenge, Outcome::Approved)
    }

    /// Answers an Agilicus challenge as the user would on another device: no. False if no such challenge is
    /// open.
    pub fn decline(&self, challenge: &str) -> bool {
        self.settle(challenge, Outcome::Declined)
    }

    /// Ends an Agilicus challenge as one whose message could not be delivered. False if no such challenge is
    /// open.
    pub fn fail_delivery(&self, challenge: &str) -> bool {
        self.settle(challenge, Outcome::Undelivered)
    }

    /// What that provider accepts as a credential.
    #[must_use]
    pub fn credentials(&self, provider: Provider) -> Vec<Credential> {
        Credential::accepted_by(provider)
    }

    /// Refuses this credential from now on with the documented 401, wherever it is given: an API key, an
    /// access or refresh token, a client's id or secret.
    pub fn reject_credential(&self, credential: &str) {
        self.hub().reject(credential);
    }

    /// Accepts a credential again that was rejected.
    pub fn accept_credential(&self, credential: &str) {
        self.hub().accept_again(credential);
    }

    /// What is left in the SMSCX account, in its currency; a message costs 0.0455 for each part. `None`, the
    /// default, is an account that is never empty.
    pub fn set_credit(&self, credit: Option<f64>) {
        self.hub().services.set_credit(credit);
    }

    /// Makes SMSCX answer `no_coverage` for numbers that begin like this, `+882` for example. Until then it
    /// covers every number.
    pub fn exclude_coverage(&self, prefix: &str) {
        self.hub().services.set_uncovered(prefix);
    }

    /// Sets the status of one of the Deutsche Bank customer's methods (`MTAN`, `PHOTOTAN`, `PUSHTAN`), for
    /// example to `TEMPORARILY_LOCKED`; a method that is not `ACTIVE` is refused with code 111. False if
    /// there is no such method or status.
    pub fn set_method_status(&self, method: &str, status: &str) -> bool {
        self.hub().services.set_method_status(method, status)
    }

    /// Stops the servers, for all handles. Ports are free and connections closed when it returns.
    pub async fn shutdown(self) {
        self.hub().close();
        // The tasks that served are ended by the runtime as soon as it is let.
        tokio::task::yield_now().await;
    }

    fn settle(&self, challenge: &str, outcome: Outcome) -> bool {
        self.hub().services.settle(challenge, outcome, self.hub().clock.now())
    }

    fn hub(&self) -> &Arc<Hub> {
        &self.running.0
    }
}

impl fmt::Debug for Sandbox {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = formatter.debug_struct("Sandbox");
        for provider in Provider::ALL {
            shown.field(provider.slug(), &self.base_url(provider));
        }
        shown.field("control_url", &self.control_url()).field("seed", &self.seed()).finish_non_exhaustive()
    }
}
