//! A handler is dropped when the browser goes away, and a second click is the browser going away.

use std::time::Duration;

use otp_sandbox::{Fault, Provider};

use super::{Login, NUMBER};

/// Longer than a double click takes.
const BRISK: Fault = Fault::Delay(Duration::from_millis(300));

/// Longer than it takes to send a form again, or to close the tab.
const SLOW: Fault = Fault::Delay(Duration::from_secs(2));

#[ignore = "needs Chromium: the packages chromium and chromium-driver"]
#[tokio::test]
async fn a_double_click_on_send_me_a_code_sends_one_message() {
    let login = Login::start(&[]).await;
    login.browser.fill("#number", NUMBER).await;
    login.first.inject(Provider::Smscx, BRISK);
    login.browser.double_click("form button").await;
    login.browser.wait_for("#code").await;
    assert_eq!((login.forms(), login.first.inbox().len()), (1, 1), "the page has dropped the second click");
    login.enter(&login.message().code).await;
    assert_eq!(login.browser.path().await, "/account");
}

#[ignore = "needs Chromium: the packages chromium and chromium-driver"]
#[tokio::test]
async fn a_double_click_on_log_in_logs_in() {
    let login = Login::start(&[]).await;
    login.ask(NUMBER).await;
    login.browser.fill("#code", &login.message().code).await;
    login.first.inject(Provider::Smscx, BRISK);
    login.browser.double_click("form button").await;
    login.browser.wait_for_path("/account").await;
    assert_eq!(login.forms(), 2, "the page has dropped the second click");
}

#[ignore = "needs Chromium: the packages chromium and chromium-driver"]
#[tokio::test]
async fn a_second_form_while_the_vendor_sends_gets_the_challenge_of_the_first() {
    let login = Login::start(&[]).await;
    login.first.inject(Provider::Smscx, SLOW);
    login.browser.fill("#number", NUMBER).await;
    login.browser.submit_twice("form").await;
    login.browser.wait_for("#code").await;
    assert_eq!((login.forms(), login.first.inbox().len(), login.first.journal().len()), (2, 1, 1));
    login.enter(&login.message().code).await;
    assert_eq!(login.browser.path().await, "/account");
}

#[ignore = "needs Chromium: the packages chromium and chromium-driver"]
#[tokio::test]
async fn a_second_form_while_the_vendor_checks_logs_in() {
    let login = Login::start(&[]).await;
    login.ask(NUMBER).await;
    login.first.inject(Provider::Smscx, SLOW);
    login.browser.fill("#code", &login.message().code).await;
    login.browser.submit_twice("form").await;
    login.browser.wait_for_path("/account").await;
    assert_eq!((login.forms(), login.first.journal().len()), (3, 2), "the code was checked once");
}

#[ignore = "needs Chromium: the packages chromium and chromium-driver"]
#[tokio::test]
async fn a_tab_closed_while_the_vendor_sends_costs_no_second_message() {
    let login = Login::start(&[]).await;
    login.first.inject(Provider::Smscx, SLOW);
    login.browser.fill("#number", NUMBER).await;
    login.browser.submit("form").await;
    login.requests(1).await;
    login.browser.close_tab().await;
    login.browser.goto(&login.url).await;
    login.ask(NUMBER).await;
    assert_eq!(login.first.inbox().len(), 1);
    login.enter(&login.message().code).await;
    assert_eq!(login.browser.path().await, "/account");
}

#[ignore = "needs Chromium: the packages chromium and chromium-driver"]
#[tokio::test]
async fn a_tab_closed_while_the_vendor_checks_loses_no_code() {
    let login = Login::start(&[]).await;
    login.ask(NUMBER).await;
    login.first.inject(Provider::Smscx, SLOW);
    login.browser.fill("#code", &login.message().code).await;
    login.browser.submit("form").await;
    login.requests(2).await;
    login.browser.close_tab().await;
    login.browser.goto(&format!("{}/code", login.url)).await;
    login.enter(&login.message().code).await;
    assert_eq!(login.browser.path().await, "/account");
    assert_eq!(login.first.journal().len(), 2, "the code was checked once");
}
