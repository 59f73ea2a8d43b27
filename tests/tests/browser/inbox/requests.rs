//! The requests.

use otp_facade::{OtpProvider, VerifyRequest};
use otp_sandbox::{Fault, Provider};
use otp_tests::browser::eventually;
use serde_json::json;

use super::{Page, part};

#[ignore = "needs Chromium: the packages chromium and chromium-driver"]
#[tokio::test(flavor = "multi_thread")]
async fn a_request_opens_into_headers_body_and_answer_without_its_credential() {
    let page = Page::open().await;
    let challenge = page.create().await;
    let wrong = page.sandbox.last_message(Provider::Smscx).unwrap().wrong_code();
    assert!(page.smscx.verify(&VerifyRequest::new(challenge.id, wrong.as_str())).await.is_err());
    page.show("requests").await;
    page.wait_for_count("requests", 2).await;
    let row = page.browser.text(&part(2, "button")).await;
    for text in ["400", "smscx", "verify_otp", "challenge ", "The PIN does not match", " ms"] {
        assert!(row.contains(text), "{text} in {row}");
    }
    let toggle = format!("#entries {}", part(2, "button"));
    page.browser.click(&toggle).await;
    page.browser.wait_for(&format!("{toggle}[aria-expanded=true]")).await;
    let detail = page.browser.text(&format!("#entries {}", part(2, ".detail"))).await;
    for text in ["POST", "/otp/", "x-api-key: sha256:", &format!("\"pin\": \"{wrong}\""), "2029"] {
        assert!(detail.contains(text), "{text} in {detail}");
    }
    page.browser.click(&toggle).await;
    page.browser.wait_for(&format!("{toggle}[aria-expanded=false]")).await;
}

#[ignore = "needs Chromium: the packages chromium and chromium-driver"]
#[tokio::test(flavor = "multi_thread")]
async fn requests_are_filtered_by_provider_status_and_text() {
    let page = Page::open().await;
    page.create_for("+33612246400").await;
    page.sandbox.inject(Provider::Smscx, Fault::DropBeforeActing);
    let request = otp_facade::CreateRequest::new(otp_facade::Recipient::phone("+4915112345678"));
    assert!(page.smscx.create(&request).await.is_err());
    page.sandbox.set_credit(Some(0.0));
    assert!(page.smscx.create(&request).await.is_err());
    page.show("requests").await;
    page.wait_for_count("requests", 3).await;
    let shown =
        "return [...document.querySelectorAll('#entries article')].map((it) => Number(it.dataset.number))";
    for (field, event, value, numbers) in [
        ("requests-status", "change", "failed", json!([3, 2])),
        ("requests-status", "change", "none", json!([2])),
        ("requests-status", "change", "2", json!([1])),
        ("requests-status", "change", "4", json!([3])),
        ("requests-status", "change", "", json!([3, 2, 1])),
        ("requests-filter", "input", "33612246400", json!([1])),
        ("requests-filter", "input", "INSUFFICIENT_credit", json!([3])),
        ("requests-filter", "input", "new_otp", json!([3, 2, 1])),
        ("requests-provider", "change", "agilicus", json!([])),
    ] {
        page.browser.run(&format!("const it = document.getElementById('{field}'); it.value = '{value}'; it.dispatchEvent(new Event('{event}'))")).await;
        eventually(&format!("{field} {value}"), || async { page.browser.run(shown).await == numbers }).await;
    }
}
