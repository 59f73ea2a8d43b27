//! The inbox.

use std::time::Duration;

use otp_facade::{OtpProvider, VerifyRequest};
use otp_sandbox::Provider;
use otp_tests::browser::eventually;
use otp_tests::redis::DelayingProxy;
use serde_json::{Value, json};

use super::{NUMBER, Page, entry, part};

#[ignore = "needs Chromium: the packages chromium and chromium-driver"]
#[tokio::test(flavor = "multi_thread")]
async fn a_code_appears_is_copied_and_used_and_its_state_changes_without_a_reload() {
    let page = Page::open().await;
    page.browser.run("window.isSame = true").await;
    page.browser.wait_for_text("#inbox-empty", "No message yet").await;
    let challenge = page.create().await;
    page.browser.wait_for_text(&part(1, ".to"), NUMBER).await;
    page.browser.wait_for_text(&part(1, ".facts"), "pending").await;
    let facts = page.browser.text(&part(1, ".facts")).await;
    assert!(facts.contains("still good for ") && facts.contains("3 attempts left"), "{facts}");

    page.browser.click(&part(1, "[data-action=copy-wrong]")).await;
    eventually("the wrong code is copied", || async { !page.browser.clipboard().await.is_empty() }).await;
    let wrong = page.browser.clipboard().await;
    assert!(page.smscx.verify(&VerifyRequest::new(challenge.id.clone(), wrong.as_str())).await.is_err());
    page.browser.wait_for_text(&part(1, ".facts"), "2 attempts left").await;

    page.browser.click(&part(1, "[data-action=copy]")).await;
    eventually("the code is copied", || async { page.browser.clipboard().await != wrong }).await;
    let code = page.browser.clipboard().await;
    page.smscx.verify(&VerifyRequest::new(challenge.id, code.as_str())).await.unwrap();
    page.browser.wait_for_text(&part(1, ".pill"), "verified").await;
    assert_eq!(page.browser.run("return window.isSame").await, true, "it was not loaded again");
    let places = page.browser.run("return location.href + document.title").await.to_string();
    assert!(!places.contains(&code) && !places.contains(&wrong), "{places}");
}

#[ignore = "needs Chromium: the packages chromium and chromium-driver"]
#[tokio::test(flavor = "multi_thread")]
async fn the_clock_counts_down_and_expires_a_code() {
    let page = Page::open().await;
    page.create().await;
    let left = page.browser.text(&part(1, ".facts")).await;
    eventually("it counts down", || async { page.browser.text(&part(1, ".facts")).await != left }).await;
    page.sandbox.advance(Duration::from_secs(240));
    page.browser.wait_for_text(&part(1, ".facts"), "still good for 0:").await;
    page.sandbox.advance(Duration::from_secs(60));
    page.browser.wait_for_text(&part(1, ".pill"), "expired").await;
    page.browser.wait_for_text("#clock", "+5:00").await;
}

#[ignore = "needs Chromium: the packages chromium and chromium-driver"]
#[tokio::test(flavor = "multi_thread")]
async fn markup_in_a_message_stays_text() {
    let page = Page::open().await;
    page.browser.run("window.hit = 0; addEventListener('securitypolicyviolation', () => window.hit++)").await;
    let hostile = "<img src=x onerror=hit++><script>hit++</script><b>bold</b> {{pin}} &lt; \u{202e}";
    let request = otp_facade::CreateRequest::new(otp_facade::Recipient::phone(NUMBER)).with_template(hostile);
    page.smscx.create(&request).await.unwrap();
    let code = page.sandbox.message_to(NUMBER).unwrap().code;
    page.browser.wait_for(&entry(1)).await;
    let shown = page.browser.run("return document.querySelector('article .text').textContent").await;
    assert_eq!(shown, hostile.replace("{{pin}}", &code));
    page.show("requests").await;
    page.browser.click("#entries article button").await;
    page.browser.wait_for_text("#entries .detail", "<b>bold</b>").await;
    let elements = "return document.querySelectorAll('#inbox b, #requests b:not(.wide b), #inbox img, #requests img, main script').length + window.hit";
    assert_eq!(page.browser.run(elements).await, 0);
}

#[ignore = "needs Chromium: the packages chromium and chromium-driver"]
#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_messages_scroll() {
    let page = Page::open().await;
    let client = otp_facade::reqwest::Client::new();
    let url = format!("{}/user/otp/sms/receive", page.sandbox.base_url(Provider::EquinixMetal));
    for _ in 0..10_000 {
        client.post(&url).header("x-auth-token", "t").send().await.unwrap();
    }
    page.browser.wait_for_text("#inbox-count", "10,000").await;
    page.browser.wait_for(&entry(10_000)).await;
    page.browser.run("scrollTo(0, document.body.scrollHeight)").await;
    // Heights are measured on the way, so that the end moves.
    eventually("the oldest one is there", || async {
        page.browser.run("scrollTo(0, document.body.scrollHeight)").await;
        page.browser.has(&entry(1)).await
    })
    .await;
    let shown = page.browser.run("return document.querySelectorAll('#messages article').length").await;
    assert!(shown.as_u64().unwrap() < 60, "{shown} elements for 10,000 messages");
    // Who reads an old one is not moved by a new one.
    page.browser.run("scrollTo(0, 5000)").await;
    page.wait_until("document.querySelectorAll('#messages article').length > 0").await;
    let seen = "const at = document.elementFromPoint(innerWidth / 2, innerHeight / 2).closest('article'); return at?.dataset.number ?? ''";
    eventually("the list rests", || async {
        let before = page.browser.run(seen).await;
        tokio::time::sleep(Duration::from_millis(100)).await;
        before != "" && before == page.browser.run(seen).await
    })
    .await;
    let before = page.browser.run(seen).await;
    page.create().await;
    page.wait_until("[...document.querySelectorAll('#messages article')].every((it) => it.getAttribute('aria-setsize') === '10000')").await;
    eventually("the same one is at the same place", || async { page.browser.run(seen).await == before })
        .await;
}

#[ignore = "needs Chromium: the packages chromium and chromium-driver"]
#[tokio::test(flavor = "multi_thread")]
async fn a_reload_and_a_lost_connection_lose_nothing() {
    let page = Page::open().await;
    let address = page.sandbox.page_url().unwrap().replace("http://", "").replace('/', "");
    let network = DelayingProxy::start(address.clone(), Duration::ZERO).await;
    page.browser.goto(&format!("http://127.0.0.1:{}/", network.port())).await;
    page.create().await;
    page.browser.wait_for(&entry(1)).await;

    network.lead_to("127.0.0.1:1".to_owned());
    network.cut();
    page.browser.wait_for_text("#connection", "lost").await;
    page.create().await;
    let challenge = page.create().await;
    page.smscx.cancel(&challenge.id).await.unwrap();
    network.lead_to(address);
    page.browser.wait_for_text("#connection", "live").await;
    page.browser.wait_for_text(&part(3, ".pill"), "cancelled").await;
    page.browser.wait_for_text(&part(2, ".pill"), "pending").await;
    page.browser.wait_for(&entry(1)).await;

    page.browser.reload().await;
    page.wait_for_count("inbox", 3).await;
    page.browser.wait_for_text(&part(3, ".pill"), "cancelled").await;
}

#[ignore = "needs Chromium: the packages chromium and chromium-driver"]
#[tokio::test(flavor = "multi_thread")]
async fn another_sandbox_at_the_same_address_replaces_what_was_there() {
    let page = Page::open().await;
    page.create().await;
    page.create().await;
    page.wait_for_count("inbox", 2).await;
    let port =
        page.sandbox.page_url().unwrap().trim_end_matches('/').rsplit(':').next().unwrap().parse().unwrap();
    page.sandbox.clone().shutdown().await;
    page.browser.wait_for_text("#connection", "lost").await;
    // The listener of the old one ends with its last handle.
    let Page { sandbox, browser, .. } = page;
    drop(sandbox);
    let next = otp_sandbox::Sandbox::builder().page_port(port).start().await.unwrap();
    let smscx =
        otp_facade::Smscx::builder().api_key("any").base_url(next.base_url(Provider::Smscx)).build().unwrap();
    let page = Page { sandbox: next, smscx, browser };
    page.create_for("+33612246400").await;
    page.wait_for_count("inbox", 1).await;
    page.browser.wait_for_text(&part(1, ".to"), "+33612246400").await;
}

#[ignore = "needs Chromium: the packages chromium and chromium-driver"]
#[tokio::test(flavor = "multi_thread")]
async fn a_push_is_answered_and_a_photo_tan_shows_its_image() {
    let page = Page::open().await;
    let client = otp_facade::reqwest::Client::new();
    for (number, answer, state) in
        [(1, "approve", "verified"), (2, "decline", "declined"), (3, "fail", "failed")]
    {
        let body = json!({ "spec": { "user_id": "user-7", "challenge_type": "web_push", "send_now": true } });
        let url = format!("{}/v1/challenges", page.sandbox.base_url(Provider::Agilicus));
        let request = client.post(url).bearer_auth("t").header("content-type", "application/json");
        request.body(body.to_string()).send().await.unwrap();
        page.browser.click(&part(number, &format!("[data-action={answer}]"))).await;
        page.browser.wait_for_text(&part(number, ".pill"), state).await;
        assert!(!page.browser.has(&part(number, &format!("[data-action={answer}]"))).await);
    }
    let data = json!({
        "type": "challengeRequestDataInstantSepaCreditTransfers",
        "targetIban": "DE89370400440532013000", "amountCurrency": "EUR", "amountValue": 12.34,
    });
    let body =
        json!({ "method": "PHOTOTAN", "requestType": "INSTANT_SEPA_CREDIT_TRANSFERS", "requestData": data });
    let url = format!("{}/single", page.sandbox.base_url(Provider::DeutscheBank));
    let request = client.post(url).bearer_auth("t").header("content-type", "application/json");
    request.body(body.to_string()).send().await.unwrap();
    page.browser.wait_for(&part(4, ".photo")).await;
    page.wait_until("document.querySelector('.photo').naturalWidth === 32").await;
}

#[ignore = "needs Chromium: the packages chromium and chromium-driver"]
#[tokio::test(flavor = "multi_thread")]
async fn messages_are_filtered_by_number_and_provider() {
    let page = Page::open().await;
    for number in [NUMBER, "+33612246400", NUMBER] {
        page.create_for(number).await;
    }
    page.wait_for_count("inbox", 3).await;
    let shown =
        "return [...document.querySelectorAll('#messages article')].map((it) => Number(it.dataset.number))";
    for (text, numbers) in [
        ("+33", json!([2])),
        ("0049 151 1234", json!([3, 1])),
        ("612-246", json!([2])),
        ("999", json!([])),
        ("", json!([3, 2, 1])),
    ] {
        page.browser.run(&format!("const it = document.getElementById('inbox-filter'); it.value = '{text}'; it.dispatchEvent(new Event('input'))")).await;
        eventually(text, || async { page.browser.run(shown).await == numbers }).await;
    }
    let choose = "const it = document.getElementById('inbox-provider'); it.value = 'agilicus'; it.dispatchEvent(new Event('change'))";
    page.browser.run(choose).await;
    eventually("another provider's", || async { page.browser.run(shown).await == json!([]) }).await;
    page.browser.click("#inbox-clear").await;
    page.wait_for_count("inbox", 0).await;
    assert_eq!(page.sandbox.inbox().len(), 0);
    assert_ne!(page.browser.run(shown).await, Value::Null);
}
