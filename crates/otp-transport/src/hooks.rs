//! The traits through which generated code calls the runtime.

use std::future::{Ready, ready};

use reqwest::Request;
use reqwest::header::{CONNECTION, HeaderValue};

use crate::error::SendError;
use crate::response::RawResponse;
use crate::session::{Authorization, Session};

/// Metadata of a generated client.
pub trait ClientInfo<Inner> {
    /// The version of the API's description.
    fn api_version() -> &'static str;

    /// Where requests go, without a slash at the end.
    fn baseurl(&self) -> &str;

    /// The HTTP client underneath. A request made with it directly carries no credential.
    fn client(&self) -> &reqwest::Client;

    #[doc(hidden)]
    fn inner(&self) -> &Inner;
}

/// Names the operation that is being called.
#[doc(hidden)]
pub struct OperationInfo {
    pub operation_id: &'static str,
}

/// How generated code sends a request.
#[doc(hidden)]
pub trait ClientHooks<Inner>: ClientInfo<Inner> {
    /// Operations that the description declares without security.
    const WITHOUT_CREDENTIAL: &'static [&'static str];

    /// Operations whose 401 may mean something other than a bad credential, so that they may have been applied. They are
    /// not sent again with a renewed token.
    const AMBIGUOUS_401: &'static [&'static str];

    /// Operations whose response says whether a code was right.
    const VERIFY_OPERATIONS: &'static [&'static str];

    /// Runs before each request: nothing is left to do.
    fn pre(&self, _: &mut Request, _: &OperationInfo) -> Ready<Result<(), Box<SendError>>> {
        ready(Ok(()))
    }

    /// Runs after each response: nothing is left to do.
    fn post(
        &self,
        _: &Result<Box<RawResponse>, Box<SendError>>,
        _: &OperationInfo,
    ) -> Ready<Result<(), Box<SendError>>> {
        ready(Ok(()))
    }

    fn exec(
        &self,
        mut request: Request,
        info: &OperationInfo,
    ) -> impl Future<Output = Result<Box<RawResponse>, Box<SendError>>> + Send
    where
        Self: ClientInfo<Session>,
    {
        let operation = info.operation_id;
        let authorization = if Self::WITHOUT_CREDENTIAL.contains(&operation) {
            Authorization::None
        } else if Self::AMBIGUOUS_401.contains(&operation) {
            Authorization::Once
        } else {
            Authorization::Renewable
        };
        let session = ClientInfo::<Session>::inner(self);
        let of_its_own = session.verify_client().filter(|_| Self::VERIFY_OPERATIONS.contains(&operation));
        let client = match of_its_own {
            Some(client) => {
                // Ends an HTTP/1.1 connection after the response, so that this pool never has an idle one.
                // HTTP/2 has no such header: it is dropped there, and the connection stays.
                request.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
                client
            }
            None => ClientInfo::<Session>::client(self),
        };
        session.execute(client, request, operation, authorization)
    }
}
