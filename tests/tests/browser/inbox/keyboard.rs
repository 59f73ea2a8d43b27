//! Without a mouse, in a narrow window, and for a screen reader.

use otp_facade::{OtpProvider, VerifyRequest};
use otp_tests::browser::eventually;

use super::{Page, part};

#[ignore = "needs Chromium: the packages chromium and chromium-driver"]
#[tokio::test(flavor = "multi_thread")]
async fn everything_is_reached_by_keyboard() {
    let page = Page::open().await;
    for _ in 0..3 {
        page.create().await;
    }
    page.wait_for_count("inbox", 3).await;
    let focused = "return Number(document.activeElement.dataset.number ?? 0)";
    for (key, number) in [("j", 3), ("j", 2), ("k", 3), ("j", 2), ("j", 1), ("j", 1)] {
        page.press(key).await;
        eventually(&format!("{key} leads to {number}"), || async {
            page.browser.run(focused).await == number
        })
        .await;
    }
    // This grants what a real key would: it is a person who copies.
    page.browser.clipboard().await;
    page.press("c").await;
    let oldest = page.sandbox.inbox()[0].clone();
    eventually("its code is copied", || async { page.browser.clipboard().await == oldest.code }).await;
    page.press("w").await;
    eventually("a wrong code is copied", || async { page.browser.clipboard().await == oldest.wrong_code() })
        .await;
    page.press("/").await;
    page.wait_until("document.activeElement.id === 'inbox-filter'").await;
    page.press("2").await;
    assert_eq!(page.browser.run("return location.hash").await, "#inbox", "a digit in a field is a digit");
    page.press("Escape").await;
    page.press("2").await;
    page.wait_until("!document.getElementById('requests').hidden").await;
    page.press("j").await;
    page.press("Enter").await;
    page.browser.wait_for("#entries [aria-expanded=true]").await;
    page.press("?").await;
    page.wait_until("document.getElementById('help').open").await;
}

#[ignore = "needs Chromium: the packages chromium and chromium-driver"]
#[tokio::test(flavor = "multi_thread")]
async fn the_page_has_landmarks_names_and_fits_a_narrow_window() {
    let page = Page::open().await;
    page.create().await;
    page.wait_for_count("inbox", 1).await;
    for landmark in [
        "header",
        "nav[aria-label]",
        "main",
        "[role=search][aria-label]",
        "[role=feed][aria-label]",
        "[aria-live]",
        "h1",
        "html[lang]",
    ] {
        assert!(page.browser.has(landmark).await, "{landmark}");
    }
    for (view, width) in [("inbox", 320), ("requests", 320), ("controls", 320), ("inbox", 1280)] {
        page.browser.resize(width, 700).await;
        page.show(view).await;
        let unnamed = "return [...document.querySelectorAll('main section:not([hidden]) :is(button, input, select)')].filter((it) => \
            !(it.textContent.trim() || it.ariaLabel || it.labels?.length)).length";
        assert_eq!(page.browser.run(unnamed).await, 0, "{view}");
        page.wait_until("document.documentElement.scrollWidth <= innerWidth").await;
    }
}

/// Every text has the contrast of WCAG 2.2, 4.5 to 1.
#[ignore = "needs Chromium: the packages chromium and chromium-driver"]
#[tokio::test(flavor = "multi_thread")]
async fn colors_have_contrast_in_light_and_dark() {
    let page = Page::open().await;
    for _ in 0..2 {
        page.create().await;
    }
    let id = page.create().await.id;
    page.smscx.cancel(&id).await.unwrap();
    assert!(page.smscx.verify(&VerifyRequest::new(id, "0000")).await.is_err());
    page.browser.wait_for_text(&part(3, ".pill"), "cancelled").await;
    let contrast = r"
        const luminance = (color) => {
          const [r, g, b] = color.match(/[\d.]+/g).map(Number).map((c) => (c / 255 <= 0.03928 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4));
          return 0.2126 * r + 0.7152 * g + 0.0722 * b;
        };
        const behind = (it) => {
          for (let at = it; at; at = at.parentElement) {
            const color = getComputedStyle(at).backgroundColor;
            if (/^rgb\(/.test(color)) return color;
          }
          return getComputedStyle(document.body).backgroundColor;
        };
        return [...document.querySelectorAll('main *, footer *')].filter((it) => it.offsetParent && it.children.length === 0 && it.textContent.trim())
          .map((it) => {
            const [one, other] = [luminance(getComputedStyle(it).color), luminance(behind(it))].sort((a, b) => b - a);
            return [it.className || it.tagName, it.textContent.slice(0, 20), (one + 0.05) / (other + 0.05)];
          }).filter(([, , ratio]) => ratio < 4.5)";
    for dark in [false, true] {
        page.browser.prefer_dark(dark).await;
        for view in ["inbox", "requests", "controls"] {
            page.show(view).await;
            let poor = page.browser.run(contrast).await;
            assert_eq!(poor, serde_json::json!([]), "dark {dark}, {view}");
        }
    }
}
