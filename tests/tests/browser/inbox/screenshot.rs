//! Pictures of the page. The README shows the first.

use std::time::Duration;

use otp_facade::{CreateRequest, OtpProvider, Recipient, VerifyRequest};
use otp_sandbox::{Fault, Provider};

use super::{NUMBER, Page, part};

#[ignore = "needs Chromium: the packages chromium and chromium-driver"]
#[tokio::test(flavor = "multi_thread")]
async fn the_page_is_pictured_with_messages_in_each_state() {
    let page = Page::open().await;
    page.browser.resize(920, 560).await;
    let first = page.create_for("+33612246400").await;
    let code = page.sandbox.last_message(Provider::Smscx).unwrap().code;
    page.smscx.verify(&VerifyRequest::new(first.id, code.as_str())).await.unwrap();
    page.sandbox.advance(Duration::from_secs(83));
    let request = CreateRequest::new(Recipient::phone("+12025550123"))
        .with_template("{{pin}} is your code for Example.");
    let second = page.smscx.create(&request).await.unwrap();
    let wrong = page.sandbox.last_message(Provider::Smscx).unwrap().wrong_code();
    assert!(page.smscx.verify(&VerifyRequest::new(second.id, wrong.as_str())).await.is_err());
    page.create_for(NUMBER).await;
    page.browser.wait_for_text(&part(2, ".facts"), "2 attempts left").await;
    page.browser.wait_for_text(&part(3, ".pill"), "pending").await;
    // Without the marks of what is new.
    page.wait_until("document.getAnimations().length === 0").await;
    page.browser.screenshot("inbox").await;
    page.browser.prefer_dark(true).await;
    page.browser.screenshot("inbox-dark").await;
    page.sandbox.inject(Provider::Smscx, Fault::Html(502));
    for view in ["requests", "controls"] {
        page.show(view).await;
        page.browser.screenshot(&format!("inbox-{view}")).await;
    }
    page.browser.resize(390, 844).await;
    page.browser.prefer_dark(false).await;
    page.show("inbox").await;
    page.browser.screenshot("inbox-narrow").await;
}
