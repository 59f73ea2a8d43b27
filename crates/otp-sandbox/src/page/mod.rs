//! The inbox page: messages, requests and controls in a browser. It uses the control API only.

use std::io;
use std::net::IpAddr;
use std::sync::Arc;

use crate::http::{Request, Response};
use crate::network::Listener;

/// Files of the page: path, content type, content.
const FILES: &[(&str, &str, &str)] = &[
    ("/", HTML, include_str!("assets/index.html")),
    ("/style.css", "text/css; charset=utf-8", include_str!("assets/style.css")),
    ("/icon.svg", "image/svg+xml", include_str!("assets/icon.svg")),
    ("/main.js", SCRIPT, include_str!("assets/main.js")),
    ("/dom.js", SCRIPT, include_str!("assets/dom.js")),
    ("/store.js", SCRIPT, include_str!("assets/store.js")),
    ("/list.js", SCRIPT, include_str!("assets/list.js")),
    ("/inbox.js", SCRIPT, include_str!("assets/inbox.js")),
    ("/requests.js", SCRIPT, include_str!("assets/requests.js")),
    ("/controls.js", SCRIPT, include_str!("assets/controls.js")),
];

const HTML: &str = "text/html; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";

/// Nothing but the page's own files, and no way to turn a string into markup or script.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
    img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; \
    frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";

/// Which port the page is served on.
#[derive(Clone, Copy, Debug)]
pub(crate) enum PagePort {
    Exactly(u16),
    /// This one, or the next that is free.
    From(u16),
}

/// The port of the page.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) listener: Arc<Listener>,
    /// Scheme and authority.
    pub(crate) origin: String,
}

impl Page {
    pub(crate) fn bind(host: IpAddr, port: PagePort) -> io::Result<Self> {
        let listener = match port {
            PagePort::Exactly(port) => Listener::bind(host, port)?,
            PagePort::From(first) => {
                let mut ports = first..=u16::MAX;
                loop {
                    match (Listener::bind(host, ports.next().unwrap_or(0)), ports.is_empty()) {
                        (Err(error), false) if error.kind() == io::ErrorKind::AddrInUse => {}
                        (outcome, _) => break outcome?,
                    }
                }
            }
        };
        Ok(Self { origin: format!("http://{}", listener.address()), listener })
    }
}

/// One of the page's files.
pub(crate) fn respond(request: &Request) -> Response {
    let Some((_, content_type, content)) = FILES.iter().find(|(path, ..)| *path == request.path) else {
        return plain(404, "There is no page at this path.\n");
    };
    if !matches!(request.method.as_str(), "GET" | "HEAD") {
        return plain(405, "This path supports GET only.\n").with("allow", "GET, HEAD");
    }
    text(200, content_type, content)
}

fn plain(status: u16, body: &str) -> Response {
    text(status, "text/plain; charset=utf-8", body)
}

fn text(status: u16, content_type: &str, body: &str) -> Response {
    let mut response = Response::empty(status)
        .with("content-type", content_type)
        // The next version of the sandbox has the same address.
        .with("cache-control", "no-cache")
        .with("content-security-policy", CONTENT_SECURITY_POLICY)
        .with("cross-origin-opener-policy", "same-origin")
        .with("cross-origin-resource-policy", "same-origin")
        .with("referrer-policy", "no-referrer")
        .with("x-content-type-options", "nosniff");
    response.body = Some(body.to_owned());
    response
}
