//! An operation with its secrets, and all text that a call of it produces.

use std::collections::BTreeMap;
use std::error::Error as StdError;
use std::fmt::Debug;
use std::pin::Pin;

use otp_transport::{Error, ErrorKind, ResponseValue, Sent, Transport};
use serde::Serialize;
use serde_json::Value;

use super::{ACCOUNT, STEM};
use crate::disclosure::disclosure;
use crate::faults::{self, Documented};
use crate::outcome::{Failed, Outcome};

type Running = Pin<Box<dyn Future<Output = Output> + Send>>;
/// Calls an operation of the service at a base URL.
pub type Call = fn(String, Transport) -> Running;

/// An operation whose secret places hold markers.
pub struct Operation {
    /// The operation's own name first.
    pub name: &'static str,
    /// Whether the client first asks the same service for a token.
    pub asks_for_token: bool,
    /// What the request must carry.
    pub request: &'static [&'static str],
    /// What the successful response carries.
    pub response: &'static [&'static str],
    /// The body of a success, null if there is none.
    pub success: Value,
    /// The error body carries a marker in each secret place.
    pub documented: Documented,
    /// The call.
    pub call: Call,
    /// The call with markers in a request that is refused.
    pub invalid: Option<Call>,
}

impl Operation {
    pub(crate) async fn call(&self, base_url: String) -> Output {
        (self.call)(base_url, faults::transport()).await
    }

    /// How many markers are planted.
    pub(crate) fn markers(&self) -> usize {
        let in_error = self.documented.error.to_string().matches(STEM).count();
        self.request.len() + self.response.len() + in_error
    }

    /// Searches each text once: most calls produce the same.
    pub(crate) fn assert_silent(&self, calls: &[Output]) {
        let texts: BTreeMap<_, _> =
            calls.iter().flat_map(|output| &output.texts).map(|(what, text)| (text, what)).collect();
        for (text, what) in texts {
            let markers = self.request.iter().chain(self.response).copied();
            for marker in markers.chain([STEM, ACCOUNT]) {
                let form = disclosure(text, marker.as_bytes());
                assert_eq!(form, None, "{}: {what} shows {marker}: {text}", self.name);
            }
        }
    }
}

/// All text that a call produces: each text with where it comes from.
pub struct Output {
    pub(crate) texts: Vec<(&'static str, String)>,
    pub(crate) outcome: Outcome,
}

impl Default for Output {
    fn default() -> Self {
        let nothing = Failed::new(ErrorKind::InvalidRequest, Sent::No, None);
        Self { texts: Vec::new(), outcome: Outcome::Failed(nothing) }
    }
}

impl Output {
    /// Adds both forms of a `Debug` output.
    pub fn debug(&mut self, what: &'static str, value: &dyn Debug) {
        self.texts.push((what, format!("{value:?}")));
        self.texts.push((what, format!("{value:#?}")));
    }

    /// Adds what the result of the call, its value or its error prints.
    #[must_use]
    pub fn result<T, E>(mut self, result: &Result<ResponseValue<T>, Error<E>>) -> Self
    where
        T: Debug + Serialize,
        E: Debug + Serialize + 'static,
    {
        self.debug("the result", result);
        match result {
            Ok(response) => self.debug("the value", &**response),
            Err(error) => {
                self.debug("the typed error body", &error.body());
                let mut next: Option<&dyn StdError> = Some(error);
                while let Some(error) = next {
                    self.debug("the error or a source", &error);
                    self.texts.push(("the error or a source, displayed", format!("{error} {error:#}")));
                    next = error.source();
                }
            }
        }
        Self { outcome: Outcome::of(result), ..self }
    }
}

/// A [`Call`]: connects with a function, prints client and prepared request, sends it, and prints what comes back.
#[macro_export]
macro_rules! leak_call {
    ($connect:path, $client:ident => $request:expr) => {{
        let call: $crate::leaks::Call = |base_url, transport| {
            Box::pin(async move {
                let mut output = $crate::leaks::Output::default();
                let builder = $connect(base_url, transport);
                output.debug("the builder of the client", &builder);
                let $client = builder.build().unwrap();
                output.debug("the client", &$client);
                let request = $request;
                output.debug("the prepared request", &request);
                let result = request.send().await;
                output.result(&result)
            })
        };
        call
    }};
}
