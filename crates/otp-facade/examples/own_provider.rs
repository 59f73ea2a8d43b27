//! A fifth service: implement [`OtpProvider`] for it, and run the behaviour suite on it.
//!
//! `cargo run -p otp-facade --example own_provider --features conformance` prints what the suite found, and exits with
//! 1 if a rule does not hold or was skipped. The service here is a pigeon loft that keeps everything in this process; a
//! real one would be asked over a network, and nothing else would change.

#![allow(clippy::print_stdout)]

use std::collections::HashMap;
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use otp_facade::conformance::{self, Bench};
use otp_facade::{
    Capabilities, Challenge, ChallengeId, Channel, Code, CreateRequest, Error, ErrorKind, Operation,
    OtpProvider, Recipient, RecipientKind, Rejection, Result, Status, Verified, VerifyRequest, admit_id,
    async_trait,
};
use rand::RngExt as _;

#[tokio::main]
async fn main() -> ExitCode {
    let report = conformance::run(async || LoftBench(PigeonPost::new(Loft::default()))).await;
    let (failures, not_tried) = (report.failures(), report.not_tried());
    for (rule, finding) in report.findings() {
        let was_tried = not_tried.iter().all(|(name, _)| name != rule);
        println!(
            "{} {rule}",
            if finding.is_err() {
                '✗'
            } else if was_tried {
                '✓'
            } else {
                '?'
            }
        );
    }
    println!("\n{report}");
    if failures.is_empty() && not_tried.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// The provider: what the service can do, in the words of the trait.
#[derive(Clone, Debug)]
struct PigeonPost {
    loft: Arc<Loft>,
}

impl PigeonPost {
    const NAME: &str = "pigeon-post";

    fn new(loft: Loft) -> Self {
        Self { loft: Arc::new(loft) }
    }

    /// The service's number of a letter. Ids of other providers are refused before the service is called.
    fn letter(id: &ChallengeId) -> Result<u64> {
        admit_id(Self::NAME, id)?;
        let letter = id.parts().first().and_then(|part| part.parse().ok());
        letter.ok_or_else(|| Error::new(ErrorKind::NotFound))
    }
}

/// Maps the service's errors to those of the facade. After none of them may the service have acted.
fn map_error(refusal: &Denial) -> Error {
    let kind = match refusal {
        Denial::UnknownLetter => ErrorKind::NotFound,
        Denial::Wrong { .. } => ErrorKind::Rejected(Rejection::WrongCode),
        Denial::TooOld => ErrorKind::Rejected(Rejection::Expired),
        Denial::TooOftenWrong => ErrorKind::Rejected(Rejection::TooManyAttempts),
        Denial::Recalled => ErrorKind::Rejected(Rejection::Cancelled),
        Denial::Opened => ErrorKind::Rejected(Rejection::AlreadyUsed),
    };
    match refusal {
        Denial::Wrong { left } => Error::new(kind).with_attempts_left(*left),
        _ => Error::new(kind),
    }
}

#[async_trait]
impl OtpProvider for PigeonPost {
    fn name(&self) -> &str {
        Self::NAME
    }

    fn capabilities(&self) -> Capabilities {
        let mut capabilities = Capabilities::new(RecipientKind::User, [Channel::Sms]);
        capabilities.cancel = true;
        capabilities
    }

    fn issued(&self, id: &ChallengeId) -> bool {
        id.issuer() == Self::NAME
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
        answer.map_err(|refusal| at(map_error(&refusal)))?;
        Ok(Verified::new(request.id.clone()))
    }

    async fn cancel(&self, id: &ChallengeId) -> Result<()> {
        let at = |error: Error| error.with_origin(Self::NAME, Operation::Cancel);
        let letter = Self::letter(id).map_err(at)?;
        self.loft.recall(letter).map_err(|refusal| at(map_error(&refusal)))
    }

    async fn status(&self, id: &ChallengeId) -> Result<Status> {
        let at = |error: Error| error.with_origin(Self::NAME, Operation::Status);
        admit_id(Self::NAME, id).map_err(at)?;
        Err(at(Error::unsupported("status")))
    }
}

/// What the suite needs to know besides: how a user reads the code, how to move the service's clock, and how to see
/// that nothing was sent.
struct LoftBench(PigeonPost);

#[async_trait]
impl Bench for LoftBench {
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
    refusal: Option<Denial>,
}

#[derive(Clone)]
enum Denial {
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
            state.letters.insert(number, Letter { code, sent, left: MAX_ATTEMPTS, refusal: None });
        });
        number
    }

    fn check(&self, number: u64, code: &str) -> std::result::Result<(), Denial> {
        self.open(|state| {
            state.requests += 1;
            let now = SystemTime::now() + state.ahead;
            let letter = state.letters.get_mut(&number).ok_or(Denial::UnknownLetter)?;
            if let Some(refusal) = &letter.refusal {
                return Err(refusal.clone());
            }
            if now > letter.sent + LIFETIME {
                return Err(Denial::TooOld);
            }
            if letter.code == code {
                letter.refusal = Some(Denial::Opened);
                return Ok(());
            }
            letter.left -= 1;
            if letter.left == 0 {
                letter.refusal = Some(Denial::TooOftenWrong);
            }
            Err(Denial::Wrong { left: letter.left })
        })
    }

    fn recall(&self, number: u64) -> std::result::Result<(), Denial> {
        self.open(|state| {
            state.requests += 1;
            let letter = state.letters.get_mut(&number).ok_or(Denial::UnknownLetter)?;
            letter.refusal.get_or_insert(Denial::Recalled);
            Ok(())
        })
    }
}
