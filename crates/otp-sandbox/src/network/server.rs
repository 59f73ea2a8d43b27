//! HTTP/1.1 server of one connection: requests in, responses out.

use std::error::Error;
use std::future::poll_fn;

use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::json;
use tokio::io::AsyncWriteExt;

use super::connection::Connection;
use super::encode::{Body, Cut, encode};
use crate::fault::ResponsePlan;
use crate::http::{Request, Response};

/// Four times the largest documented field.
const MAX_BODY_BYTES: usize = 1 << 20;

/// Reads requests from the connection and sends what `handle` plans for each, until the connection ends.
pub(crate) async fn serve_connection<F: Future<Output = ResponsePlan> + Send>(
    connection: Connection,
    keep_alive: bool,
    handle: impl Fn(Request) -> F + Sync,
) {
    // Boxed, because `poll_without_shutdown` requires an `Unpin` future.
    let service = service_fn(|request| Box::pin(respond(request, &handle)));
    let mut serving =
        http1::Builder::new().keep_alive(keep_alive).serve_connection(TokioIo::new(connection), service);
    let outcome = poll_fn(|context| serving.poll_without_shutdown(context)).await;
    let mut connection = serving.into_parts().io.into_inner();
    // A fault that sends raw bytes fails the service with `Cut`, so that hyper writes nothing of its own. The
    // bytes are written here, past hyper.
    if let Err(error) = outcome
        && let Some(Cut(bytes)) = error.source().and_then(|source| source.downcast_ref())
    {
        let _ = connection.write_all(bytes).await;
    }
    let _ = connection.shutdown().await;
}

async fn respond<F: Future<Output = ResponsePlan> + Send>(
    received: hyper::Request<Incoming>,
    handle: &(impl Fn(Request) -> F + Sync),
) -> Result<hyper::Response<Body>, Cut> {
    let (head, body) = received.into_parts();
    let plan = match Limited::new(body, MAX_BODY_BYTES).collect().await {
        Ok(body) => handle(Request::new(&head.method, &head.uri, head.headers, body.to_bytes())).await,
        Err(_) => {
            let message = "The request body must not be larger than 1 MiB";
            let response = Response::json(413, &json!({ "error": message }));
            // The rest of the body is still on the connection.
            ResponsePlan::Whole(response.with("connection", "close"))
        }
    };
    encode(plan)
}
