//! Starting a sandbox, and the handle to it.

use std::sync::Arc;
use std::time::Duration;
use std::{fmt, io};

use crate::builder::Builder;
use crate::credential::Credential;
use crate::fault::{Fault, ResponsePlan};
use crate::network::serve_connection;
use crate::recording::{Message, RecordedRequest, fingerprint};
use crate::services::Outcome;
use crate::state::SharedState;
use crate::{Provider, control, dispatch};

/// Handle to the running services. Clones share one sandbox. The servers stop when the last clone is dropped.
///
/// `Debug` shows the addresses and the seed. What the services did is in [`inbox`](Self::inbox) and
/// [`journal`](Self::journal).
#[derive(Clone)]
pub struct Sandbox {
    running: Arc<Running>,
}

/// Shared by the handles only, so that dropping it means that no handle is left.
struct Running(Arc<SharedState>);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.close();
    }
}

impl Builder {
    /// Starts the services.
    ///
    /// # Errors
    ///
    /// `PermissionDenied` if other machines can reach the address and that was not
    /// [allowed](Self::allow_remote). Otherwise the error of binding a port.
    ///
    /// # Panics
    ///
    /// Outside a tokio runtime.
    pub async fn start(self) -> io::Result<Sandbox> {
        if !self.host.is_loopback() && !self.allow_remote {
            let message = "other machines can reach this address, and remote access was not allowed: listen on \
                           a loopback address, or allow remote access explicitly";
            return Err(io::Error::new(io::ErrorKind::PermissionDenied, message));
        }
        let state = Arc::new(SharedState::new(&self)?);
        for provider in Provider::ALL {
            listen(&state, provider, self.keep_alive)?;
        }
        listen_for_page(&state)?;
        Ok(Sandbox { running: Arc::new(Running(state)) })
    }
}

fn listen(state: &Arc<SharedState>, provider: Provider, keep_alive: bool) -> io::Result<()> {
    // The state owns the listeners. If what they keep owned the state, neither would ever be dropped.
    let weak_state = Arc::downgrade(state);
    state.port(provider).listener.serve(move |connection| {
        let weak_state = weak_state.clone();
        serve_connection(connection, keep_alive, move |request| {
            let state = weak_state.upgrade();
            async move {
                match state {
                    Some(state) => dispatch::dispatch(&state, provider, &request).await,
                    None => ResponsePlan::cut(),
                }
            }
        })
    })
}

fn listen_for_page(state: &Arc<SharedState>) -> io::Result<()> {
    let Some(page) = &state.page else { return Ok(()) };
    let weak_state = Arc::downgrade(state);
    page.listener.serve(move |connection| {
        let weak_state = weak_state.clone();
        serve_connection(connection, true, move |request| {
            let plan = weak_state.upgrade().map(|state| dispatch::dispatch_page(&state, &request));
            async move { plan.unwrap_or_else(ResponsePlan::cut) }
        })
    })
}

impl Sandbox {
    /// Starts the services on 127.0.0.1, each on a port that the system chooses.
    ///
    /// # Errors
    ///
    /// The error of binding a port.
    ///
    /// # Panics
    ///
    /// Outside a tokio runtime.
    pub async fn start() -> io::Result<Self> {
        Self::builder().start().await
    }

    /// Default settings, to be changed before the start.
    #[must_use]
    pub fn builder() -> Builder {
        Builder::new()
    }

    /// Base URL of that provider's API. It has the path of the real API and no slash at the end.
    #[must_use]
    pub fn base_url(&self, provider: Provider) -> String {
        format!("{}{}", self.state().port(provider).origin, provider.base_path())
    }

    /// URL of that provider's token endpoint. `None` if it has none.
    #[must_use]
    pub fn token_url(&self, provider: Provider) -> Option<String> {
        provider.token_path().map(|path| format!("{}{path}", self.state().port(provider).origin))
    }

    /// Base URL of the controls over HTTP. All ports serve them; this is one of them.
    #[must_use]
    pub fn control_url(&self) -> String {
        let [.., any] = Provider::ALL;
        format!("{}{}", self.state().port(any).origin, control::PATH)
    }

    /// URL of the inbox page. `None` if it has no [port](Builder::page_port).
    #[must_use]
    pub fn page_url(&self) -> Option<String> {
        self.state().page.as_ref().map(|page| format!("{}/", page.origin))
    }

    /// Seed of the random codes, ids and tokens.
    #[must_use]
    pub fn seed(&self) -> u64 {
        self.state().seed()
    }

    /// Starts the random codes, ids and tokens of all services again from this seed.
    pub fn reseed(&self, seed: u64) {
        self.state().reseed(seed);
    }

    /// The messages that the services sent, newest last.
    #[must_use]
    pub fn inbox(&self) -> Vec<Message> {
        self.state().inbox().all()
    }

    /// The newest message of that provider.
    #[must_use]
    pub fn last_message(&self, provider: Provider) -> Option<Message> {
        self.state().inbox().last(provider)
    }

    /// The newest message to this recipient: a phone number, however it is spelled, or a user's id.
    #[must_use]
    pub fn message_to(&self, recipient: &str) -> Option<Message> {
        self.state().inbox().last_to(recipient)
    }

    /// Empties the inbox. The codes stay valid.
    pub fn clear_inbox(&self) {
        self.state().inbox().clear();
    }

    /// The requests that arrived, newest last.
    #[must_use]
    pub fn journal(&self) -> Vec<RecordedRequest> {
        self.state().journal().all()
    }

    /// Empties the journal.
    pub fn clear_journal(&self) {
        self.state().journal().clear();
    }

    /// The fingerprint that the journal shows instead of this credential. For Basic authentication, the credential
    /// is `name:password`.
    #[must_use]
    pub fn fingerprint(&self, credential: &str) -> String {
        fingerprint(credential)
    }

    /// Advances the clock of the services. Challenges expire and [rate limits](Builder::rate_limit) reset without
    /// waiting.
    pub fn advance(&self, by: Duration) {
        self.state().advance(by);
    }

    /// Injects a fault into the next request to that provider.
    pub fn inject(&self, provider: Provider, fault: Fault) {
        self.inject_times(provider, fault, 1);
    }

    /// Injects a fault into the next `times` requests to that provider. Faults that were injected before come first.
    pub fn inject_times(&self, provider: Provider, fault: Fault, times: usize) {
        self.state().inject(provider, fault, times);
    }

    /// Removes all injected faults, and opens the ports that refuse connections. A port that another program has taken in
    /// the meantime stays closed. The controls over HTTP report that.
    pub fn clear_faults(&self) {
        let _ = self.state().clear_faults();
    }

    /// Forgets everything: messages, requests, challenges, faults, rejected credentials and what was set of the accounts.
    /// The clock is the system's again, seed and rate limit are those of the start. Ports and connections stay.
    ///
    /// A port that another program has taken while it refused connections stays closed, as after
    /// [`clear_faults`](Self::clear_faults).
    pub fn reset(&self) {
        let _ = self.state().reset();
    }

    /// Approves an Agilicus challenge, as the user would on another device. Returns false if no open challenge has
    /// this id.
    pub fn approve(&self, challenge: &str) -> bool {
        self.settle(challenge, Outcome::Approved)
    }

    /// Declines an Agilicus challenge, as the user would on another device. Returns false if no open challenge has
    /// this id.
    pub fn decline(&self, challenge: &str) -> bool {
        self.settle(challenge, Outcome::Declined)
    }

    /// Ends an Agilicus challenge as one whose message could not be delivered. Returns false if no open challenge
    /// has this id.
    pub fn fail_delivery(&self, challenge: &str) -> bool {
        self.settle(challenge, Outcome::Undelivered)
    }

    /// Credentials that the provider accepts, one for each way to send one.
    #[must_use]
    pub fn credentials(&self, provider: Provider) -> Vec<Credential> {
        Credential::accepted_by(provider)
    }

    /// Rejects this credential from now on with the documented 401, wherever it is used: as an API key, an access
    /// or refresh token, or a client's id or secret.
    pub fn reject_credential(&self, credential: &str) {
        self.state().reject_credential(credential);
    }

    /// Accepts a credential again that was rejected.
    pub fn accept_credential(&self, credential: &str) {
        self.state().accept_credential(credential);
    }

    /// Credit of the SMSCX account, in its currency. Each part of a message costs 0.0455. `None`, the default, is
    /// unlimited.
    pub fn set_credit(&self, credit: Option<f64>) {
        self.state().services.set_credit(credit);
        self.state().revisions.next();
    }

    /// Makes SMSCX decline numbers with this prefix, `+882` for example, with `no_coverage`. By default it covers
    /// every number.
    pub fn exclude_coverage(&self, prefix: &str) {
        self.state().services.exclude_coverage(prefix);
        self.state().revisions.next();
    }

    /// Sets the status of one of the Deutsche Bank customer's methods (`MTAN`, `PHOTOTAN`, `PUSHTAN`), for example
    /// to `TEMPORARILY_LOCKED`. A method that is not `ACTIVE` is rejected with code 111. Returns false if the method
    /// or the status is unknown.
    pub fn set_method_status(&self, method: &str, status: &str) -> bool {
        let is_known = self.state().services.set_method_status(method, status);
        self.state().revisions.next();
        is_known
    }

    /// Stops the servers, for all handles. When it returns, the ports are closed and the connections cut.
    pub async fn shutdown(self) {
        self.state().close();
        // Aborted tasks end when the runtime next runs them. Let it, so that they drop what they hold.
        tokio::task::yield_now().await;
    }

    #[cfg(feature = "cli")]
    pub(crate) fn shared(&self) -> &Arc<SharedState> {
        &self.running.0
    }

    fn settle(&self, challenge: &str, outcome: Outcome) -> bool {
        self.state().settle(challenge, outcome)
    }

    pub(crate) fn state(&self) -> &SharedState {
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
