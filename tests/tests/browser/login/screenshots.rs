//! What the pages look like: in light and dark, wide and narrow. With `BROWSER_SCREENSHOTS`, each is written to a file.

use super::{Login, NUMBER};

/// A small phone. Nothing may be wider.
const NARROW: u32 = 320;

#[ignore = "needs Chromium: the packages chromium and chromium-driver"]
#[tokio::test]
async fn no_page_is_wider_than_a_small_phone_and_every_field_has_a_label() {
    let login = Login::start(&[]).await;
    login.look("login-number").await;
    login.browser.fill("#number", "12").await;
    login.browser.follow("form button").await;
    assert_eq!(login.notice().await, ("invalid_phone".to_owned(), 422));
    login.look("login-number-wrong").await;
    login.ask(NUMBER).await;
    login.look("login-code").await;
    login.enter(&login.message().wrong_code()).await;
    login.look("login-code-wrong").await;
    for _ in 0..2 {
        login.enter(&login.message().wrong_code()).await;
    }
    login.look("login-code-over").await;
    login.browser.goto(&login.url).await;
    login.ask("0151 8765 4321").await;
    login.enter(&login.message().code).await;
    login.look("login-account").await;
}

impl Login {
    async fn look(&self, name: &str) {
        for (size, width, height) in [("wide", 900, 700), ("narrow", NARROW, 640)] {
            self.browser.resize(width, height).await;
            for dark in [false, true] {
                self.browser.prefer_dark(dark).await;
                let shade = if dark { "dark" } else { "light" };
                self.browser.screenshot(&format!("{name}-{size}-{shade}")).await;
            }
            let hidden = "return document.documentElement.scrollWidth - document.documentElement.clientWidth";
            assert_eq!(self.browser.run(hidden).await, 0, "{name}: pixels beside the window");
        }
        let unlabeled = self.browser.run(
            "return [...document.querySelectorAll('input:not([type=hidden]), select')]\
                .filter((field) => field.labels.length === 0).length",
        );
        assert_eq!(unlabeled.await, 0, "{name}");
    }
}
