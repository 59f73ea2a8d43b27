//! A vendor that is down, and a Redis that is down.

use std::collections::HashMap;

use otp_facade::config::TestClock;
use otp_sandbox::{Fault, Provider};
use otp_tests::browser::eventually;
use otp_tests::redis::Server;

use super::{Login, NUMBER, load, sandbox};

#[ignore = "needs Chromium: the packages chromium and chromium-driver"]
#[tokio::test]
async fn if_the_first_vendor_is_dead_the_second_one_sends() {
    let login = Login::start(&[]).await;
    login.first.inject(Provider::Smscx, Fault::Refuse);
    login.ask(NUMBER).await;
    let message = login.second.last_message(Provider::Smscx).expect("a message of the second");
    login.enter(&message.code).await;
    assert_eq!(login.browser.path().await, "/account");
}

#[ignore = "needs Chromium: the packages chromium and chromium-driver"]
#[tokio::test]
async fn a_message_that_may_be_on_its_way_is_not_sent_again_by_itself() {
    let login = Login::start(&[("LOGIN__OTP__GUARD__INTERVAL_SECONDS", "0")]).await;
    login.first.inject(Provider::Smscx, Fault::ActThenDrop);
    login.browser.fill("#number", NUMBER).await;
    login.browser.follow("form button").await;
    assert_eq!(login.notice().await, ("message_may_have_been_sent".to_owned(), 502));
    assert_eq!((login.first.inbox().len(), login.second.inbox().len()), (1, 0));
    // The person decides. The form has kept the number.
    login.browser.follow("form button").await;
    login.enter(&login.message().code).await;
    assert_eq!(login.browser.path().await, "/account");
}

#[ignore = "needs Chromium: the packages chromium and chromium-driver"]
#[tokio::test]
async fn a_code_whose_check_was_cut_off_is_not_accepted() {
    let login = Login::start(&[("LOGIN__OTP__GUARD__INTERVAL_SECONDS", "0")]).await;
    login.ask(NUMBER).await;
    login.first.inject(Provider::Smscx, Fault::ActThenDrop);
    login.enter(&login.message().code).await;
    assert_eq!(login.notice().await, ("code_not_checked".to_owned(), 502));
    assert!(!login.browser.has("#code").await, "the page offers another code");
    login.ask_again().await;
    login.enter(&login.message().code).await;
    assert_eq!(login.browser.path().await, "/account");
}

#[ignore = "needs Chromium: the packages chromium and chromium-driver, and redis-server"]
#[tokio::test]
async fn while_redis_is_down_nothing_is_sent_or_accepted_and_afterwards_the_code_is_good() {
    let mut redis = Server::start().await;
    let (first, second) = (sandbox().await, sandbox().await);
    let url = first.base_url(Provider::Smscx);
    let config = load(&[
        ("LOGIN__OTP__PROVIDERS__SMSCX_EU__BASE_URL", &url),
        ("LOGIN__OTP__PROVIDERS__SMSCX_ASIA__BASE_URL", &second.base_url(Provider::Smscx)),
        ("LOGIN__OTP__GUARD__STORE__REDIS__URL__ENV", "REDIS_URL"),
    ]);
    let secrets = ["SMSCX_EU_API_KEY", "SMSCX_ASIA_API_KEY", "OTP_GUARD_KEY"];
    let mut secrets: HashMap<_, _> = secrets
        .map(|name| (name.to_owned(), "made-up-and-long-enough-for-a-key-of-the-guard".to_owned()))
        .into();
    secrets.insert("REDIS_URL".to_owned(), redis.url());
    let stack = config.build_with(&secrets).expect("a stack");
    let login = Login::start_with(stack, first, second, TestClock::new()).await;

    login.ask(NUMBER).await;
    let code = login.message().code;
    redis.kill();
    let ready = format!("{}/ready", login.url);
    eventually("the login is not ready", || async {
        login.browser.goto(&ready).await;
        login.browser.status().await == 503
    })
    .await;
    login.browser.goto(&format!("{}/code", login.url)).await;
    login.enter(&code).await;
    assert_eq!(login.notice().await, ("cannot_check".to_owned(), 503));
    login.browser.screenshot("login-redis-down").await;
    assert_eq!(login.first.journal().len(), 1, "nothing was checked");

    login.browser.goto(&login.url).await;
    login.browser.fill("#number", "0151 8765 4321").await;
    login.browser.follow("form button").await;
    assert_eq!(login.notice().await, ("cannot_send".to_owned(), 503));
    assert_eq!(login.first.inbox().len(), 1, "nothing was sent");

    redis.restart().await;
    login.browser.goto(&format!("{}/code", login.url)).await;
    login.enter(&code).await;
    assert_eq!(login.browser.path().await, "/account");
}
