//! Wrong codes, expired codes, and other codes.

use std::time::Duration;

use otp_tests::browser::eventually;

use super::{Login, NUMBER};

#[ignore = "needs Chromium: the packages chromium and chromium-driver"]
#[tokio::test]
async fn a_wrong_code_says_how_many_attempts_are_left_and_the_right_one_logs_in() {
    let login = Login::start(&[]).await;
    login.ask(NUMBER).await;
    let message = login.message();
    login.enter(&message.wrong_code()).await;
    assert_eq!(login.notice().await, ("wrong_code_attempts_left".to_owned(), 422));
    assert!(login.browser.text("#notice").await.ends_with("Attempts left: 2."));
    login.enter("no code").await;
    assert_eq!(login.notice().await, ("invalid_code".to_owned(), 422));
    // As people type it: in groups.
    let (head, tail) = message.code.split_at(3);
    login.enter(&format!("{head} {tail}")).await;
    assert_eq!(login.browser.path().await, "/account");
}

#[ignore = "needs Chromium: the packages chromium and chromium-driver"]
#[tokio::test]
async fn after_the_last_attempt_the_page_offers_another_code_only() {
    let login = Login::start(&[("LOGIN__OTP__GUARD__INTERVAL_SECONDS", "0")]).await;
    login.ask(NUMBER).await;
    let wrong = login.message().wrong_code();
    for _ in 0..2 {
        login.enter(&wrong).await;
    }
    login.enter(&wrong).await;
    assert_eq!(login.notice().await, ("no_attempts_left".to_owned(), 422));
    assert!(!login.browser.has("#code").await);
    login.ask_again().await;
    login.enter(&login.message().code).await;
    assert_eq!(login.browser.path().await, "/account");
}

#[ignore = "needs Chromium: the packages chromium and chromium-driver"]
#[tokio::test]
async fn an_expired_code_leads_to_another_one() {
    let login = Login::start(&[("LOGIN__OTP__GUARD__INTERVAL_SECONDS", "1")]).await;
    login.ask(NUMBER).await;
    // Both clocks, as the time passes for the vendor and for the guard.
    login.first.advance(Duration::from_secs(600));
    login.clock.advance(Duration::from_secs(600));
    login.enter(&login.message().code).await;
    assert_eq!(login.notice().await, ("code_expired".to_owned(), 422));
    assert!(!login.browser.has("#code").await);
    login.ask_again().await;
    login.enter(&login.message().code).await;
    assert_eq!(login.browser.path().await, "/account");
}

#[ignore = "needs Chromium: the packages chromium and chromium-driver"]
#[tokio::test]
async fn another_code_is_possible_after_the_countdown() {
    let login = Login::start(&[("LOGIN__OTP__GUARD__INTERVAL_SECONDS", "3")]).await;
    login.ask(NUMBER).await;
    let old = login.message().code;
    assert!(login.browser.has("#resend:disabled").await);
    assert!(login.browser.text("#wait").await.starts_with("Possible in "));
    eventually("the countdown ends", || async { login.browser.has("#resend:enabled").await }).await;
    assert_eq!(login.browser.text("#status").await, "You can ask for another code now.");
    assert!(!login.browser.has("#wait").await);
    login.browser.double_click("#resend").await;
    eventually("the second message", || async { login.first.inbox().len() == 2 }).await;
    login.browser.wait_for("#resend:disabled").await;
    assert_eq!(login.first.inbox().len(), 2, "a double click on this button sends one message too");
    login.enter(&old).await;
    assert_eq!(login.browser.status().await, 422, "only the code of the newest message is accepted");
    login.enter(&login.message().code).await;
    assert_eq!(login.browser.path().await, "/account");
}

#[ignore = "needs Chromium: the packages chromium and chromium-driver"]
#[tokio::test]
async fn a_used_up_limit_says_how_long_to_wait_and_sends_nothing() {
    let limits = [("LOGIN__OTP__GUARD__PER_HOUR", "2"), ("LOGIN__OTP__GUARD__INTERVAL_SECONDS", "0")];
    let login = Login::start(&limits).await;
    login.ask(NUMBER).await;
    login.ask_again().await;
    let code = login.message().code;
    // The page knows, and the server does not rely on that.
    assert_eq!(login.browser.text("#wait").await, "Possible in 60 min");
    assert!(login.browser.has("#resend:disabled").await);
    login.browser.submit(".second").await;
    login.browser.wait_for("#notice").await;
    assert_eq!(login.notice().await, ("rate_limited_wait".to_owned(), 429));
    assert!(login.browser.text("#notice").await.contains("Wait 60 minutes"));
    assert_eq!(login.first.inbox().len(), 2);
    // The number cannot be asked for in another way either.
    login.browser.goto(&login.url).await;
    login.browser.fill("#number", "+49 151 12345678").await;
    login.browser.follow("form button").await;
    assert_eq!(login.notice().await, ("rate_limited_wait".to_owned(), 429));
    // The code of before is still good.
    login.browser.goto(&format!("{}/code", login.url)).await;
    login.enter(&code).await;
    assert_eq!(login.browser.path().await, "/account");
}

#[ignore = "needs Chromium: the packages chromium and chromium-driver"]
#[tokio::test]
async fn with_the_sandbox_the_page_leads_to_the_inbox_that_has_the_code() {
    let login = Login::start(&[]).await;
    login.ask(NUMBER).await;
    let inbox = login.browser.attribute(".sandbox a", "href").await.expect("a link");
    login.browser.goto(&inbox).await;
    login.browser.wait_for_text("body", &login.message().code).await;
}
