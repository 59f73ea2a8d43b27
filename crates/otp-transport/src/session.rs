//! Execution of one call: adds the credential, sends the request, reads the response.

use std::pin::Pin;

use bytes::{Bytes, BytesMut};
use reqwest::header::{ACCEPT_ENCODING, CONTENT_LENGTH, HeaderName, HeaderValue, USER_AGENT};
use reqwest::{Method, Request, Response, StatusCode};

use crate::connection_failure::ConnectionFailure;
use crate::content_coding;
use crate::credential::Credential;
use crate::error::{ErrorKind, IoCause, SendError};
use crate::http2;
use crate::response::RawResponse;
use crate::secret::Secret;
use crate::token::CachedToken;
use crate::transport::Transport;

const IDENTITY: HeaderValue = HeaderValue::from_static("identity");

/// Transport, credential and user agent of a client.
#[derive(Clone, Debug)]
pub struct Session {
    transport: Transport,
    credential: Credential,
    /// The header of a credential that does not change: made once, not for each call.
    static_header: Option<(HeaderName, HeaderValue)>,
    user_agent: HeaderValue,
    /// Only with [`http1_connection_per_verify`](crate::TransportBuilder::http1_connection_per_verify).
    verify_client: Option<reqwest::Client>,
}

/// A call under way.
type PendingCall<'a> = Pin<Box<dyn Future<Output = Result<Box<RawResponse>, Box<SendError>>> + Send + 'a>>;

/// Whether a request carries the credential, and whether a 401 renews it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Authorization {
    /// The operation is declared without security.
    None,
    /// The credential. A 401 is returned as it is.
    Once,
    /// The credential. After a 401 the request was not applied and is sent once more with a renewed token.
    Renewable,
}

impl Session {
    pub(crate) fn new(
        transport: Transport,
        credential: Credential,
        user_agent: &'static str,
        verify_client: Option<reqwest::Client>,
    ) -> Self {
        let static_header = credential.static_header();
        let user_agent = HeaderValue::from_static(user_agent);
        Self { transport, credential, static_header, user_agent, verify_client }
    }

    pub(crate) fn verify_client(&self) -> Option<&reqwest::Client> {
        self.verify_client.as_ref()
    }

    /// The secret of the credential, if it never changes. A renewed token says nothing lasting about its owner.
    pub fn static_secret(&self) -> Option<&Secret> {
        self.credential.static_secret()
    }

    /// Sends a request. Only a 401 leads to a second one, with a renewed token: the first was not applied.
    ///
    /// In a box, and the request goes to reqwest before there is a future: an `async fn` would keep it, twice, as long as the
    /// call takes. Whoever awaits a call has its future in their own, up to the application, and allocations of more than a
    /// thousand bytes are slow.
    pub(crate) fn execute<'a>(
        &'a self,
        client: &'a reqwest::Client,
        mut request: Request,
        operation: &'static str,
        authorization: Authorization,
    ) -> PendingCall<'a> {
        // Room for the headers below, and for length and host. Else the map would grow when it holds six, which costs more.
        request.headers_mut().reserve(5);
        request.headers_mut().insert(USER_AGENT, self.user_agent.clone());
        // Without it, any coding would be acceptable (RFC 9110, 12.5.3).
        request.headers_mut().insert(ACCEPT_ENCODING, IDENTITY);
        if request.body().is_none() && request.method() == Method::POST {
            // RFC 9110, 8.6: a server may otherwise wait for a body or ask for the length.
            request.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from_static("0"));
        }
        let has_body = request.body().is_some();
        let is_complete = match (authorization, &self.static_header) {
            (Authorization::None, _) => true,
            (_, Some((name, value))) => {
                request.headers_mut().insert(name.clone(), value.clone());
                true
            }
            (_, None) => false,
        };
        match is_complete {
            true => Box::pin(self.receive(client.execute(request), has_body, operation)),
            false => Box::pin(self.execute_with_token(client, request, operation, authorization)),
        }
    }

    async fn execute_with_token(
        &self,
        client: &reqwest::Client,
        mut request: Request,
        operation: &'static str,
        authorization: Authorization,
    ) -> Result<Box<RawResponse>, Box<SendError>> {
        let token = self.authorize(&mut request, None, operation).await?;
        // A copy costs: only a request whose token can be renewed is ever sent again.
        let renewable = token.as_ref().filter(|_| authorization == Authorization::Renewable);
        let again = renewable.and_then(|_| request.try_clone());
        let has_body = request.body().is_some();
        let response = self.receive(client.execute(request), has_body, operation).await?;
        match again {
            Some(mut request) if response.status == StatusCode::UNAUTHORIZED => {
                match self.authorize(&mut request, token.as_ref(), operation).await {
                    Ok(_) => self.receive(client.execute(request), has_body, operation).await,
                    Err(_) => Ok(response),
                }
            }
            _ => Ok(response),
        }
    }

    async fn authorize(
        &self,
        request: &mut Request,
        rejected: Option<&CachedToken>,
        operation: &'static str,
    ) -> Result<Option<CachedToken>, Box<SendError>> {
        let authorization = self.credential.auth_header(rejected).await;
        let authorization = authorization.map_err(|error| {
            Box::new(SendError {
                operation: Some(operation),
                refused: error.is_refused(),
                ..SendError::new(ErrorKind::Credential).with_detail(error.to_string())
            })
        })?;
        request.headers_mut().insert(authorization.header, authorization.value);
        Ok(authorization.token)
    }

    async fn receive(
        &self,
        call: impl Future<Output = reqwest::Result<Response>>,
        has_body: bool,
        operation: &'static str,
    ) -> Result<Box<RawResponse>, Box<SendError>> {
        let mut response = call.await.map_err(|error| {
            Box::new(SendError {
                operation: Some(operation),
                source: IoCause::of(&error),
                connection: connection_failure(&error),
                ..SendError::new(classify_send_error(&error, has_body))
            })
        })?;
        let limit = self.transport.max_response_bytes();
        let body = read_body(&mut response, limit).await;
        Ok(complete(response, body, operation, limit))
    }
}

/// Reads the body of a response to its end or to the limit.
pub(crate) async fn read_body(response: &mut Response, limit: usize) -> Result<Bytes, ErrorKind> {
    let mut body = Bytes::new();
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) if chunk.len() > limit - body.len() => return Err(ErrorKind::TooLarge),
            Ok(Some(chunk)) => body = joined(body, chunk),
            Ok(None) => return Ok(body),
            Err(error) if error.is_timeout() => return Err(ErrorKind::Timeout),
            Err(_) => return Err(ErrorKind::Interrupted),
        }
    }
}

/// A response whose body was read. Not part of the future that reads it, which would carry the response twice.
pub(crate) fn complete(
    mut response: Response,
    body: Result<Bytes, ErrorKind>,
    operation: &'static str,
    limit: usize,
) -> Box<RawResponse> {
    let (status, headers) = (response.status(), std::mem::take(response.headers_mut()));
    let body = body.and_then(|body| http2::check_end(response).map(|()| body));
    let body = body.and_then(|body| content_coding::decode(&headers, body, limit));
    Box::new(RawResponse { operation, status, headers, body })
}

/// Most bodies come in one piece, which need not be copied.
fn joined(body: Bytes, chunk: Bytes) -> Bytes {
    if body.is_empty() {
        return chunk;
    }
    let mut body = BytesMut::from(body);
    body.extend_from_slice(&chunk);
    body.freeze()
}

/// Certain not to have been acted upon is only what had no connection, and what an HTTP/2 server says that it did not
/// process.
pub(crate) fn classify_send_error(error: &reqwest::Error, has_body: bool) -> ErrorKind {
    if error.is_connect() {
        ErrorKind::Connect
    } else if error.is_timeout() {
        ErrorKind::Timeout
    } else if error.is_builder() {
        ErrorKind::InvalidRequest
    } else if http2::is_not_processed(error, has_body) {
        ErrorKind::NotProcessed
    } else {
        ErrorKind::Interrupted
    }
}

fn connection_failure(error: &reqwest::Error) -> Option<ConnectionFailure> {
    error.is_connect().then(|| match error.is_timeout() {
        true => ConnectionFailure::TimedOut,
        false => ConnectionFailure::of(error),
    })
}
