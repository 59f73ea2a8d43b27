//! The inbox page as files: what is served, to whom, and with which headers. The package `otp-tests` drives it in a browser.

use otp_sandbox::{Provider, Sandbox};
use otp_tests::sandbox::http_client;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

async fn with_page() -> Sandbox {
    Sandbox::builder().page_port(0).start().await.unwrap()
}

async fn get(sandbox: &Sandbox, path: &str, headers: &str) -> String {
    let address = sandbox.page_url().unwrap();
    let address = address.trim_start_matches("http://").trim_end_matches('/').to_owned();
    let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\n{headers}connection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).await.unwrap();
    response
}

/// What the page and its files refer to.
fn references(text: &str) -> Vec<String> {
    let quoted = text.split(['"', '\'']).map(str::to_owned);
    let own = |name: &String| name.starts_with("./") || name.starts_with('/');
    let file = |name: &String| [".js", ".css", ".svg"].iter().any(|end| name.ends_with(end));
    quoted
        .filter(|name| own(name) && file(name))
        .map(|name| name.trim_start_matches('.').to_owned())
        .collect()
}

#[tokio::test]
async fn the_page_and_all_that_it_refers_to_are_served_under_a_strict_policy() {
    let sandbox = with_page().await;
    let (mut waiting, mut seen, mut weight) = (vec!["/".to_owned()], Vec::new(), 0);
    while let Some(path) = waiting.pop() {
        if seen.contains(&path) {
            continue;
        }
        let response = get(&sandbox, &path, "host: localhost\r\n").await;
        let (head, body) = response.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("HTTP/1.1 200"), "{path}: {head}");
        for header in [
            "content-security-policy: default-src 'none'; script-src 'self'; style-src 'self'",
            "require-trusted-types-for 'script'",
            "frame-ancestors 'none'",
            "x-content-type-options: nosniff",
            "referrer-policy: no-referrer",
        ] {
            assert!(head.contains(header), "{path} without {header}: {head}");
        }
        let code = body.to_lowercase();
        let sinks = ["innerhtml", "outerhtml", "document.write", "eval(", "<style", "style=\"", "onclick=\""];
        for forbidden in sinks {
            assert!(!code.contains(forbidden), "{forbidden} in {path}");
        }
        let is_local = |url: &str| url.starts_with("127.0.0.1") || url.starts_with("www.w3.org/2000/svg");
        assert!(code.split("://").skip(1).all(is_local), "{path} refers to another host");
        weight += body.len();
        waiting.extend(references(body));
        seen.push(path);
    }
    assert!(seen.len() >= 8, "{seen:?}");
    assert!(weight < 80_000, "the page weighs {weight} bytes");
}

#[tokio::test]
async fn page_and_controls_are_refused_to_foreign_hosts_and_origins() {
    let sandbox = with_page().await;
    for path in ["/", "/main.js", "/__sandbox", "/__sandbox/inbox", "/__sandbox/events", "/nowhere"] {
        for headers in [
            "host: rebound.example.com\r\n",
            "host: localhost\r\norigin: https://example.com\r\n",
            "host: localhost\r\norigin: null\r\n",
            "",
        ] {
            let response = get(&sandbox, path, headers).await;
            assert!(response.starts_with("HTTP/1.1 403"), "{path} {headers:?}: {response}");
        }
    }
    let own = get(&sandbox, "/__sandbox/inbox", "host: localhost\r\norigin: http://localhost:3000\r\n").await;
    assert!(
        own.starts_with("HTTP/1.1 200") && own.contains("cross-origin-resource-policy: same-origin"),
        "{own}"
    );
    assert!(get(&sandbox, "/nowhere", "host: localhost\r\n").await.starts_with("HTTP/1.1 404"));
}

#[tokio::test]
async fn there_is_a_page_only_if_it_was_asked_for() {
    let sandbox = Sandbox::start().await.unwrap();
    assert_eq!(sandbox.page_url(), None);
    let taken = with_page().await;
    let port = taken.page_url().unwrap().trim_end_matches('/').rsplit(':').next().unwrap().parse().unwrap();
    let error = Sandbox::builder().page_port(port).start().await.unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::AddrInUse);
    let next = Sandbox::builder().page_port_from(port).start().await.unwrap();
    assert_ne!(next.page_url(), taken.page_url());
}

#[tokio::test]
async fn the_page_leaves_the_services_their_ports() {
    // Bound without listening, so that no other test takes the port before the sandbox does.
    let held = tokio::net::TcpSocket::new_v4().unwrap();
    held.set_reuseaddr(true).unwrap();
    held.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let port = held.local_addr().unwrap().port();
    let sandbox =
        Sandbox::builder().port_of(Provider::Smscx, port).page_port_from(port).start().await.unwrap();
    assert_eq!(sandbox.base_url(Provider::Smscx), format!("http://127.0.0.1:{port}"));
    assert_ne!(sandbox.page_url().unwrap(), format!("http://127.0.0.1:{port}/"));
}

#[tokio::test]
async fn at_the_page_s_port_a_fault_needs_a_provider() {
    let sandbox = with_page().await;
    let client = http_client();
    let url = format!("{}__sandbox/faults", sandbox.page_url().unwrap());
    for (body, status) in [
        (r#"{"fault": "html"}"#.to_owned(), 400),
        (r#"{"fault": "html", "provider": "smscx"}"#.to_owned(), 204),
        (format!(r#"{{"fault": "refuse", "provider": "{}"}}"#, Provider::Smscx), 204),
    ] {
        let response = client.post(&url).body(body.clone()).send().await.unwrap();
        assert_eq!(response.status().as_u16(), status, "{body}");
    }
}
