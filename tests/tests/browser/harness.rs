//! The harness itself, with a page that has one of everything.

use httpmock::MockServer;
use otp_tests::browser::{Browser, eventually};

const PAGE: &str = r##"<!doctype html><title>One</title><h1>First</h1>
<form action="/second"><label for="name">Name</label><input id="name" name="name"><button>Go</button></form>
<button id="count" onclick="this.textContent = Number(this.textContent) + 1">0</button>
<button id="copy" onclick="navigator.clipboard.writeText('from the page')">Copy</button>
<button id="late" onclick="setTimeout(() => document.body.append(document.createElement('output')), 200)">Late</button>
<style>body { color: rgb(1, 1, 1) } @media (prefers-color-scheme: dark) { body { color: rgb(9, 9, 9) } }</style>"##;

/// A browser in front of the page, and its server.
async fn open() -> (Browser, MockServer) {
    let server = MockServer::start_async().await;
    let page = |path: &'static str, status: u16, body: &'static str| {
        let server = &server;
        async move {
            server
                .mock_async(|when, then| {
                    when.path(path);
                    then.status(status)
                        .header("content-type", "text/html")
                        .header("set-cookie", "seen=yes; HttpOnly")
                        .body(body);
                })
                .await;
        }
    };
    page("/first", 200, PAGE).await;
    page("/second", 422, "<!doctype html><h1>Second</h1>").await;
    let browser = Browser::start().await;
    browser.goto(&server.url("/first")).await;
    (browser, server)
}

#[ignore = "needs Chromium: the packages chromium and chromium-driver"]
#[tokio::test]
async fn a_form_is_filled_and_leads_to_the_next_page_with_its_status() {
    let (browser, _server) = open().await;
    assert_eq!((browser.text("h1").await, browser.status().await), ("First".to_owned(), 200));
    assert_eq!(browser.cookie("seen").await.as_deref(), Some("yes"));
    browser.fill("#name", "old").await;
    browser.fill("#name", "new").await;
    browser.follow("form button").await;
    assert_eq!((browser.path().await, browser.status().await), ("/second".to_owned(), 422));
    assert_eq!(browser.run("return location.search").await, "?name=new");
    assert!(!browser.has("#name").await);
}

#[ignore = "needs Chromium: the packages chromium and chromium-driver"]
#[tokio::test]
async fn clicks_are_real_ones_and_what_comes_late_is_waited_for() {
    let (browser, _server) = open().await;
    browser.click("#count").await;
    browser.double_click("#count").await;
    browser.wait_for_text("#count", "3").await;
    browser.click("#late").await;
    browser.wait_for("output").await;
    browser.reload().await;
    assert!(!browser.has("output").await);
    browser.submit("form").await;
    browser.wait_for_path("/second").await;
}

#[ignore = "needs Chromium: the packages chromium and chromium-driver"]
#[tokio::test]
async fn a_tab_is_closed_and_another_one_has_the_same_cookies() {
    let (browser, server) = open().await;
    browser.close_tab().await;
    browser.goto(&server.url("/second")).await;
    assert_eq!(browser.cookie("seen").await.as_deref(), Some("yes"));
}

#[ignore = "needs Chromium: the packages chromium and chromium-driver"]
#[tokio::test]
async fn the_clipboard_the_size_and_the_preferred_colors_are_those_of_the_test() {
    let (browser, _server) = open().await;
    browser.click("#copy").await;
    eventually("the text is copied", || async { browser.clipboard().await == "from the page" }).await;
    browser.resize(320, 600).await;
    assert_eq!(browser.run("return innerWidth").await, 320);
    for (dark, color) in [(true, "rgb(9, 9, 9)"), (false, "rgb(1, 1, 1)")] {
        browser.prefer_dark(dark).await;
        assert_eq!(browser.run("return getComputedStyle(document.body).color").await, color);
    }
}
