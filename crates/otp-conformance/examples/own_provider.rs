//! A fifth service: implement [`OtpProvider`] for it, and run the behaviour suite on it.
//!
//! `cargo run -p otp-conformance --example own_provider` prints the result of each case, and exits with 1 if one fails or
//! is skipped. The service here is a pigeon loft that keeps everything in this process; a
//! real one would be asked over a network, and nothing else would change.

#![allow(clippy::print_stdout)]

use std::collections::HashMap;
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use otp_conformance::Harness;
use otp_facade::{
    Capabilities, Challenge, ChallengeId, Channel, Code, CreateRequest, Error, ErrorKind, Operation,
    OtpProvider, Recipient, RecipientKind, Rejection, Result, Status, Verified, VerifyRequest, async_trait,
};
use rand::RngExt as _;

#[tokio::main]
async fn main() -> ExitCode {
    let report = otp_conformance::run(async || LoftHarness(PigeonPost::new(Loft::default()))).await;
    let (failures, skipped) = (report.failures(), report.skipped());
    for (rule, result) in report.results() {
        let is_skipped = skipped.iter().any(|(name, _)| name == rule);
        let mark = match result {
            Err(_) => '✗',
            Ok(()) if is_skipped => '?',
            Ok(()) => '✓',
        };
        println!("{mark} {rule}");
    }
    println!("\n{report}");
    if failures.is_empty() && skipped.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// The provider: what the service can do, in the words of the trait.
#[derive(Clone, Debug)]
struct PigeonPost {
    loft: Arc<Loft>,
    capabilities: Capabilities,
}

impl PigeonPost {
    const NAME: &str = "pigeon-post";

    fn new(loft: Loft) -> Self {
        let mut capabilities = Capabilities::new(RecipientKind::User, [Channel::Sms]);
        capabilities.cancel = true;
        Self { loft: Arc::new(loft), capabilities }
    }

    /// The service's number of a letter. Ids of others are refused before anybody is asked.
    fn letter(id: &ChallengeId) -> Result<u64> {
        id.validate_issuer(Self::NAME)?;
        let letter = id.parts().first().and_then(|part| part.parse().ok());
        letter.ok_or_else(|| Error::new(ErrorKind::NotFound))
    }
}

/// Maps the vendor's errors to kinds. None of them means that the provider acted.
fn map_error(error: &LetterError) -> Error {
    let kind = match error {
        LetterError::UnknownLetter => ErrorKind::NotFound,
        LetterError::Wrong { .. } => ErrorKind::Rejected(Rejection::WrongCode),
        LetterError::TooOld => ErrorKind::Rejected(Rejection::Expired),
        LetterError::TooOftenWrong => ErrorKind::Rejected(Rejection::TooManyAttempts),
        LetterError::Recalled => ErrorKind::Rejected(Rejection::Cancelled),
        LetterError::Opened => ErrorKind::Rejected(Rejection::AlreadyUsed),
    };
    match error {
        LetterError::Wrong { left } => Error::new(kind).with_attempts_left(*left),
        _ => Error::new(kind),
    }
}

#[async_trait]
impl OtpProvider for PigeonPost {
    fn name(&self) -> &str {
        Self::NAME
    }

    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    fn issuers(&self) -> Vec<&str> {
        vec![Self::NAME]
    }

    async fn create(&self, request: &CreateRequest) -> Result<Challenge> {
        let at = |error: Error| error.with_origin(Self::NAME, Operation::Create);
        self.capabilities().validate_create(request).map_err(at)?;
        let letter = self.loft.send();
        let id = ChallengeId::new(Self::NAME, &[&letter.to_string()]);
        Ok(Challenge::new(id, Channel::Sms).with_max_attempts(MAX_ATTEMPTS))
    }

    async fn verify(&self, request: &VerifyRequest) -> Result<Verified> {
        let at = |error: Error| error.with_origin(Self::NAME, Operation::Verify);
        let letter = Self::letter(&request.id).map_err(at)?;
        self.capabilities().validate_verify(request).map_err(at)?;
        let answer = self.loft.check(letter, request.code.expose());
        answer.map_err(|error| at(map_error(&error)))?;
        Ok(Verified::new(request.id.clone()))
    }

    async fn cancel(&self, id: &ChallengeId) -> Result<()> {
        let at = |error: Error| error.with_origin(Self::NAME, Operation::Cancel);
        let letter = Self::letter(id).map_err(at)?;
        self.loft.recall(letter).map_err(|error| at(map_error(&error)))
    }

    async fn status(&self, id: &ChallengeId) -> Result<Status> {
        let at = |error: Error| error.with_origin(Self::NAME, Operation::Status);
        id.validate_issuer(Self::NAME).map_err(at)?;
        Err(at(Error::unsupported("status")))
    }
}

/// Tells the suite how a user reads the code, how to move the service's clock, and how many requests were sent.
struct LoftHarness(PigeonPost);

#[async_trait]
impl Harness for LoftHarness {
    fn provider(&self) -> &dyn OtpProvider {
        &self.0
    }

    fn request(&self) -> CreateRequest {
        CreateRequest::new(Recipient::user("user-7").with_phone("+4915112345678"))
    }

    async fn code(&self, challenge: &Challenge) -> Option<Code> {
        let letter = PigeonPost::letter(&challenge.id).ok()?;
        self.0.loft.open(|state| state.letters.get(&letter).map(|letter| letter.code.as_str().into()))
    }

    async fn advance(&self, by: Duration) -> bool {
        self.0.loft.open(|state| state.ahead += by);
        true
    }

    fn requests(&self) -> Option<usize> {
        Some(self.0.loft.open(|state| state.requests))
    }

    fn attempts(&self) -> u32 {
        MAX_ATTEMPTS
    }

    fn unknown(&self, id: &ChallengeId) -> ChallengeId {
        ChallengeId::new(&id.issuer(), &["0"])
    }
}

const MAX_ATTEMPTS: u32 = 3;
const LIFETIME: Duration = Duration::from_secs(600);

/// The service. It knows nothing of the facade.
#[derive(Debug, Default)]
struct Loft(Mutex<State>);

#[derive(Default)]
struct State {
    letters: HashMap<u64, Letter>,
    requests: usize,
    ahead: Duration,
}

// A derived one would show the codes.
impl std::fmt::Debug for State {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("State").finish_non_exhaustive()
    }
}

struct Letter {
    code: String,
    sent: SystemTime,
    left: u32,
    error: Option<LetterError>,
}

#[derive(Clone)]
enum LetterError {
    UnknownLetter,
    Wrong { left: u32 },
    TooOld,
    TooOftenWrong,
    Recalled,
    Opened,
}

impl Loft {
    fn open<T>(&self, read: impl FnOnce(&mut State) -> T) -> T {
        read(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn send(&self) -> u64 {
        let mut random = rand::rng();
        let code = format!("{:06}", random.random_range(0..1_000_000));
        let number = random.random();
        self.open(|state| {
            state.requests += 1;
            let sent = SystemTime::now() + state.ahead;
            state.letters.insert(number, Letter { code, sent, left: MAX_ATTEMPTS, error: None });
        });
        number
    }

    fn check(&self, number: u64, code: &str) -> std::result::Result<(), LetterError> {
        self.open(|state| {
            state.requests += 1;
            let now = SystemTime::now() + state.ahead;
            let letter = state.letters.get_mut(&number).ok_or(LetterError::UnknownLetter)?;
            if let Some(error) = &letter.error {
                return Err(error.clone());
            }
            if now > letter.sent + LIFETIME {
                return Err(LetterError::TooOld);
            }
            if letter.code == code {
                letter.error = Some(LetterError::Opened);
                return Ok(());
            }
            letter.left -= 1;
            if letter.left == 0 {
                letter.error = Some(LetterError::TooOftenWrong);
            }
            Err(LetterError::Wrong { left: letter.left })
        })
    }

    fn recall(&self, number: u64) -> std::result::Result<(), LetterError> {
        self.open(|state| {
            state.requests += 1;
            let letter = state.letters.get_mut(&number).ok_or(LetterError::UnknownLetter)?;
            letter.error.get_or_insert(LetterError::Recalled);
            Ok(())
        })
    }
}
