//! Tests of the conformance suite: unusual providers pass, and providers that break a rule fail.

use std::ops::RangeInclusive;
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use otp_conformance::{Harness, Report};
use otp_facade::{
    Capabilities, Challenge, ChallengeId, Code, CreateRequest, Error, InMemory, Operation, OtpProvider,
    Recipient, Result, Status, Verified, VerifyRequest,
};

type Able = fn(&mut Capabilities);

/// What is odd about a provider.
#[derive(Clone, Copy, Default)]
struct Misbehavior {
    able: Option<Able>,
    asks: Option<fn(&mut CreateRequest)>,
    changes: Option<fn(&mut Challenge)>,
    is_talkative: bool,
}

/// `InMemory`, but odd.
struct Misbehaving {
    memory: InMemory,
    capabilities: Capabilities,
    misbehavior: Misbehavior,
}

impl Misbehaving {
    fn new(memory: InMemory, misbehavior: Misbehavior) -> Self {
        let mut capabilities = memory.capabilities().clone();
        misbehavior.able.into_iter().for_each(|able| able(&mut capabilities));
        Self { memory, capabilities, misbehavior }
    }
}

impl std::fmt::Debug for Misbehaving {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let message = self.memory.last_message().filter(|_| self.misbehavior.is_talkative);
        write!(formatter, "Misbehaving({:?})", message.map(|message| message.code.expose().to_owned()))
    }
}

#[async_trait]
impl OtpProvider for Misbehaving {
    fn name(&self) -> &str {
        self.memory.name()
    }

    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    fn issuers(&self) -> Vec<&str> {
        self.memory.issuers()
    }

    async fn create(&self, request: &CreateRequest) -> Result<Challenge> {
        let at = |error: Error| error.with_origin(self.name(), Operation::Create);
        self.capabilities().validate_create(request).map_err(at)?;
        let mut request = request.clone();
        self.misbehavior.asks.into_iter().for_each(|asks| asks(&mut request));
        let mut challenge = self.memory.create(&request).await?;
        self.misbehavior.changes.into_iter().for_each(|changes| changes(&mut challenge));
        Ok(challenge)
    }

    async fn verify(&self, request: &VerifyRequest) -> Result<Verified> {
        self.memory.verify(request).await
    }

    async fn cancel(&self, id: &ChallengeId) -> Result<()> {
        self.memory.cancel(id).await
    }

    async fn status(&self, id: &ChallengeId) -> Result<Status> {
        self.memory.status(id).await
    }
}

/// A harness with or without a clock and a count of requests.
struct MisbehavingHarness {
    provider: Misbehaving,
    has_clock: bool,
    counts: bool,
}

#[async_trait]
impl Harness for MisbehavingHarness {
    fn provider(&self) -> &dyn OtpProvider {
        &self.provider
    }

    fn request(&self) -> CreateRequest {
        CreateRequest::new(Recipient::phone("+4915112345678").with_user_id("user-1"))
    }

    async fn code(&self, challenge: &Challenge) -> Option<Code> {
        challenge.code.clone().or_else(|| self.provider.memory.last_message().map(|message| message.code))
    }

    async fn advance(&self, by: Duration) -> bool {
        if self.has_clock {
            self.provider.memory.advance(by);
        }
        self.has_clock
    }

    fn requests(&self) -> Option<usize> {
        self.counts.then(|| self.provider.memory.inbox().len())
    }
}

async fn report(misbehavior: Misbehavior) -> Report {
    report_of(misbehavior, true, true).await
}

async fn report_of(misbehavior: Misbehavior, has_clock: bool, counts: bool) -> Report {
    let provider = || Misbehaving::new(InMemory::new(), misbehavior);
    otp_conformance::run(async || MisbehavingHarness { provider: provider(), has_clock, counts }).await
}

fn seconds(least: u64, most: u64) -> Option<RangeInclusive<Duration>> {
    Some(Duration::from_secs(least)..=Duration::from_secs(most))
}

#[tokio::test]
async fn odd_bounds_are_no_fault() {
    let misbehaviors: [(&str, Able); 11] = [
        ("a ttl from nothing", |able| able.ttl = seconds(0, 300)),
        ("a short ttl", |able| able.ttl = seconds(30, 60)),
        ("one very short ttl", |able| able.ttl = seconds(5, 5)),
        ("a long ttl", |able| able.ttl = seconds(3600, 7200)),
        ("any ttl", |able| able.ttl = Some(Duration::ZERO..=Duration::MAX)),
        ("bounds of a ttl between seconds", |able| {
            able.ttl = Some(Duration::from_millis(90_500)..=Duration::from_millis(99_500));
        }),
        ("one code length", |able| able.code_length = Some(6..=6)),
        ("any code length", |able| able.code_length = Some(0..=u32::MAX)),
        ("one number of attempts", |able| able.max_attempts = Some(3..=3)),
        ("one attempt", |able| able.max_attempts = Some(1..=1)),
        ("any number of attempts", |able| able.max_attempts = Some(0..=u32::MAX)),
    ];
    for (name, able) in misbehaviors {
        let report = report(Misbehavior { able: Some(able), ..Misbehavior::default() }).await;
        assert!(report.failures().is_empty() && report.skipped().is_empty(), "{name}: {report}");
    }
}

#[tokio::test]
async fn who_does_not_do_what_was_asked_is_caught() {
    let honest = Misbehavior::default();
    let is_silent: fn(&mut Challenge) = |challenge| challenge.expires_at = None;
    let (ttl, debug) = ("a ttl is honored or refused", "no debug output shows code or number");
    let liars = [
        (
            ttl,
            "a ttl of 90s, after 100s: it succeeded",
            Misbehavior { asks: Some(|request| request.ttl = None), changes: Some(is_silent), ..honest },
        ),
        (
            ttl,
            "a ttl of 90s, after 80s: memory: verify: expired",
            Misbehavior {
                asks: Some(|request| request.ttl = request.ttl.map(|_| Duration::from_secs(60))),
                changes: Some(is_silent),
                ..honest
            },
        ),
        (
            ttl,
            "a ttl of 90s, after 100s: it succeeded",
            Misbehavior {
                asks: Some(|request| request.ttl = None),
                changes: Some(|challenge| {
                    let early = |at: SystemTime| at - Duration::from_secs(210);
                    challenge.expires_at = challenge.expires_at.map(early);
                }),
                ..honest
            },
        ),
        (ttl, "a ttl of 90s lasts", Misbehavior { asks: Some(|request| request.ttl = None), ..honest }),
        (
            ttl,
            "nothing is within the bounds from 60 to 30",
            Misbehavior { able: Some(|able| able.ttl = seconds(60, 30)), ..honest },
        ),
        (
            "a number of attempts is honored or refused",
            "there was an attempt after 2",
            Misbehavior { asks: Some(|request| request.max_attempts = None), ..honest },
        ),
        (
            "a code length is honored or refused",
            "a code of 7 has 6",
            Misbehavior { asks: Some(|request| request.code_length = None), ..honest },
        ),
        (
            "an idempotency key is honored or refused",
            "a repetition started another challenge",
            Misbehavior {
                able: Some(|able| able.idempotency_keys = true),
                asks: Some(|request| request.idempotency_key = None),
                ..honest
            },
        ),
        (debug, "the code is in the provider's Debug", Misbehavior { is_talkative: true, ..honest }),
    ];
    for (rule, reason, misbehavior) in liars {
        let report = report(misbehavior).await;
        let failures = report.failures();
        let [(found_rule, found)] = failures[..] else { panic!("{rule}: {report}") };
        assert!(found_rule == rule && found.contains(reason), "{rule}: {report}");
    }
}

#[tokio::test]
async fn what_a_harness_cannot_do_is_skipped_and_does_not_count() {
    let report = report_of(Misbehavior::default(), false, true).await;
    let (no_clock, rules) = ("the harness cannot move the clock", report.skipped());
    let about_time = [
        "a ttl is honored or refused",
        "the right code is rejected when the challenge has expired",
        "an expired challenge is not pending",
    ];
    assert_eq!(rules, about_time.map(|rule| (rule, no_clock.to_owned())));
    assert!(report.failures().is_empty(), "{report}");
    let (all, text) = (report.results().len(), report.to_string());
    assert!(text.contains(&format!("{}: skipped: {no_clock}\n", about_time[0])), "{text}");
    assert!(text.ends_with(&format!("{} of {all} cases hold, 3 skipped: {no_clock}", all - 3)), "{text}");

    let report = report_of(Misbehavior::default(), true, false).await;
    let (no_count, rules) = ("the harness cannot count requests", report.skipped());
    let is_run = |rule: &str| rules.iter().all(|(name, _)| *name != rule);
    assert!(is_run("the right code is accepted") && is_run(about_time[1]), "{report}");
    // InMemory needs nothing of a recipient, so there is nothing to refuse.
    let needless = "a recipient without what the provider needs is refused and nothing is sent";
    for (rule, _) in report.results().iter().filter(|(rule, _)| rule.ends_with("and nothing is sent")) {
        assert!(rule == needless || !is_run(rule), "{rule}");
    }
    assert!(rules.iter().all(|(_, reason)| reason == no_count), "{report}");

    let report = report_of(Misbehavior::default(), false, false).await;
    let neither = "the harness cannot count requests or move the clock";
    assert!(report.skipped().contains(&(about_time[0], neither.to_owned())), "{report}");
    assert!(report.to_string().ends_with(neither), "{report}");
}
