//! The handlers, without a browser.

use axum::Router;
use axum::body::Body;
use axum::http::{Request, Response, StatusCode, header};
use http_body_util::BodyExt;
use metrics_exporter_prometheus::PrometheusBuilder;
use otp_facade::config::Stack;
use otp_login_example::{App, Settings, load_stack};
use otp_sandbox::{Fault, Provider, Sandbox};
use tower::ServiceExt;

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/login.toml");

/// A browser without a window: it keeps the session's cookie.
struct Visitor {
    router: Router,
    sandbox: Sandbox,
    cookie: String,
}

struct Page {
    status: StatusCode,
    headers: header::HeaderMap,
    body: String,
}

impl Visitor {
    async fn new() -> Self {
        let sandbox = Sandbox::start().await.expect("a sandbox");
        let settings = Settings::load(FILE.as_ref()).expect("the file is good");
        let metrics = PrometheusBuilder::new().build_recorder().handle();
        let app = App::new(stack(&sandbox), settings.regions, metrics);
        Self { router: app.router(true), sandbox, cookie: String::new() }
    }

    async fn get(&mut self, path: &str) -> Page {
        self.send(Request::get(path), Body::empty()).await
    }

    async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Page {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let request = Request::post(path).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.send(request, body.into()).await
    }

    /// Asks for a code, from the page as it is.
    async fn ask(&mut self, region: &str, number: &str) -> Page {
        let page = self.get("/").await;
        let (token, message) = (page.field("token"), page.field("message"));
        let fields = [("token", &*token), ("message", &message), ("region", region), ("number", number)];
        self.post("/", &fields).await
    }

    async fn send(&mut self, request: axum::http::request::Builder, body: Body) -> Page {
        let request = request.header(header::COOKIE, &self.cookie).body(body).expect("a request");
        let response: Response<Body> = self.router.clone().oneshot(request).await.expect("a response");
        let (parts, body) = response.into_parts();
        if let Some(cookie) = parts.headers.get(header::SET_COOKIE) {
            let cookie = cookie.to_str().expect("a cookie");
            self.cookie = cookie.split(';').next().unwrap_or_default().to_owned();
        }
        let body = body.collect().await.expect("a body").to_bytes();
        let body = String::from_utf8(body.to_vec()).expect("text");
        Page { status: parts.status, headers: parts.headers, body }
    }
}

impl Page {
    /// Value of a hidden field.
    fn field(&self, name: &str) -> String {
        let (_, rest) = self.body.split_once(&format!("name=\"{name}\" value=\"")).expect("the field");
        rest.split('"').next().unwrap_or_default().to_owned()
    }

    fn header(&self, name: header::HeaderName) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().expect("text"))
    }

    /// Status, and key of the sentence.
    fn notice(&self) -> (u16, &str) {
        let (_, rest) = self.body.split_once("data-key=\"").expect("a notice");
        (self.status.as_u16(), rest.split('"').next().unwrap_or_default())
    }
}

fn stack(sandbox: &Sandbox) -> Stack {
    let url = sandbox.base_url(Provider::Smscx);
    let config = load_stack(FILE.as_ref()).expect("the file is good");
    let config = config.for_tests(|test| test.base_url("smscx-eu", &url).base_url("smscx-asia", &url));
    config.expect("two providers").build().expect("a stack")
}

#[tokio::test]
async fn a_number_is_understood_as_people_of_the_country_type_it() {
    for (region, typed, number) in [
        ("DE", "0151 12345678", "+4915112345678"),
        ("FR", "06 12 34 56 78", "+33612345678"),
        ("GB", "07911 123456", "+447911123456"),
        ("US", "(202) 555-0123", "+12025550123"),
        ("US", "+49 (0)151 12345678", "+4915112345678"),
        ("", "0049 151 12345678", "+4915112345678"),
    ] {
        let mut visitor = Visitor::new().await;
        let page = visitor.ask(region, typed).await;
        assert_eq!((page.status, page.header(header::LOCATION)), (StatusCode::SEE_OTHER, "/code"), "{typed}");
        assert_eq!(visitor.sandbox.inbox()[0].to, number);
    }
}

#[tokio::test]
async fn each_error_has_its_status_and_its_sentence() {
    let rows = [
        ("no number", "DE", "12", None, (422, "invalid_phone")),
        ("a country that is not chosen from the list", "JP", "0901234567", None, (422, "invalid_phone")),
        (
            "a country that the guard does not allow",
            "DE",
            "+81 90 1234 5678",
            None,
            (422, "country_not_allowed"),
        ),
        ("a gateway", "DE", "0151 12345678", Some(Fault::Html(502)), (502, "message_may_have_been_sent")),
        (
            "a lost response",
            "DE",
            "0151 12345678",
            Some(Fault::ActThenDrop),
            (502, "message_may_have_been_sent"),
        ),
        ("dead vendors", "DE", "0151 12345678", Some(Fault::Refuse), (503, "cannot_send")),
    ];
    for (what, region, number, fault, expected) in rows {
        let mut visitor = Visitor::new().await;
        if let Some(fault) = fault {
            visitor.sandbox.inject(Provider::Smscx, fault);
        }
        let page = visitor.ask(region, number).await;
        assert_eq!(page.notice(), expected, "{what}");
        assert!(page.body.contains(&format!("value=\"{number}\"")), "{what}: the person types it only once");
    }
}

#[tokio::test]
async fn a_limit_says_when_to_come_back_in_words_and_in_a_header() {
    let mut visitor = Visitor::new().await;
    visitor.ask("DE", "0151 12345678").await;
    let page = visitor.ask("DE", "0151 12345678").await;
    assert_eq!(page.notice(), (429, "rate_limited_wait"));
    let seconds: u64 = page.header(header::RETRY_AFTER).parse().expect("seconds");
    assert!((1..=30).contains(&seconds), "{seconds}");
    assert_eq!(visitor.sandbox.inbox().len(), 1);
}

#[tokio::test]
async fn a_form_that_is_sent_again_gets_the_same_challenge_and_the_next_form_another_one() {
    let mut visitor = Visitor::new().await;
    let page = visitor.get("/").await;
    let (token, message) = (page.field("token"), page.field("message"));
    let number = [("token", &*token), ("message", &message), ("region", "DE"), ("number", "0151 12345678")];
    for _ in 0..3 {
        let page = visitor.post("/", &number).await;
        assert_eq!(page.header(header::LOCATION), "/code");
    }
    assert_eq!(visitor.sandbox.inbox().len(), 1);
    assert_ne!(visitor.get("/").await.field("message"), message);
    // Also after it is over. The page then offers another code, and none is sent by itself.
    let wrong = visitor.sandbox.inbox()[0].wrong_code();
    for _ in 0..3 {
        visitor.post("/code", &[("token", &token), ("code", &wrong)]).await;
    }
    visitor.post("/", &number).await;
    let page = visitor.get("/code").await;
    assert!(page.body.contains("Send another code") && !page.body.contains("name=\"code\""), "{}", page.body);
    assert_eq!(visitor.sandbox.inbox().len(), 1);
}

#[tokio::test]
async fn what_a_person_types_is_text_and_not_a_part_of_the_page() {
    let mut visitor = Visitor::new().await;
    let page = visitor.ask("DE", "\"><script>alert(1)</script>").await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(!page.body.contains("<script>alert"), "{}", page.body);
}

#[tokio::test]
async fn forms_without_the_token_of_the_visit_do_nothing() {
    let mut visitor = Visitor::new().await;
    visitor.ask("DE", "0151 12345678").await;
    let requests = visitor.sandbox.journal().len();
    let number = [("token", "guessed"), ("message", "9"), ("region", "DE"), ("number", "0151 87654321")];
    for (path, fields) in
        [("/", &number[..]), ("/resend", &number[..2]), ("/code", &[("token", ""), ("code", "123456")])]
    {
        let page = visitor.post(path, fields).await;
        assert_eq!(page.notice(), (403, "stale_form"), "{path}");
    }
    assert_eq!(visitor.sandbox.journal().len(), requests);
    // Nor does one log anybody out.
    let code = visitor.sandbox.inbox()[0].code.clone();
    let token = visitor.get("/code").await.field("token");
    visitor.post("/code", &[("token", &token), ("code", &code)]).await;
    visitor.post("/logout", &[("token", &token)]).await;
    assert_eq!(visitor.get("/account").await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_challenge_is_of_one_session_only() {
    let mut victim = Visitor::new().await;
    victim.ask("DE", "0151 12345678").await;
    let code = victim.sandbox.inbox()[0].code.clone();
    let cookie = std::mem::take(&mut victim.cookie);
    // Another browser knows the code, and even the number of the message.
    let token = victim.get("/").await.field("token");
    let page = victim.post("/code", &[("token", &token), ("code", &code)]).await;
    assert_eq!((page.status, page.header(header::LOCATION)), (StatusCode::SEE_OTHER, "/"));
    let page = victim.ask("DE", "0151 12345678").await;
    assert_eq!(page.notice(), (429, "rate_limited_wait"), "it does not get the challenge of the first");
    victim.cookie = cookie;
    let token = victim.get("/code").await.field("token");
    let page = victim.post("/code", &[("token", &token), ("code", &code)]).await;
    assert_eq!(page.header(header::LOCATION), "/account");
}

#[tokio::test]
async fn the_session_is_renewed_at_the_login_and_the_second_click_is_not_refused() {
    let mut visitor = Visitor::new().await;
    visitor.ask("DE", "0151 12345678").await;
    let code = visitor.sandbox.inbox()[0].code.clone();
    let before = visitor.cookie.clone();
    let token = visitor.get("/code").await.field("token");
    let page = visitor.post("/code", &[("token", &token), ("code", &code)]).await;
    let cookie = page.header(header::SET_COOKIE);
    assert!(["HttpOnly", "SameSite=Strict", "Secure"].iter().all(|word| cookie.contains(word)), "{cookie}");
    assert_ne!(visitor.cookie, before);
    // The second click comes with the new session, and with the token of the old page.
    let page = visitor.post("/code", &[("token", &token), ("code", &code)]).await;
    assert_eq!(page.header(header::LOCATION), "/account");
    // The old session is nobody's.
    visitor.cookie = before;
    assert_eq!(visitor.get("/account").await.header(header::LOCATION), "/");
}

#[tokio::test]
async fn readiness_and_metrics_send_nothing_and_pages_are_not_kept() {
    let mut visitor = Visitor::new().await;
    assert_eq!(visitor.get("/ready").await.body, "ready");
    assert_eq!(visitor.get("/metrics").await.status, StatusCode::OK);
    assert!(visitor.sandbox.journal().is_empty());
    for path in ["/", "/style.css", "/login.js", "/nothing"] {
        let page = visitor.get(path).await;
        assert!(page.header(header::CONTENT_SECURITY_POLICY).starts_with("default-src 'none'"), "{path}");
        assert_eq!(page.header(header::CACHE_CONTROL), "no-store", "{path}");
    }
}
