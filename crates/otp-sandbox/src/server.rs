//! HTTP: connections in, requests through the hub, answers out.

use std::error::Error;
use std::future::poll_fn;
use std::sync::Arc;

use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request as Received, Response};
use hyper_util::rt::TokioIo;
use serde_json::json;
use tokio::io::AsyncWriteExt;

use crate::http::{Answer, Request};
use crate::hub::Hub;
use crate::line::Line;
use crate::wire::{Cut, Outgoing, Payload};
use crate::{Provider, control};

/// Four times what the largest documented field may hold.
const LONGEST_BODY: usize = 1 << 20;

/// Serves one provider's port until its door is closed.
pub(crate) async fn accept(hub: Arc<Hub>, provider: Provider) {
    while let Some(stream) = hub.door(provider).accept().await {
        // Answers are small and sent whole: waiting for more to send would only slow them down.
        let _ = stream.set_nodelay(true);
        let conversation = |line, number| converse(Arc::clone(&hub), provider, line, number);
        hub.door(provider).converse(stream, conversation);
    }
}

async fn converse(hub: Arc<Hub>, provider: Provider, line: Line, number: u64) {
    // Boxed, because only then can the connection be taken apart after it ended, see below.
    let service = service_fn(|request| Box::pin(respond(Arc::clone(&hub), provider, request)));
    let mut connection =
        http1::Builder::new().keep_alive(hub.keep_alive).serve_connection(TokioIo::new(line), service);
    let outcome = poll_fn(|context| connection.poll_without_shutdown(context)).await;
    let mut line = connection.into_parts().io.into_inner();
    if let Err(error) = outcome
        && let Some(Cut(last)) = error.source().and_then(|source| source.downcast_ref())
    {
        let _ = line.write_all(last).await;
    }
    let _ = line.shutdown().await;
    hub.door(provider).hung_up(number);
}

async fn respond(
    hub: Arc<Hub>,
    provider: Provider,
    received: Received<Incoming>,
) -> Result<Response<Payload>, Cut> {
    let (head, body) = received.into_parts();
    let Ok(body) = Limited::new(body, LONGEST_BODY).collect().await else {
        let answer = Answer::json(413, &json!({ "error": "The sandbox reads bodies of up to 1 MiB" }));
        return Outgoing::Whole(answer.with("connection", "close")).into_response();
    };
    let request = Request::new(&head.method, &head.uri, head.headers, body.to_bytes());
    if control::concerns(&request) {
        let answer = if hub.allowed_hosts.admits(&head.uri, &request.headers) {
            control::answer(&hub, provider, &request)
        } else {
            control::foreign()
        };
        return Outgoing::Whole(answer).into_response();
    }
    hub.handle(provider, &request).await.into_response()
}
