//! Starts the login: `cargo run -p otp-login-example`, or with another file than `login.toml` as the argument.

use std::error::Error;
use std::future::IntoFuture as _;
use std::path::PathBuf;
use std::time::Duration;

use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use otp_login_example::{App, Settings, load_stack};
use otp_sandbox::{Provider, Sandbox};
use tokio::net::TcpListener;
#[cfg(unix)]
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::oneshot;
use tokio::time::{Instant, timeout_at};

/// The file that is used if no other is named.
const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/login.toml");

/// Where the sandbox's inbox is, or at the next port that is free.
const INBOX: u16 = 8301;

/// How long a shutdown waits for requests, and for the operations in flight. Longer than `timeout_seconds` of the stack.
const DRAIN: Duration = Duration::from_secs(20);

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    tracing_subscriber::fmt().init();
    // Before the stack, which writes its gauges and descriptions when it is built.
    let metrics = PrometheusBuilder::new().install_recorder()?;
    tokio::spawn(keep_up(metrics.clone()));

    let file = std::env::args_os().nth(1).map_or_else(|| PathBuf::from(FILE), PathBuf::from);
    let settings = Settings::load(&file)?;
    let mut config = load_stack(&file)?;

    let sandbox = match settings.sandbox {
        true => Some(Sandbox::builder().page_port_from(INBOX).start().await?),
        false => None,
    };
    if let Some(sandbox) = &sandbox {
        let url = sandbox.base_url(Provider::Smscx);
        config = config.for_tests(|test| test.base_url("smscx-eu", &url).base_url("smscx-asia", &url))?;
    }

    let otp = config.build()?;
    let mut app = App::new(otp.clone(), settings.regions, metrics);
    let listener = TcpListener::bind(settings.listen).await?;
    tracing::info!("open http://{}", listener.local_addr()?);
    if let Some(inbox) = sandbox.as_ref().and_then(Sandbox::page_url) {
        tracing::info!("the codes are at {inbox}");
        app = app.with_inbox(inbox);
    }
    let (stop, stopping) = oneshot::channel::<()>();
    let server = axum::serve(listener, app.router(settings.secure_cookies));
    let server = server.with_graceful_shutdown(async { drop(stopping.await) });
    let server = tokio::spawn(server.into_future());
    stopped().await;
    drop(stop);
    let deadline = Instant::now() + DRAIN;
    // Not longer: a client that never ends its request would keep the server for ever.
    if timeout_at(deadline, server).await.is_err() {
        tracing::warn!("requests were not at their end");
    }

    // The server has stopped, but messages may still be on their way to a provider.
    let left = otp.drain(deadline.saturating_duration_since(Instant::now())).await;
    if left > 0 {
        tracing::warn!(left, "operations were not at their end");
    }
    Ok(())
}

/// Sums up what was measured now and then, so that it takes no memory if nobody asks for the metrics.
async fn keep_up(metrics: PrometheusHandle) {
    loop {
        tokio::time::sleep(Duration::from_secs(5)).await;
        metrics.run_upkeep();
    }
}

/// Waits for Ctrl-C, or for the signal that stops a service.
async fn stopped() {
    let interrupted = tokio::signal::ctrl_c();
    #[cfg(unix)]
    let terminated = async {
        match signal(SignalKind::terminate()) {
            Ok(mut signal) => signal.recv().await,
            Err(_) => std::future::pending().await,
        }
    };
    #[cfg(not(unix))]
    let terminated = std::future::pending::<()>();
    tokio::select! {
        _ = interrupted => {}
        _ = terminated => {}
    }
}
