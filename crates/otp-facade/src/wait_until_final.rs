//! Polls a challenge until it ends.

use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBuilder};

use crate::challenge::{ChallengeId, Status};
use crate::error::{Error, ErrorKind, Operation, Result};
use crate::provider::OtpProvider;

/// Polls a challenge until it ends, and returns its final status. It is for challenges that the user answers elsewhere,
/// such as a push to another device.
///
/// The interval grows from 0.5 to 5 seconds. It is longer where the provider asks for that. The future can be dropped at
/// any time, and the function called again. **Of the final states, only [`Status::Verified`] is an approval.**
///
/// It is not for codes that are typed: there, `Verified` tells that *a* code was accepted, not that of this user. A verify whose
/// outcome is not known stays unknown.
///
/// ```
/// # async fn example() -> otp_facade::Result<()> {
/// use std::time::Duration;
/// use otp_facade::{CreateRequest, InMemory, OtpProvider, Recipient, Status};
///
/// let provider: Box<dyn OtpProvider> = Box::new(InMemory::new()); // or Agilicus, with Channel::Push
/// let challenge = provider.create(&CreateRequest::new(Recipient::user("user-1"))).await?;
/// match otp_facade::wait_until_final(&*provider, &challenge.id, Duration::from_secs(60)).await? {
///     Status::Verified => println!("come in"),
///     other => println!("{other}"),
/// }
/// # Ok(())
/// # }
/// ```
///
/// # Errors
///
/// - `TimedOut` if `limit` passes first. The challenge stays open; the last error is the source.
/// - `Unsupported` if the provider has no status. Nothing is sent.
/// - Any other error that is not [transient](Error::is_transient), at once. After a transient one the polling goes on.
pub async fn wait_until_final(
    provider: &dyn OtpProvider,
    id: &ChallengeId,
    limit: Duration,
) -> Result<Status> {
    // Outside of the future, which the timeout drops together with all that it holds.
    let mut last = None;
    let outcome = tokio::time::timeout(limit, poll(provider, id, &mut last)).await;
    outcome.unwrap_or_else(|_| {
        // Polling only reads, so a timeout here is certain to have done nothing.
        let error = Error::new(ErrorKind::TimedOut).with_may_have_acted(false);
        let error = error.with_message(format!("the challenge has not ended within {limit:?}"));
        let error = error.with_origin(provider.name(), Operation::Status);
        Err(match last {
            Some(source) => error.with_source(source),
            None => error,
        })
    })
}

async fn poll(provider: &dyn OtpProvider, id: &ChallengeId, last: &mut Option<Error>) -> Result<Status> {
    let delays = ExponentialBuilder::new().with_min_delay(Duration::from_millis(500)).with_factor(1.5);
    let mut delays = delays.with_max_delay(Duration::from_secs(5)).without_max_times().build();
    loop {
        let mut delay = delays.next().unwrap_or_default();
        match provider.status(id).await {
            Ok(status) if status.is_final() => return Ok(status),
            // An earlier error is over. It must not be reported as the reason for the timeout.
            Ok(_) => *last = None,
            Err(error) if error.is_transient() => {
                delay = delay.max(error.retry_after().unwrap_or_default());
                *last = Some(error);
            }
            Err(error) => return Err(error),
        }
        tokio::time::sleep(delay).await;
    }
}
