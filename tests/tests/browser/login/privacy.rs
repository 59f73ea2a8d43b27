//! What strangers learn, and what they cannot do.

use std::time::Duration;

use super::{Login, NUMBER};

/// A form that another website would send.
const FORGED: &str = "data:text/html,<form method=post action='URL'><input name=token value=guessed>\
    <input name=message value=1><input name=region value=DE><input name=number value='%2B4915112345678'>\
    <input name=code value=123456></form>";

impl Login {
    /// Asks for a code, and returns status, path and source of the page without what is the visit's own.
    async fn asked(&self, number: &str) -> (u64, String, String) {
        self.browser.goto(&self.url).await;
        self.ask(number).await;
        let script = "document.querySelectorAll('[type=hidden]').forEach((field) => field.remove());\
            document.querySelector('strong').textContent = '';\
            document.querySelector('#wait span').textContent = '';\
            document.querySelector('#wait').dataset.seconds = '';\
            return document.documentElement.outerHTML";
        let source = self.browser.run(script).await;
        (self.browser.status().await, self.browser.path().await, source.to_string())
    }
}

#[ignore = "needs Chromium: the packages chromium and chromium-driver"]
#[tokio::test]
async fn a_number_without_an_account_looks_like_one_with_an_account() {
    let login = Login::start(&[]).await;
    login.ask(NUMBER).await;
    login.enter(&login.message().code).await;
    assert_eq!(login.browser.text("h1").await, "Welcome");
    login.browser.follow("form button").await;
    login.clock.advance(Duration::from_secs(60));

    let before = login.first.journal().len();
    let known = login.asked(NUMBER).await;
    let between = login.first.journal().len();
    let unknown = login.asked("0151 8765 4321").await;
    assert_eq!(known, unknown);
    // Both wait for the same call of the same vendor, so that the time tells nothing either.
    assert_eq!((between - before, login.first.journal().len() - between), (1, 1));

    login.browser.goto(&login.url).await;
    login.clock.advance(Duration::from_secs(60));
    login.ask(NUMBER).await;
    login.enter(&login.message().code).await;
    assert_eq!(login.browser.text("h1").await, "Welcome back", "whoever has proven the number learns it");
}

#[ignore = "needs Chromium: the packages chromium and chromium-driver"]
#[tokio::test]
async fn a_form_of_another_website_is_refused() {
    let login = Login::start(&[]).await;
    for path in ["/", "/resend", "/code"] {
        login.browser.goto(&FORGED.replace("URL", &format!("{}{path}", login.url))).await;
        login.browser.submit("form").await;
        login.browser.wait_for("#notice").await;
        assert_eq!(login.notice().await, ("stale_form".to_owned(), 403), "{path}");
    }
    assert!(login.first.journal().is_empty());

    // So is one of this website with another token.
    for (path, fill) in [("/", "#number"), ("/code", "#code")] {
        if path == "/code" {
            login.browser.goto(&login.url).await;
            login.ask(NUMBER).await;
        }
        let requests = login.first.journal().len();
        login.browser.goto(&format!("{}{path}", login.url)).await;
        login.browser.run("document.querySelector('[name=token]').value += 'x'").await;
        login.browser.fill(fill, "123456").await;
        login.browser.follow("form button").await;
        assert_eq!(login.notice().await, ("stale_form".to_owned(), 403), "{path}");
        assert_eq!(login.first.journal().len(), requests, "{path}");
    }
}

#[ignore = "needs Chromium: the packages chromium and chromium-driver"]
#[tokio::test]
async fn the_session_has_another_id_after_the_login_and_is_gone_after_the_logout() {
    let login = Login::start(&[]).await;
    let before = login.browser.cookie("id").await.expect("a session");
    login.ask(NUMBER).await;
    assert_eq!(login.browser.cookie("id").await.as_ref(), Some(&before));
    login.enter(&login.message().code).await;
    let after = login.browser.cookie("id").await.expect("a session");
    assert_ne!(before, after);
    // Scripts of a page cannot read it.
    assert_eq!(login.browser.run("return document.cookie").await, "");

    login.browser.follow("form button").await;
    login.browser.goto(&format!("{}/account", login.url)).await;
    assert_eq!(login.browser.path().await, "/");
}
