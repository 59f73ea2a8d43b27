//! The sandbox's inbox page: messages, requests and controls, as a person uses them.

mod controls;
mod keyboard;
mod messages;
mod requests;
mod screenshot;

use otp_facade::{Challenge, CreateRequest, OtpProvider, Recipient, Smscx};
use otp_sandbox::{Provider, Sandbox};
use otp_tests::browser::{Browser, eventually};
use serde_json::Value;

const NUMBER: &str = "+4915112345678";

/// A sandbox, a client of SMSCX, and a browser with the page.
struct Page {
    sandbox: Sandbox,
    smscx: Smscx,
    browser: Browser,
}

impl Page {
    async fn open() -> Self {
        let sandbox = Sandbox::builder().seed(7).page_port(0).start().await.unwrap();
        let browser = Browser::start().await;
        let smscx =
            Smscx::builder().api_key("any").base_url(sandbox.base_url(Provider::Smscx)).build().unwrap();
        let page = Self { sandbox, smscx, browser };
        page.show("inbox").await;
        page
    }

    async fn show(&self, view: &str) {
        let url = format!("{}#{view}", self.sandbox.page_url().unwrap());
        if self.browser.path().await == "/" && self.browser.has("#connection").await {
            self.browser.run(&format!("location.hash = '{view}'")).await;
        } else {
            self.browser.goto(&url).await;
        }
        self.browser.wait_for_text("#connection", "live").await;
        self.browser.wait_for(&format!("nav [data-view={view}][aria-current=page]")).await;
    }

    async fn create(&self) -> Challenge {
        self.create_for(NUMBER).await
    }

    async fn create_for(&self, number: &str) -> Challenge {
        self.smscx.create(&CreateRequest::new(Recipient::phone(number))).await.unwrap()
    }

    /// Waits until the page shows this many messages or requests in all.
    async fn wait_for_count(&self, view: &str, count: usize) {
        self.browser.wait_for_text(&format!("#{view}-count"), &count.to_string()).await;
    }

    /// Waits until a script returns true.
    async fn wait_until(&self, script: &str) {
        let script = format!("return Boolean({script})");
        eventually(&script, || async { self.browser.run(&script).await == Value::Bool(true) }).await;
    }

    /// Presses a key where the focus is.
    async fn press(&self, key: &str) {
        let script = format!(
            "(document.activeElement ?? document.body).dispatchEvent(new KeyboardEvent('keydown', {{ key: '{key}', bubbles: true }}))"
        );
        self.browser.run(&script).await;
    }
}

/// The selector of a message or request by its number.
fn entry(number: usize) -> String {
    format!("article[data-number='{number}']")
}

/// Of a part of it.
fn part(number: usize, css: &str) -> String {
    format!("article[data-number='{number}'] {css}")
}
