//! A mock HTTP server: one response for every request, and a record of the requests.

use std::sync::{Arc, Mutex};

use httpmock::{HttpMockRequest, HttpMockResponse};

use crate::request::Received;
use crate::response::Response;

/// Listens on this machine, gives the same response to every request, and records the requests.
pub struct MockServer {
    server: httpmock::MockServer,
    received: Arc<Mutex<Vec<Received>>>,
}

impl MockServer {
    /// Starts a server with its response.
    pub async fn start(response: &Response) -> Self {
        let server = httpmock::MockServer::start_async().await;
        let received = Arc::<Mutex<Vec<Received>>>::default();
        let (journal, response) = (received.clone(), response.clone());
        server
            .mock_async(|_, then| {
                then.respond_with(move |request: &HttpMockRequest| {
                    if let Ok(mut journal) = journal.lock() {
                        journal.push(record(request));
                    }
                    let headers =
                        response.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
                    let reply = HttpMockResponse::builder().status(response.status).headers(headers);
                    if response.body.is_empty() {
                        reply.build()
                    } else {
                        reply.body(response.body.as_slice()).build()
                    }
                });
            })
            .await;
        Self { server, received }
    }

    /// The base URL, without a slash at the end.
    pub fn base_url(&self) -> String {
        self.server.base_url()
    }

    /// The requests until now.
    ///
    /// # Panics
    ///
    /// If recording failed.
    pub fn received(&self) -> Vec<Received> {
        self.received.lock().expect("recording does not panic").clone()
    }
}

fn record(request: &HttpMockRequest) -> Received {
    // The mock server may know the whole URL: the target is what follows the host.
    let uri = request.uri_str();
    let host_end =
        uri.find("://").map_or(0, |at| uri[at + 3..].find('/').map_or(uri.len(), |slash| at + 3 + slash));
    let headers = request.headers_vec().iter();
    Received {
        method: request.method_str().to_owned(),
        target: uri[host_end..].to_owned(),
        headers: headers.map(|(name, value)| (name.to_ascii_lowercase(), value.clone())).collect(),
        body: request.body_vec(),
    }
}
