//! The controls: each is a call of the documented API.

use otp_facade::{CreateRequest, OtpProvider, Recipient};
use otp_tests::browser::eventually;

use super::{NUMBER, Page, part};

/// A button with this text in a panel.
fn button(panel: &str, text: &str) -> String {
    format!(
        "[...document.querySelectorAll('[data-panel={panel}] button')].find((it) => it.textContent === '{text}')"
    )
}

impl Page {
    async fn click_button(&self, panel: &str, text: &str) {
        let button = button(panel, text);
        self.wait_until(&button).await;
        self.browser.run(&format!("{button}.click()")).await;
    }

    async fn choose(&self, panel: &str, index: usize, value: &str) {
        let script = format!(
            "const it = document.querySelectorAll('[data-panel={panel}] select')[{index}]; it.value = '{value}'; \
             it.dispatchEvent(new Event('change'))"
        );
        self.browser.run(&script).await;
    }
}

#[ignore = "needs Chromium: the packages chromium and chromium-driver"]
#[tokio::test(flavor = "multi_thread")]
async fn a_fault_is_injected_seen_by_the_client_and_removed() {
    let page = Page::open().await;
    page.show("controls").await;
    page.wait_until("document.querySelector('[data-panel=faults]')").await;
    page.choose("faults", 0, "smscx").await;
    page.choose("faults", 1, "act_then_drop").await;
    page.browser
        .wait_for_text("[data-panel=faults] .sees", "The client sees: the same, after the service has acted")
        .await;
    page.click_button("faults", "Inject").await;
    page.browser.wait_for_text("[data-panel=faults] li", "smscx: act_then_drop, for 1 request").await;
    page.browser.wait_for_text("#faults-count", "1").await;
    let request = CreateRequest::new(Recipient::phone(NUMBER));
    assert!(page.smscx.create(&request).await.unwrap_err().may_have_acted());
    page.browser.wait_for_text("[data-panel=faults]", "No fault is set").await;
    page.show("requests").await;
    page.browser.wait_for_text(&part(1, ".reason"), "injected fault: act_then_drop").await;

    page.show("controls").await;
    page.choose("faults", 1, "refuse").await;
    page.click_button("faults", "Inject").await;
    page.browser.wait_for_text("[data-panel=faults] li", "until it is removed").await;
    page.click_button("faults", "Remove").await;
    page.browser.wait_for_text("[data-panel=faults]", "No fault is set").await;
    page.create().await;
}

#[ignore = "needs Chromium: the packages chromium and chromium-driver"]
#[tokio::test(flavor = "multi_thread")]
async fn the_clock_goes_to_the_next_expiry_by_a_click_that_is_shown_as_curl() {
    let page = Page::open().await;
    page.create().await;
    page.show("controls").await;
    page.click_button("clock", "To the next expiry").await;
    page.browser.wait_for_text("#command", "curl -d '{\"to_next_expiry\":true}' http://127.0.0.1:").await;
    page.show("inbox").await;
    page.browser.wait_for_text(&part(1, ".pill"), "expired").await;
    page.show("controls").await;
    page.click_button("clock", "To the next expiry").await;
    page.browser.wait_for_text("#command.error", "no code in the inbox is pending").await;
}

#[ignore = "needs Chromium: the packages chromium and chromium-driver"]
#[tokio::test(flavor = "multi_thread")]
async fn every_control_does_what_it_says() {
    let page = Page::open().await;
    page.show("controls").await;
    let request = CreateRequest::new(Recipient::phone(NUMBER));
    let fails = async || page.smscx.create(&request).await.is_err();
    for (panel, set, unset) in [
        ("rate-limit", "Set", "No limit"),
        ("account", "Set", "Unlimited credit"),
        ("credentials", "Reject", "Accept"),
        ("account", "Do not cover", "Cover"),
    ] {
        let values = "for (const [panel, index, value] of [['rate-limit', 0, '0'], ['account', 0, '0'], ['account', 1, '+49'], \
             ['credentials', 0, 'any']]) document.querySelectorAll(`[data-panel=${panel}] input`)[index].value = value";
        page.browser.run(values).await;
        assert!(!fails().await, "before {panel}");
        page.click_button(panel, set).await;
        eventually(&format!("{panel} is set"), &fails).await;
        page.click_button(panel, unset).await;
        eventually(&format!("{panel} is unset"), || async { !fails().await }).await;
    }
    page.click_button("account", "Lock").await;
    page.browser.wait_for_text("[data-panel=account]", "MTAN: TEMPORARILY_LOCKED").await;
    page.click_button("seed", "Set").await;
    eventually("the seed is set", || async { page.sandbox.seed() == 7 }).await;
    page.click_button("clock", "+5 min").await;
    page.browser.wait_for_text("#clock", "+5:00").await;
    page.click_button("seed", "Reset everything").await;
    page.wait_for_count("inbox", 0).await;
    page.browser.wait_for_text("[data-panel=account]", "MTAN: ACTIVE").await;
    page.browser.wait_for_text("[data-panel=clock]", "that of this machine").await;
    assert!(page.sandbox.journal().is_empty());
}
