//! Table-driven wire tests: one row is one exchange.

use std::pin::Pin;

use crate::mock_server::MockServer;
use crate::outcome::{Failed, Outcome};
use crate::request::Request;
use crate::response::Response;

type Call<C> = Box<dyn FnOnce(C) -> Pin<Box<dyn Future<Output = Outcome>>>>;

/// One call: what it must put on the wire, the response, and the outcome that must come of it.
pub struct Row<C> {
    pub(crate) name: String,
    call: Call<C>,
    request: Option<Request>,
    pub(crate) response: Response,
    pub(crate) outcome: Outcome,
}

impl<C: 'static> Row<C> {
    /// A call that reaches the service.
    pub fn new<R: Into<Outcome>>(
        name: impl Into<String>,
        call: impl AsyncFnOnce(C) -> R + 'static,
        request: Request,
        response: Response,
        outcome: Outcome,
    ) -> Self {
        let call = Box::new(move |client| Box::pin(async move { call(client).await.into() }) as Pin<Box<_>>);
        Self { name: name.into(), call, request: Some(request), response, outcome }
    }

    /// A call that must be refused before anything is sent, with a text that holds each of `parts`.
    pub fn refused<R: Into<Outcome>>(
        name: impl Into<String>,
        call: impl AsyncFnOnce(C) -> R + 'static,
        parts: &[&str],
    ) -> Self {
        let outcome = Outcome::Failed(Failed::invalid().naming(parts));
        let response = Response::empty(500);
        Self { request: None, ..Self::new(name, call, Request::new("", ""), response, outcome) }
    }
}

impl<C> Row<C> {
    /// Method, path and status of the exchange. None if the call must be refused.
    pub fn exchange(&self) -> Option<(&str, &str, u16)> {
        let (method, path) = self.request.as_ref()?.target();
        Some((method, path, self.response.status))
    }
}

/// Compares every row of a table and returns how many there were. `crate_name` is what the user agent must say, with
/// the version of this workspace; `connect` makes a client for the address of a service.
///
/// # Panics
///
/// If any row differs, with the names of all that do.
pub async fn compare<C>(crate_name: &str, connect: impl Fn(String) -> C, table: Vec<Row<C>>) -> usize {
    let user_agent = format!("{crate_name}/{}", env!("CARGO_PKG_VERSION"));
    let count = table.len();
    let mut differences = Vec::new();
    for row in table {
        let service = MockServer::start(&row.response).await;
        let outcome = (row.call)(connect(service.base_url())).await;
        let received = service.received();
        let mut differ = |text: String| differences.push(format!("{}: {text}", row.name));
        match (&row.request, received.as_slice()) {
            (Some(request), [received]) => {
                received.differences(request, &user_agent).into_iter().for_each(&mut differ);
            }
            (None, []) => {}
            (request, received) => {
                let expected = usize::from(request.is_some());
                differ(format!("{} requests were received, expected {expected}", received.len()));
            }
        }
        if outcome != row.outcome {
            differ(format!("got {outcome:#?}, expected {:#?}", row.outcome));
        }
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
    count
}
