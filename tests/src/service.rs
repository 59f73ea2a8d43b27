//! A service that gives one answer and keeps what it was asked.

use std::sync::{Arc, Mutex};

use httpmock::{HttpMockRequest, HttpMockResponse, MockServer};

use crate::answer::Answer;
use crate::request::Received;

/// A service on this machine that answers every request alike.
pub struct Service {
    server: MockServer,
    received: Arc<Mutex<Vec<Received>>>,
}

impl Service {
    /// Starts a service with its answer.
    pub async fn start(answer: &Answer) -> Self {
        let server = MockServer::start_async().await;
        let received = Arc::<Mutex<Vec<Received>>>::default();
        let (journal, answer) = (received.clone(), answer.clone());
        server
            .mock_async(|_, then| {
                then.respond_with(move |request: &HttpMockRequest| {
                    if let Ok(mut journal) = journal.lock() {
                        journal.push(record(request));
                    }
                    let headers = answer.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
                    let response = HttpMockResponse::builder().status(answer.status).headers(headers);
                    if answer.body.is_empty() {
                        response.build()
                    } else {
                        response.body(answer.body.as_slice()).build()
                    }
                });
            })
            .await;
        Self { server, received }
    }

    /// Where the service is, without a slash at the end.
    pub fn base_url(&self) -> String {
        self.server.base_url()
    }

    /// What it was asked until now.
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
