#![doc = include_str!("../README.md")]

mod account;
mod accounts;
mod check;
mod notice;
mod operations;
mod pages;
mod problem;
mod send;
mod settings;
mod visit;

use std::sync::Arc;

use axum::Router;
use axum::middleware::map_response;
use axum::routing::{get, post};
use metrics_exporter_prometheus::PrometheusHandle;
use otp_facade::config::Stack;
use tower_http::trace::{DefaultMakeSpan, DefaultOnResponse, TraceLayer};
use tower_sessions::cookie::time::Duration;
use tower_sessions::{Expiry, MemoryStore, SessionManagerLayer};
use tracing::Level;

use crate::accounts::Accounts;
pub use crate::settings::{Region, Settings, load_stack};

/// How long a session lasts without a request that changes it.
const SESSION: Duration = Duration::hours(1);

/// What the handlers share.
pub struct App {
    /// The providers with all their layers.
    otp: Stack,
    regions: Vec<Region>,
    accounts: Accounts,
    metrics: PrometheusHandle,
    /// Where to read the codes, with the sandbox.
    inbox: Option<String>,
}

impl App {
    /// Puts the application together.
    pub fn new(otp: Stack, regions: Vec<Region>, metrics: PrometheusHandle) -> Self {
        Self { otp, regions, accounts: Accounts::default(), metrics, inbox: None }
    }

    /// Sets the URL of the sandbox's inbox, which the page then shows.
    #[must_use]
    pub fn with_inbox(mut self, url: impl Into<String>) -> Self {
        self.inbox = Some(url.into());
        self
    }

    /// All routes. `secure_cookies` is false only without TLS, on a developer's machine.
    pub fn router(self, secure_cookies: bool) -> Router {
        // In this process, until it ends: for trying out. Take one of the stores that tower-sessions has for databases.
        let sessions = SessionManagerLayer::new(MemoryStore::default())
            .with_secure(secure_cookies)
            .with_expiry(Expiry::OnInactivity(SESSION));
        Router::new()
            .route("/", get(send::show).post(send::submit))
            .route("/resend", post(send::resend))
            .route("/code", get(check::show).post(check::submit))
            .route("/account", get(account::show))
            .route("/logout", post(account::log_out))
            .layer(sessions)
            .route("/ready", get(operations::ready))
            .route("/metrics", get(operations::metrics))
            .route("/style.css", get(operations::style))
            .route("/login.js", get(operations::script))
            .layer(map_response(operations::secure))
            // Paths contain no secret: codes and numbers are in bodies, and ids in sessions.
            .layer(
                TraceLayer::new_for_http()
                    .make_span_with(DefaultMakeSpan::new().level(Level::INFO))
                    .on_response(DefaultOnResponse::new().level(Level::INFO)),
            )
            .with_state(Arc::new(self))
    }
}
