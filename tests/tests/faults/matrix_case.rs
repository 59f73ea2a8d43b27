//! One fault at one operation of one provider.

use std::error::Error as _;
use std::time::Duration;

use otp_conformance::Harness as _;
use otp_facade::{
    Challenge, Code, CreateRequest, Error, ErrorKind, Operation, RecipientKind, Transport, VerifyRequest,
};
use otp_sandbox::{Fault, Provider, Sandbox};
use otp_tests::{TestHarness, providers};
use tokio::time::Instant;

use crate::TIMEOUT;
use crate::matrix::Outcome;
use crate::rule::{self, Expected, FaultCase};
use crate::secrets::{CREDENTIAL, Secrets};

/// Far beyond the limit of the transport: a call that takes this long hangs.
const HANGING: Duration = Duration::from_secs(3600);

pub(crate) struct MatrixCase {
    pub(crate) fault: FaultCase,
    pub(crate) provider: Provider,
    pub(crate) operation: Operation,
}

impl MatrixCase {
    /// Returns the outcome of the call, and everything that differs from what is expected.
    pub(crate) async fn run(&self, transport: &Transport) -> (Outcome, Vec<String>) {
        let harness = self.harness(transport).await;
        let challenge = harness.provider().create(&harness.request()).await.expect("there is no fault yet");
        let code = harness.code(&challenge).await.expect("a message was sent");
        let sandbox = harness.sandbox();
        // Not of the first one, where a provider takes only one challenge at a time for a number.
        let request = harness.request();
        let secrets = Secrets::new(self.provider, sandbox.base_url(self.provider), &code);
        let secrets = secrets.with_recipient(&request);
        let fault = (self.fault.make)(self.provider, &secrets);
        sandbox.clear_journal();
        sandbox.clear_inbox();
        sandbox.inject(self.provider, fault.clone());

        let started = Instant::now();
        let call = self.call(&harness, &request, &challenge, code.clone());
        let Ok(result) = tokio::time::timeout(HANGING, call).await else {
            return (Outcome::Hangs, vec!["hangs".to_owned()]);
        };
        let mut found = Vec::new();
        if started.elapsed() > TIMEOUT + Duration::from_millis(10) {
            found.push(format!("took {:?}", started.elapsed()));
        }
        self.judge_result(&result, &secrets, &mut found);
        self.judge_journal(&harness, &fault, &secrets, &mut found);
        let acted = self.acted(&harness, &challenge, code).await;
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

    async fn harness(&self, transport: &Transport) -> TestHarness {
        // Seeded, so that no id holds the digits of a code by chance. Connections are not kept: a client that holds one
        // would see it cut instead of a refusal.
        let sandbox =
            Sandbox::builder().seed(2024).keep_alive(false).start().await.expect("the sandbox starts");
        TestHarness::in_sandbox(sandbox, self.provider, |base_url| {
            providers::build_with(self.provider, base_url, CREDENTIAL, Some(transport.clone()))
        })
    }

    async fn call(
        &self,
        harness: &TestHarness,
        request: &CreateRequest,
        challenge: &Challenge,
        code: Code,
    ) -> Result<(), Error> {
        match self.operation {
            Operation::Create => harness.provider().create(request).await.map(|_| ()),
            Operation::Verify => {
                let request = VerifyRequest::new(challenge.id.clone(), code);
                harness.provider().verify(&request).await.map(|_| ())
            }
            Operation::Cancel => harness.provider().cancel(&challenge.id).await,
            Operation::Status => harness.provider().status(&challenge.id).await.map(|_| ()),
        }
    }

    fn judge_result(&self, result: &Result<(), Error>, secrets: &Secrets, found: &mut Vec<String>) {
        let expected = match rule::has(self.provider, self.operation) {
            true => rule::expected(self.fault.expected, self.provider, self.operation),
            false => Expected::Failure(ErrorKind::Unsupported, false),
        };
        let reported = match result {
            Ok(()) => Expected::Success,
            Err(error) => Expected::Failure(error.kind(), error.may_have_acted()),
        };
        if reported != expected {
            found.push(format!("reported {reported:?}, expected {expected:?}"));
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

    fn judge_journal(
        &self,
        harness: &TestHarness,
        fault: &Fault,
        secrets: &Secrets,
        found: &mut Vec<String>,
    ) {
        let journal = harness.sandbox().journal();
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
        let recipient = harness.provider().capabilities().recipient;
        let goes_to_a_phone = !matches!(recipient, RecipientKind::Owner | RecipientKind::User);
        if self.operation == Operation::Create && goes_to_a_phone && !request.contains(secrets.digits()) {
            found.push("the phone number was not sent".to_owned());
        }
        let is_open = rule::described(self.provider, self.operation).is_open;
        let user = providers::subject(self.provider).user;
        let credential = user.map_or(CREDENTIAL.to_owned(), |user| format!("{user}:{CREDENTIAL}"));
        let is_there = request.contains(&harness.sandbox().fingerprint(&credential));
        if is_there == is_open {
            found.push(format!("the credential was sent: {is_there}"));
        }
    }

    /// Whether a message went out, or the code was taken. None where neither can be.
    async fn acted(&self, harness: &TestHarness, challenge: &Challenge, code: Code) -> Option<bool> {
        match self.operation {
            Operation::Create => Some(!harness.sandbox().inbox().is_empty()),
            Operation::Verify => {
                harness.sandbox().clear_faults();
                // A code is taken once: whoever is refused now came too late.
                let request = VerifyRequest::new(challenge.id.clone(), code);
                Some(harness.provider().verify(&request).await.is_err())
            }
            Operation::Cancel | Operation::Status => None,
        }
    }
}
