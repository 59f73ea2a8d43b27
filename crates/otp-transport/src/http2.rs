//! HTTP/2: keep-alive pings, requests that the server certainly did not process, and bodies that were cut short.

use std::error::Error as StdError;

use reqwest::Response;

use crate::error::ErrorKind;

#[cfg(feature = "http2")]
mod keep_alive {
    use std::time::Duration;

    /// After so long without a frame, a ping is sent.
    pub(super) const INTERVAL: Duration = Duration::from_secs(5);
    /// A ping without an answer for so long means that the connection is dead. Together with the interval, this leaves
    /// it within ten seconds.
    pub(super) const TIMEOUT: Duration = Duration::from_secs(4);
}

/// Chooses the versions of HTTP. Idle connections are pinged too, so that no request has to find out that one is dead.
pub(crate) fn configure(builder: reqwest::ClientBuilder, http1_only: bool) -> reqwest::ClientBuilder {
    // Another crate of the same build may have added HTTP/2 to reqwest: without the feature, it is not ours to use.
    if http1_only || cfg!(not(feature = "http2")) {
        return builder.http1_only();
    }
    #[cfg(feature = "http2")]
    let builder = builder
        .http2_keep_alive_interval(keep_alive::INTERVAL)
        .http2_keep_alive_timeout(keep_alive::TIMEOUT)
        .http2_keep_alive_while_idle(true);
    builder
}

/// Whether the server said that it did not process the request (RFC 9113, 8.7): it reset the stream by REFUSED_STREAM,
/// or the stream is above the last one that its GOAWAY names. Any other reset may have come after processing.
///
/// A GOAWAY counts only for a request with a body. One that is read between sending the headers and asking whether there is
/// room for a body is reported for that request too, even if it names a later stream. Then the body was certainly not sent,
/// and without it the server has nothing to process. A request without a body is complete with its headers.
#[cfg(feature = "http2")]
pub(crate) fn is_not_processed(error: &(dyn StdError + 'static), has_body: bool) -> bool {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(error) = error.downcast_ref::<h2::Error>() {
            // A stream fails with the server's GOAWAY only if it is above the last one, whatever the reason: the others
            // go on, and fail with the connection's own error if it ends before they do.
            let is_refused = error.is_reset() && error.reason() == Some(h2::Reason::REFUSED_STREAM);
            return error.is_remote() && (is_refused || error.is_go_away() && has_body);
        }
        next = error.source();
    }
    false
}

#[cfg(not(feature = "http2"))]
pub(crate) fn is_not_processed(_: &(dyn StdError + 'static), _: bool) -> bool {
    false
}

/// Checks that a body which was read has come to its end. A stream that the server cuts with NO_ERROR looks like one that
/// has ended: what is missing must not make a success without content.
#[cfg(feature = "http2")]
pub(crate) fn check_end(response: Response) -> Result<(), ErrorKind> {
    use http_body::Body as _;

    let is_http2 = response.version() == reqwest::Version::HTTP_2;
    if is_http2 && !reqwest::Body::from(response).is_end_stream() {
        return Err(ErrorKind::Interrupted);
    }
    Ok(())
}

#[cfg(not(feature = "http2"))]
pub(crate) fn check_end(_: Response) -> Result<(), ErrorKind> {
    Ok(())
}
