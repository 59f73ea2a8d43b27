//! One fault at one verb of one provider.

use std::error::Error as _;
use std::time::Duration;

use otp_facade::{Challenge, Code, Error, ErrorKind, Operation, Transport, VerifyRequest};
use otp_sandbox::{Fault, Provider};
use tokio::time::Instant;

use crate::bench::{Bench, Secrets, TIMEOUT};
use crate::matrix::Outcome;
use crate::rule::{self, Told, Trouble};

/// Far beyond the transport's own limit: who comes here hangs.
const HANGING: Duration = Duration::from_secs(3600);

pub(crate) struct Cell {
    pub(crate) fault: Trouble,
    pub(crate) provider: Provider,
    pub(crate) operation: Operation,
}

impl Cell {
    /// What the call came to, and all that is not as it must be.
    pub(crate) async fn run(&self, transport: &Transport) -> (Outcome, Vec<String>) {
        let bench = Bench::start(self.provider, transport).await;
        let (challenge, code) = bench.challenge().await;
        let secrets = bench.secrets(&code);
        let fault = (self.fault.make)(self.provider, &secrets);
        bench.sandbox.clear_journal();
        bench.sandbox.clear_inbox();
        bench.sandbox.inject(self.provider, fault.clone());

        let started = Instant::now();
        let call = self.call(&bench, &challenge, code.clone());
        let Ok(result) = tokio::time::timeout(HANGING, call).await else {
            return (Outcome::Hangs, vec!["hangs".to_owned()]);
        };
        let mut found = Vec::new();
        if started.elapsed() > TIMEOUT + Duration::from_millis(10) {
            found.push(format!("took {:?}", started.elapsed()));
        }
        self.judge_result(&result, &secrets, &mut found);
        self.judge_journal(&bench, &fault, &secrets, &mut found);
        let acted = self.acted(&bench, &challenge, code).await;
        if rule::has(self.provider, self.operation) && acted.is_some_and(|acted| acted != fault.acts()) {
            found.push(format!("the sandbox acted: {acted:?}"));
        }
        match &result {
            Ok(()) if acted == Some(false) => found.push("accepted what the provider did not do".to_owned()),
            Err(error) if acted == Some(true) && !error.may_have_acted() => {
                found.push("the provider acted, and the error excludes it".to_owned());
            }
            _ => {}
        }
        (Outcome::of(&result), found)
    }

    async fn call(&self, bench: &Bench, challenge: &Challenge, code: Code) -> Result<(), Error> {
        match self.operation {
            Operation::Create => bench.provider.create(&bench.request()).await.map(|_| ()),
            Operation::Verify => {
                let request = VerifyRequest::new(challenge.id.clone(), code);
                bench.provider.verify(&request).await.map(|_| ())
            }
            Operation::Cancel => bench.provider.cancel(&challenge.id).await,
            Operation::Status => bench.provider.status(&challenge.id).await.map(|_| ()),
        }
    }

    fn judge_result(&self, result: &Result<(), Error>, secrets: &Secrets, found: &mut Vec<String>) {
        let expected = match rule::has(self.provider, self.operation) {
            true => rule::told(self.fault.told, self.provider, self.operation),
            false => Told::Failure(ErrorKind::Unsupported, false),
        };
        let told = match result {
            Ok(()) => Told::Success,
            Err(error) => Told::Failure(error.kind(), error.may_have_acted()),
        };
        if told != expected {
            found.push(format!("told {told:?}, expected {expected:?}"));
        }
        let Err(error) = result else { return };
        let is_question = matches!(self.operation, Operation::Cancel | Operation::Status);
        if error.is_safe_to_repeat() != (is_question || !error.may_have_acted()) {
            found.push("is_safe_to_repeat does not follow from the rule".to_owned());
        }
        let mut texts = vec![error.to_string(), format!("{error:?}"), format!("{error:#?}")];
        let mut source = error.source();
        while let Some(cause) = source {
            texts.extend([cause.to_string(), format!("{cause:?}")]);
            source = cause.source();
        }
        for text in &texts {
            found.extend(secrets.shown_in(text).iter().map(|secret| format!("{secret} is shown in {text}")));
        }
    }

    fn judge_journal(&self, bench: &Bench, fault: &Fault, secrets: &Secrets, found: &mut Vec<String>) {
        let journal = bench.sandbox.journal();
        let arrives = rule::has(self.provider, self.operation) && *fault != Fault::Refuse;
        if journal.len() != usize::from(arrives) {
            found.push(format!("{} requests arrived", journal.len()));
        }
        let Some(exchange) = journal.first() else { return };
        // What is nowhere in the request cannot leak: the search above would prove nothing.
        let request = format!("{exchange:?}");
        if self.operation == Operation::Verify && !request.contains(secrets.code()) {
            found.push("the code was not sent".to_owned());
        }
        if self.operation == Operation::Create
            && self.provider == Provider::Smscx
            && !request.contains(secrets.phone())
        {
            found.push("the phone number was not sent".to_owned());
        }
        // Agilicus wants its credential for create only.
        let is_open = self.provider == Provider::Agilicus && self.operation != Operation::Create;
        let is_there = request.contains(&bench.sandbox.fingerprint(secrets.credential()));
        if is_there == is_open {
            found.push(format!("the credential was sent: {is_there}"));
        }
    }

    /// Whether a message went out, or the code was taken. None where neither can be.
    async fn acted(&self, bench: &Bench, challenge: &Challenge, code: Code) -> Option<bool> {
        match self.operation {
            Operation::Create => Some(!bench.sandbox.inbox().is_empty()),
            Operation::Verify => {
                bench.sandbox.clear_faults();
                // A code is taken once: whoever is refused now came too late.
                let request = VerifyRequest::new(challenge.id.clone(), code);
                Some(bench.provider.verify(&request).await.is_err())
            }
            Operation::Cancel | Operation::Status => None,
        }
    }
}
