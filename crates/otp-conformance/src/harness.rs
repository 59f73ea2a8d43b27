//! The provider under test, and the helpers that the cases share.

use std::time::Duration;

use async_trait::async_trait;

use otp_facade::{
    Challenge, ChallengeId, Code, CreateRequest, Error, ErrorKind, OtpProvider, Recipient, Result, Verified,
    VerifyRequest,
};

use crate::{CaseResult, ensure};

/// Gives the suite a fresh provider, and what the trait does not offer: the user's code, the clock, the requests sent.
#[async_trait]
pub trait Harness: Send + Sync {
    /// The provider.
    fn provider(&self) -> &dyn OtpProvider;

    /// A request that it can honour, with a recipient that has phone number, e-mail address and user id.
    ///
    /// Where a create is a resend or is refused while another challenge of the recipient is pending, each call has to name
    /// another recipient.
    fn request(&self) -> CreateRequest;

    /// A template that the provider knows.
    fn template(&self) -> String {
        "{{pin}} is it".to_owned()
    }

    /// The code that a user would read for this challenge, the newest one.
    async fn code(&self, challenge: &Challenge) -> Option<Code>;

    /// Moves the service's clock. Returns false if there is no way to. The cases about time are then
    /// [skipped](crate::Report::skipped).
    async fn advance(&self, by: Duration) -> bool {
        let _ = by;
        false
    }

    /// How many requests the service has seen. If that is not known, the cases that require that nothing is sent are
    /// [skipped](crate::Report::skipped).
    fn requests(&self) -> Option<usize> {
        None
    }

    /// How many wrong codes end a challenge of [`request`](Self::request). 3 by default.
    fn attempts(&self) -> u32 {
        3
    }

    /// After how long a challenge of [`request`](Self::request) has certainly expired. A day by default.
    fn lifetime(&self) -> Duration {
        Duration::from_secs(24 * 60 * 60)
    }

    /// An id of this instance that belongs to no challenge. The default replaces the end of a real id. A service that
    /// checks the form of ids needs another one.
    fn unknown(&self, id: &ChallengeId) -> ChallengeId {
        let parts = id.parts();
        let mut parts: Vec<&str> = parts.iter().map(String::as_str).collect();
        let last = parts.pop().unwrap_or_default();
        let changed = format!("{}0000", &last[..last.len().saturating_sub(4)]);
        parts.push(&changed);
        ChallengeId::new(&id.issuer(), &parts)
    }
}

impl dyn Harness + '_ {
    /// The default request, for another recipient.
    pub(crate) fn request_for(&self, recipient: Recipient) -> CreateRequest {
        let mut request = self.request();
        request.recipient = recipient;
        request
    }

    pub(crate) async fn start(&self) -> std::result::Result<Challenge, String> {
        self.start_with(&self.request()).await
    }

    pub(crate) async fn start_with(&self, request: &CreateRequest) -> std::result::Result<Challenge, String> {
        self.provider().create(request).await.map_err(|error| format!("create failed: {error}"))
    }

    /// The id of an open challenge as another instance would have issued it.
    pub(crate) async fn of_another_instance(&self) -> std::result::Result<ChallengeId, String> {
        let parts = self.start().await?.id.parts();
        let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
        Ok(ChallengeId::new("somebody-else", &parts))
    }

    /// A challenge and its code.
    pub(crate) async fn start_and_read(&self) -> std::result::Result<(Challenge, Code), String> {
        self.start_and_read_with(&self.request()).await
    }

    pub(crate) async fn start_and_read_with(
        &self,
        request: &CreateRequest,
    ) -> std::result::Result<(Challenge, Code), String> {
        let challenge = self.start_with(request).await?;
        let code = self.code(&challenge).await.ok_or("no code can be read for the challenge")?;
        Ok((challenge, code))
    }

    /// The request by which a code is checked. A provider that checks the purpose together with the code needs it again.
    pub(crate) fn verification(&self, id: ChallengeId, code: impl Into<Code>) -> VerifyRequest {
        let request = VerifyRequest::new(id, code);
        match self.request().purpose.filter(|_| self.provider().capabilities().purpose_at_verify) {
            Some(purpose) => request.with_purpose(purpose),
            None => request,
        }
    }

    pub(crate) async fn verify(&self, challenge: &Challenge, code: impl Into<Code>) -> Result<Verified> {
        self.provider().verify(&self.verification(challenge.id.clone(), code)).await
    }

    /// Uses every attempt on wrong codes.
    pub(crate) async fn exhaust(&self, challenge: &Challenge, code: &Code) -> CaseResult {
        for _ in 0..self.attempts() {
            let outcome = self.verify(challenge, wrong(code)).await;
            ensure!(outcome.is_err(), "a wrong code was accepted");
        }
        Ok(())
    }

    /// Requires that a call is refused with one of these kinds, and that the service saw no request.
    pub(crate) async fn refused<T>(
        &self,
        call: impl Future<Output = Result<T>>,
        kinds: &[ErrorKind],
        mention: &str,
    ) -> CaseResult {
        // Compared as options: without a count, both are `None`, and the recording harness marks the case as skipped.
        let before = self.requests();
        let error = refusal(call.await)?;
        ensure!(
            kinds.contains(&error.kind()),
            "the kind is {:?}, one of {kinds:?} was expected",
            error.kind()
        );
        ensure!(error.to_string().contains(mention), "the message does not mention {mention:?}: {error}");
        ensure!(!error.may_have_acted(), "the error says that the provider may have acted");
        ensure!(self.requests() == before, "the service saw a request");
        Ok(())
    }
}

/// The error of a call that must not succeed.
pub(crate) fn refusal<T>(outcome: Result<T>) -> std::result::Result<Error, String> {
    outcome.err().ok_or_else(|| "it succeeded".to_owned())
}

/// Requires that a code is refused because of the challenge or the code, not because something broke.
pub(crate) fn rejection<T>(outcome: Result<T>) -> std::result::Result<Error, String> {
    let error = refusal(outcome)?;
    let is_rejection = matches!(error.kind(), ErrorKind::Rejected(_) | ErrorKind::NotFound);
    ensure!(is_rejection, "the kind is {:?}, a rejection was expected", error.kind());
    Ok(error)
}

/// A code of the same form that is not this one.
pub(crate) fn wrong(code: &Code) -> Code {
    // Each character moves on within its class, so that length and alphabet stay those of a code: a provider that checks
    // the form must compare this one, too.
    let other = |character: char| match character {
        '9' => '0',
        'z' => 'a',
        'Z' => 'A',
        character => char::from_u32(u32::from(character) + 1).unwrap_or('0'),
    };
    Code::from(code.expose().chars().map(other).collect::<String>())
}
