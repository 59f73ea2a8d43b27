//! The example `examples/login`, with its own file `login.toml`, against two sandboxes.

mod clicks;
mod codes;
mod outages;
mod privacy;
mod screenshots;

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::extract::Request;
use axum::http::Method;
use axum::middleware::map_request;
use metrics_exporter_prometheus::PrometheusBuilder;
use otp_facade::config::{Stack, StackConfig, StackLoader, TestClock};
use otp_login_example::{App, Settings};
use otp_sandbox::{Message, Provider, Sandbox};
use otp_tests::browser::{Browser, eventually};
use tokio::net::TcpListener;

/// As a person types it, with the country that the page selects at first.
const NUMBER: &str = "0151 1234 5678";

/// A login that runs, with a browser in front of its first page.
struct Login {
    browser: Browser,
    url: String,
    /// The first vendor, and the second.
    first: Sandbox,
    second: Sandbox,
    clock: TestClock,
    /// Number of forms that arrived.
    forms: Arc<AtomicUsize>,
}

impl Login {
    /// Starts everything, with these variables on top of the file.
    async fn start(variables: &[(&str, &str)]) -> Self {
        let (first, second) = (sandbox().await, sandbox().await);
        let clock = TestClock::new();
        let config = load(variables).for_tests(|test| {
            test.base_url("smscx-eu", first.base_url(Provider::Smscx))
                .base_url("smscx-asia", second.base_url(Provider::Smscx))
                .clock(&clock)
        });
        let stack = config.and_then(StackConfig::build).expect("a stack");
        Self::start_with(stack, first, second, clock).await
    }

    async fn start_with(stack: Stack, first: Sandbox, second: Sandbox, clock: TestClock) -> Self {
        let regions = Settings::load(&file()).expect("the file is good").regions;
        let metrics = PrometheusBuilder::new().build_recorder().handle();
        let inbox = first.page_url().expect("the inbox has a page");
        let app = App::new(stack, regions, metrics).with_inbox(inbox);
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let forms = Arc::new(AtomicUsize::new(0));
        let counter = forms.clone();
        let count = move |request: Request| {
            counter.fetch_add(usize::from(request.method() == Method::POST), Ordering::Relaxed);
            std::future::ready(request)
        };
        let router = app.router(false).layer(map_request(count));
        tokio::spawn(async move { axum::serve(listener, router).await });
        let browser = Browser::start().await;
        browser.goto(&url).await;
        Self { browser, url, first, second, clock, forms }
    }

    /// Asks for a code, and waits for the page that takes it.
    async fn ask(&self, number: &str) {
        self.browser.fill("#number", number).await;
        self.browser.follow("form button").await;
        self.browser.wait_for("#code").await;
    }

    /// Types a code, and waits for the next page.
    async fn enter(&self, code: &str) {
        self.browser.fill("#code", code).await;
        self.browser.follow("form button").await;
    }

    /// Asks for another code, and waits for the page that takes it.
    async fn ask_again(&self) {
        eventually("another code is possible", || async { !self.browser.has("#resend:disabled").await })
            .await;
        self.browser.follow("#resend").await;
    }

    /// The newest message of the first vendor.
    fn message(&self) -> Message {
        self.first.last_message(Provider::Smscx).expect("a message")
    }

    /// Waits until the first vendor has got this number of requests.
    async fn requests(&self, number: usize) {
        eventually("the vendor gets the request", || async { self.first.journal().len() == number }).await;
    }

    /// Returns how many forms have arrived.
    fn forms(&self) -> usize {
        self.forms.load(Ordering::Relaxed)
    }

    /// The key and the status of what the page says.
    async fn notice(&self) -> (String, u64) {
        let key = self.browser.attribute("#notice", "data-key").await.expect("a key");
        (key, self.browser.status().await)
    }
}

/// The file of the example.
fn file() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../examples/login/login.toml")
}

/// The stack of that file, with these variables on top.
fn load(variables: &[(&str, &str)]) -> StackConfig {
    let variables: HashMap<_, _> =
        variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let loader = StackLoader::new(file()).with_section("otp").with_env_prefix("LOGIN");
    loader.load_with(&variables).expect("the file is good")
}

async fn sandbox() -> Sandbox {
    Sandbox::builder().page_port(0).start().await.expect("a sandbox")
}
