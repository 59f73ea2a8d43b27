//! Debian's Chromium, driven through WebDriver. For pages that a person looks at.
//!
//! ```no_run
//! # async fn example(url: &str) {
//! use otp_tests::browser::Browser;
//!
//! let browser = Browser::start().await;
//! browser.goto(url).await;
//! browser.fill("#number", "0151 12345678").await;
//! browser.follow("button").await;
//! assert_eq!(browser.text("h1").await, "Enter the code");
//! # }
//! ```
//!
//! Each method waits for the element that it needs, and panics if it does not come. Nothing waits for a fixed time.

mod devtools;
mod driver;
mod page;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use fantoccini::{Client, ClientBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};

use self::driver::Driver;

/// How long to wait for what a page shows.
const DEADLINE: Duration = Duration::from_secs(20);

/// How long to wait before asking again.
const PAUSE: Duration = Duration::from_millis(20);

/// A browser with an empty profile. It ends when it is dropped.
pub struct Browser {
    client: Client,
    // Dropped last: it ends the processes.
    _driver: Driver,
}

impl Browser {
    /// Starts the driver and a browser with one empty tab.
    ///
    /// # Panics
    ///
    /// If `chromedriver` or `chromium` is not installed.
    pub async fn start() -> Self {
        let driver = Driver::start();
        let mut builder = ClientBuilder::new(HttpConnector::new());
        if let Value::Object(capabilities) = driver.capabilities() {
            builder.capabilities(capabilities);
        }
        let client = builder.connect(driver.url()).await.expect("Chromium starts");
        let browser = Self { client, _driver: driver };
        browser.resize(1000, 760).await;
        browser
    }

    /// Sets the size of what a page has, in pixels.
    pub async fn resize(&self, width: u32, height: u32) {
        let metrics = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        self.devtools("Emulation.setDeviceMetricsOverride", metrics).await;
    }

    /// Sets whether the person prefers dark pages.
    pub async fn prefer_dark(&self, dark: bool) {
        let value = if dark { "dark" } else { "light" };
        let features = json!({ "features": [{ "name": "prefers-color-scheme", "value": value }] });
        self.devtools("Emulation.setEmulatedMedia", features).await;
    }

    /// Reads the clipboard.
    pub async fn clipboard(&self) -> String {
        let permissions = json!({ "permissions": ["clipboardReadWrite"] });
        self.devtools("Browser.grantPermissions", permissions).await;
        // Only a page with the focus may read it.
        self.devtools("Emulation.setFocusEmulationEnabled", json!({ "enabled": true })).await;
        let text = json!({ "expression": "navigator.clipboard.readText()", "awaitPromise": true });
        let evaluated = self.devtools("Runtime.evaluate", text).await;
        evaluated["result"]["value"].as_str().expect("a text in the clipboard").to_owned()
    }

    /// Runs the body of a function in the page, and returns what it returns.
    pub async fn run(&self, script: &str) -> Value {
        self.client.execute(script, Vec::new()).await.expect("the script runs")
    }

    /// Writes what the page shows to `<name>.png` in the directory that `BROWSER_SCREENSHOTS` names, if it names one.
    pub async fn screenshot(&self, name: &str) {
        let Some(directory) = std::env::var_os("BROWSER_SCREENSHOTS").map(PathBuf::from) else {
            return;
        };
        let png = self.client.screenshot().await.expect("a screenshot");
        std::fs::create_dir_all(&directory).expect("a directory");
        std::fs::write(directory.join(format!("{name}.png")), png).expect("the file is written");
    }

    /// Closes the tab, whatever it waits for, and opens another one.
    pub async fn close_tab(&self) {
        let tab = self.client.new_window(true).await.expect("another tab");
        self.client.close_window().await.expect("the tab is closed");
        self.client.switch_to_window(tab.handle).await.expect("the other tab");
    }

    /// Returns the value of a cookie.
    pub async fn cookie(&self, name: &str) -> Option<String> {
        let cookies = self.client.get_all_cookies().await.expect("cookies");
        cookies.iter().find(|cookie| cookie.name() == name).map(|cookie| cookie.value().to_owned())
    }
}

/// Waits until a condition holds, and asks for it again and again meanwhile.
///
/// # Panics
///
/// With `what`, if it does not hold in time.
pub async fn eventually<F: Future<Output = bool>>(what: &str, mut condition: impl FnMut() -> F) {
    let start = Instant::now();
    while !condition().await {
        assert!(start.elapsed() < DEADLINE, "this does not happen: {what}");
        tokio::time::sleep(PAUSE).await;
    }
}
