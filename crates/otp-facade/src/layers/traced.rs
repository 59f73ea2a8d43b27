//! Tracing: a span and metrics for each operation.

use std::borrow::Cow;
use std::fmt;

use async_trait::async_trait;
use otp_transport::one_line;
use tokio::time::Instant;
use tracing::field::Empty;
use tracing::{Instrument, Span};

use super::call_context::{CallContext, record_provider, record_resends};
use crate::capabilities::Capabilities;
use crate::challenge::{Challenge, ChallengeId, Status, Verified};
use crate::error::{Error, Operation, Result};
use crate::provider::OtpProvider;
use crate::request::{CreateRequest, VerifyRequest};

/// Emits a span and metrics for each operation.
///
/// The span is named `otp.client.operation`, at level info. Its fields follow OpenTelemetry's conventions for HTTP
/// clients:
///
/// | field | is |
/// |---|---|
/// | `otel.kind`, `otel.name`, `otel.status_code` | `client`; the operation; `ERROR` after an error: for `tracing-opentelemetry` |
/// | `otp.operation` | the operation |
/// | `otp.provider` | name of the provider that responded, also behind a guard; the outermost name if none did |
/// | `error.type` | [kind](crate::ErrorKind::as_str) of the error, such as `rate_limited`; `dropped` if the caller dropped the call |
/// | `otp.vendor_code` | the vendor's own code, if the error has one |
/// | `http.request.resend_count` | how often inner retries and failovers sent the call again, if they did |
/// | `otp.client.operation.duration` | seconds |
///
/// With the feature `metrics`, the recorder of the [`metrics`](https://docs.rs/metrics) crate gets a histogram
/// `otp.client.operation.duration` in seconds, which also counts the calls, with the labels `otp.operation`, `otp.provider`
/// and, after an error, `error.type`. [`observability`](super::observability) lists all spans, events and metrics.
///
/// None of it contains a code, proof, recipient, id or URL.
#[derive(Clone)]
pub struct Traced<P> {
    inner: P,
    #[cfg(feature = "metrics")]
    meter: super::metrics::Meter,
}

impl<P: OtpProvider> Traced<P> {
    /// Traces the operations of `inner`.
    pub fn new(inner: P) -> Self {
        Self {
            #[cfg(feature = "metrics")]
            meter: super::metrics::Meter::new(inner.name()),
            inner,
        }
    }

    async fn trace<T>(
        &self,
        operation: Operation,
        call: impl Future<Output = Result<T>>,
        succeeded: impl FnOnce(&T, &mut Record<'_>),
    ) -> Result<T> {
        let mut record = Record::new(self, operation);
        let outcome = record.context.scope(call).instrument(record.span.clone()).await;
        match &outcome {
            Ok(value) => succeeded(value, &mut record),
            Err(error) => record.failed(error),
        }
        outcome
    }
}

/// Data about a call. It is written on drop, so that calls which their caller drops are recorded too.
struct Record<'a> {
    span: Span,
    #[cfg(feature = "metrics")]
    meter: (&'a super::metrics::Meter, Operation),
    began: Instant,
    provider: Cow<'a, str>,
    error_type: Option<&'static str>,
    context: CallContext,
}

impl<'a> Record<'a> {
    fn new(traced: &'a Traced<impl OtpProvider>, operation: Operation) -> Self {
        let span = tracing::info_span!(
            "otp.client.operation",
            otel.kind = "client",
            otel.name = %format_args!("otp {operation}"),
            otel.status_code = Empty,
            otp.operation = operation.as_str(),
            otp.provider = Empty,
            otp.vendor_code = Empty,
            otp.client.operation.duration = Empty,
            error.type = Empty,
            http.request.resend_count = Empty,
        );
        Self {
            span,
            #[cfg(feature = "metrics")]
            meter: (&traced.meter, operation),
            began: Instant::now(),
            provider: Cow::Borrowed(traced.name()),
            error_type: Some("dropped"),
            context: CallContext::default(),
        }
    }

    fn record_provider(&mut self, provider: &str) {
        if self.provider != provider {
            self.provider = Cow::Owned(one_line(provider, 64).into_owned());
        }
    }

    fn succeeded(&mut self, id: &ChallengeId) {
        match self.context.take_provider() {
            Some(provider) => {
                self.record_provider(&provider);
                // An outer `Traced` has a context of its own, which hides this one's from the layers inside.
                record_provider(&provider);
            }
            None => self.record_provider(&id.issuer()),
        }
        self.error_type = None;
    }

    fn failed(&mut self, error: &Error) {
        if let Some(provider) = error.provider() {
            self.record_provider(provider);
        }
        if let Some(vendor_code) = error.vendor_code() {
            self.span.record("otp.vendor_code", vendor_code);
        }
        self.error_type = Some(error.kind().as_str());
    }
}

impl Drop for Record<'_> {
    fn drop(&mut self) {
        let seconds = self.began.elapsed().as_secs_f64();
        let resends = self.context.resends();
        tracing::record_all!(
            self.span,
            otp.provider = &*self.provider,
            otp.client.operation.duration = seconds,
        );
        if let Some(error_type) = self.error_type {
            tracing::record_all!(self.span, otel.status_code = "ERROR", error.type = error_type);
        }
        if resends > 0 {
            self.span.record("http.request.resend_count", resends);
        }
        #[cfg(feature = "metrics")]
        {
            let (meter, operation) = self.meter;
            meter.measure(operation, &self.provider, self.error_type, seconds);
        }
        // Handed on to an outer `Traced`, if there is one.
        record_resends(resends);
    }
}

#[async_trait]
impl<P: OtpProvider> OtpProvider for Traced<P> {
    fn name(&self) -> &str {
        self.inner.name()
    }

    fn capabilities(&self) -> &Capabilities {
        self.inner.capabilities()
    }

    fn issuers(&self) -> Vec<&str> {
        self.inner.issuers()
    }

    fn check_create(&self, request: &CreateRequest) -> Result<()> {
        self.inner.check_create(request)
    }

    async fn create(&self, request: &CreateRequest) -> Result<Challenge> {
        self.trace(Operation::Create, self.inner.create(request), |challenge, record| {
            record.succeeded(&challenge.id)
        })
        .await
    }

    async fn verify(&self, request: &VerifyRequest) -> Result<Verified> {
        self.trace(Operation::Verify, self.inner.verify(request), |_, record| record.succeeded(&request.id))
            .await
    }

    async fn cancel(&self, id: &ChallengeId) -> Result<()> {
        self.trace(Operation::Cancel, self.inner.cancel(id), |(), record| record.succeeded(id)).await
    }

    async fn status(&self, id: &ChallengeId) -> Result<Status> {
        self.trace(Operation::Status, self.inner.status(id), |_, record| record.succeeded(id)).await
    }

    async fn ready(&self) -> Result<()> {
        self.inner.ready().await
    }
}

impl<P: fmt::Debug> fmt::Debug for Traced<P> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("Traced").field(&self.inner).finish()
    }
}
