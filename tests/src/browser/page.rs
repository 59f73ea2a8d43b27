//! What a person does with a page, by CSS selectors.

use std::time::Instant;

use fantoccini::Locator;
use fantoccini::actions::{InputSource, MOUSE_BUTTON_LEFT, MouseActions, PointerAction};
use fantoccini::elements::Element;
use fantoccini::error::CmdError;
use serde_json::Value;

use super::{Browser, DEADLINE, PAUSE, eventually};

impl Browser {
    /// Opens a page, and waits until it is there.
    pub async fn goto(&self, url: &str) {
        self.mark().await;
        self.client.goto(url).await.expect("the page opens");
        self.wait_for_another_page().await;
    }

    /// Loads the page again, and waits until it is there.
    pub async fn reload(&self) {
        self.mark().await;
        self.client.refresh().await.expect("the page opens");
        self.wait_for_another_page().await;
    }

    /// Clicks an element that leads to another page, and waits until it is there.
    pub async fn follow(&self, css: &str) {
        self.wait_for(css).await;
        self.mark().await;
        self.click(css).await;
        self.wait_for_another_page().await;
    }

    /// Clicks an element.
    pub async fn click(&self, css: &str) {
        self.with(css, |element| async move { element.click().await }).await;
    }

    /// Clicks an element twice, as fast as a hand that trembles.
    pub async fn double_click(&self, css: &str) {
        self.wait_for(css).await;
        let element = self.client.find(Locator::Css(css)).await.expect("the element");
        let press = || PointerAction::Down { button: MOUSE_BUTTON_LEFT };
        let release = || PointerAction::Up { button: MOUSE_BUTTON_LEFT };
        let clicks = MouseActions::new("mouse".to_owned())
            .then(PointerAction::MoveToElement { element, duration: None, x: 0.0, y: 0.0 })
            .then(press())
            .then(release())
            .then(press())
            .then(release());
        self.client.perform_actions(clicks).await.expect("it is clicked");
    }

    /// Sends a form as a browser without scripts does, and does not wait for the response.
    pub async fn submit(&self, css: &str) {
        self.wait_for(css).await;
        // `submit()` runs no handler of the page, unlike a click.
        self.run(&format!("document.querySelector('{css}').submit()")).await;
    }

    /// Sends a form, and again half a second later, while the browser waits for the first response.
    pub async fn submit_twice(&self, css: &str) {
        self.wait_for(css).await;
        // The page itself does it: WebDriver runs no script while a page is on its way.
        let script =
            "const form = document.querySelector('CSS'); form.submit(); setTimeout(() => form.submit(), 500)";
        self.run(&script.replace("CSS", css)).await;
    }

    /// Replaces what is in a field.
    pub async fn fill(&self, css: &str, text: &str) {
        self.with(css, |field| async move {
            field.clear().await?;
            field.send_keys(text).await
        })
        .await;
    }

    /// Waits until there is an element.
    pub async fn wait_for(&self, css: &str) {
        eventually(css, || self.has(css)).await;
    }

    /// Waits until an element shows a text that contains this one.
    pub async fn wait_for_text(&self, css: &str, text: &str) {
        eventually(&format!("{css} shows {text}"), || async {
            self.text_now(css).await.is_some_and(|shown| shown.contains(text))
        })
        .await;
    }

    /// Waits until the page has this path.
    pub async fn wait_for_path(&self, path: &str) {
        eventually(path, || async { self.path().await == path && self.is_loaded().await }).await;
    }

    /// Whether there is an element now.
    pub async fn has(&self, css: &str) -> bool {
        self.client.find(Locator::Css(css)).await.is_ok()
    }

    /// Returns the visible text of an element.
    pub async fn text(&self, css: &str) -> String {
        self.with(css, |element| async move { element.text().await }).await
    }

    /// Returns an attribute of an element.
    pub async fn attribute(&self, css: &str, name: &str) -> Option<String> {
        self.with(css, |element| async move { element.attr(name).await }).await
    }

    /// Returns the path of the page.
    pub async fn path(&self) -> String {
        self.client.current_url().await.expect("a page").path().to_owned()
    }

    /// Returns the HTTP status with which the page came.
    pub async fn status(&self) -> u64 {
        let status = self.run("return performance.getEntriesByType('navigation')[0].responseStatus").await;
        status.as_u64().expect("a status")
    }

    async fn text_now(&self, css: &str) -> Option<String> {
        self.client.find(Locator::Css(css)).await.ok()?.text().await.ok()
    }

    /// Does something with an element. If there is none yet, or the page changes meanwhile, it does so with the next one.
    async fn with<T, F: Future<Output = Result<T, CmdError>>>(
        &self,
        css: &str,
        act: impl Fn(Element) -> F,
    ) -> T {
        let start = Instant::now();
        loop {
            let outcome = match self.client.find(Locator::Css(css)).await {
                Ok(element) => act(element).await,
                Err(error) => Err(error),
            };
            match outcome {
                Ok(value) => return value,
                Err(error) => assert!(start.elapsed() < DEADLINE, "{css}: {error}"),
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Marks the page, to tell it from the next one.
    async fn mark(&self) {
        self.run("window.isLeft = true").await;
    }

    async fn wait_for_another_page(&self) {
        eventually("another page", || self.is_loaded()).await;
    }

    /// Whether the page is there, and is not the one that was marked.
    async fn is_loaded(&self) -> bool {
        let script = "return document.readyState === 'complete' && !window.isLeft";
        self.client.execute(script, Vec::new()).await.is_ok_and(|loaded| loaded == Value::Bool(true))
    }
}
