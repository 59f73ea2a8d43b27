//! From error to page: the table in the documentation says what the API returns, for every kind at every operation.

use std::sync::LazyLock;
use std::time::Duration;

use otp_facade::stores::MemoryStore;
use otp_facade::{
    Alphabet, Audience, Capabilities, Channel, CreateRequest, DeclineReason, Error, ErrorKind, GuardSettings,
    InMemory, Operation, OtpProvider, OtpProviderExt, Purpose, PurposeSupport, Recipient, RecipientKind,
    TextKey, VerifyRequest,
};
use otp_sandbox::Provider;
use otp_tests::errors::{Call, perform};
use otp_tests::{MockServer, Response};

const GUIDE: &str = include_str!("../../../crates/otp-facade/docs/errors.md");

/// Fields that the table names, some that it does not, and none.
const FIELDS: [Option<&str>; 9] = [
    Some("recipient.phone"),
    Some("code"),
    Some("iban"),
    Some("amount"),
    Some("security"),
    Some("id"),
    Some("recipient.user_id"),
    Some("sender"),
    None,
];

/// Everything that a row of the table may depend on.
#[derive(Clone, Copy, Debug)]
struct Case {
    kind: ErrorKind,
    operation: Operation,
    field: Option<&'static str>,
    reason: DeclineReason,
    attempts_left: Option<u32>,
    wait: Option<Duration>,
    by_the_provider: bool,
    may_have_acted: bool,
}

impl Case {
    fn of(kind: ErrorKind) -> Vec<Self> {
        let mut cases = Vec::new();
        for operation in Operation::ALL {
            for field in FIELDS {
                for &reason in DeclineReason::ALL {
                    for flags in 0..24_u8 {
                        cases.push(Self {
                            kind,
                            operation,
                            field,
                            reason,
                            attempts_left: [None, Some(0), Some(2)][usize::from(flags / 8)],
                            wait: (flags & 1 > 0).then_some(Duration::from_millis(1500)),
                            by_the_provider: flags & 2 > 0,
                            may_have_acted: flags & 4 > 0,
                        });
                    }
                }
            }
        }
        cases
    }

    fn error(self) -> Error {
        let mut error = Error::new(self.kind).with_decline_reason(self.reason);
        error = error.with_may_have_acted(self.may_have_acted).with_origin("smscx", self.operation);
        if let Some(field) = self.field {
            error = error.with_field(field);
        }
        if let Some(attempts_left) = self.attempts_left {
            error = error.with_attempts_left(attempts_left);
        }
        if let Some(wait) = self.wait {
            error = error.with_retry_after(wait);
        }
        if self.by_the_provider { error.with_vendor_status(429) } else { error }
    }

    /// Whether a condition of the column "when" holds.
    fn holds(self, when: &str) -> bool {
        if let Some(fields) = when.strip_prefix("field ") {
            return self.field.is_some_and(|field| names(fields).contains(&field));
        }
        if let Some(reasons) = when.strip_prefix("reason ") {
            return names(reasons).contains(&self.reason.as_str());
        }
        match when {
            "" => true,
            "another field or none" => {
                let mut others = TABLE.iter().map(|row| row[1]).filter(|when| when.starts_with("field "));
                !others.any(|when| self.holds(when))
            }
            "did not act" => !self.may_have_acted,
            "may have acted" => self.may_have_acted,
            "attempts left" => self.attempts_left.is_some_and(|left| left > 0),
            "no attempt left" => self.attempts_left == Some(0),
            "number of attempts not known" => self.attempts_left.is_none(),
            "attempts left, or not known" => self.attempts_left != Some(0),
            "limited by the guard, with a wait" => !self.by_the_provider && self.wait.is_some(),
            "limited by the guard, without a wait" => !self.by_the_provider && self.wait.is_none(),
            "limited by the provider, with a wait" => self.by_the_provider && self.wait.is_some(),
            "limited by the provider, without a wait" => self.by_the_provider && self.wait.is_none(),
            other => panic!("the table has a condition that is not known: {other}"),
        }
    }

    /// Whether the row, which is of this kind, is of this case.
    fn is_in(self, row: &[&str]) -> bool {
        let operations = row[2] == "any" || row[2].split(", ").any(|name| name == self.operation.as_str());
        operations && self.holds(row[1])
    }

    /// The text key of a fault, by its own table.
    fn fault(self) -> String {
        let row = FAULTS.iter().find(|row| (row[0] == "may have acted") == self.may_have_acted);
        let column = match self.operation {
            Operation::Create => 1,
            Operation::Verify => 2,
            Operation::Cancel | Operation::Status => 3,
        };
        names(row.expect("a row")[column])[0].to_owned()
    }
}

static TABLE: LazyLock<Vec<Vec<&str>>> = LazyLock::new(|| rows("The table"));
static FAULTS: LazyLock<Vec<Vec<&str>>> = LazyLock::new(|| rows("Texts of faults"));

/// The rows of the table under a heading, without its header.
fn rows(heading: &str) -> Vec<Vec<&'static str>> {
    let section = GUIDE.split("\n## ").find(|section| section.starts_with(&format!("{heading}\n")));
    let lines = section.expect(heading).lines().filter(|line| line.starts_with('|'));
    lines.skip(2).map(|line| line.trim_matches('|').split('|').map(str::trim).collect()).collect()
}

/// What stands in backquotes in a cell.
fn names(cell: &str) -> Vec<&str> {
    cell.split('`').skip(1).step_by(2).collect()
}

fn check(case: Case, row: &[&str]) {
    let error = case.error();
    let text = if row[6] == "*fault*" { case.fault() } else { names(row[6])[0].to_owned() };
    let returned = (
        error.response_status().to_string(),
        error.audience().as_str(),
        error.log_level().as_str(),
        error.text_key().as_str(),
    );
    assert_eq!(returned, (row[3].to_owned(), row[4], row[5], &*text), "{case:?}");
}

#[test]
fn the_table_says_what_the_api_returns_for_every_kind_at_every_operation() {
    let rows = &*TABLE;
    let mut is_used = vec![false; rows.len()];
    for &kind in ErrorKind::ALL {
        let of_kind = (0..rows.len()).filter(|place| names(rows[*place][0]).contains(&kind.as_str()));
        let of_kind: Vec<_> = of_kind.collect();
        for case in Case::of(kind) {
            let places: Vec<_> = of_kind.iter().copied().filter(|place| case.is_in(&rows[*place])).collect();
            assert_eq!(places.len(), 1, "{case:?} is in the rows {places:?}");
            is_used[places[0]] = true;
            check(case, &rows[places[0]]);
        }
    }
    let unused: Vec<_> = rows.iter().zip(is_used).filter(|(_, is_used)| !is_used).collect();
    assert!(unused.is_empty(), "no error is in {unused:?}");
}

#[test]
fn the_table_of_texts_has_every_text() {
    let documented: Vec<_> = rows("Texts").into_iter().map(|row| (names(row[0])[0], row[1])).collect();
    let texts: Vec<_> = TextKey::ALL.iter().map(|text| (text.as_str(), text.english())).collect();
    assert_eq!(documented, texts);
}

/// Serde knows all variants of an enum, and lists them to whoever gives it none of them.
fn variants<T: serde::de::DeserializeOwned>() -> Vec<String> {
    let error = serde_json::from_str::<T>("\"none of them\"").err().expect("no variant").to_string();
    let (_, listed) = error.split_once("expected one of").expect("a list of variants");
    names(listed).into_iter().map(str::to_owned).collect()
}

#[test]
fn no_kind_rejection_reason_or_text_is_left_out_of_the_lists_and_each_has_its_name() {
    let rejections = variants::<otp_facade::Rejection>();
    let of_kinds = variants::<ErrorKind>().into_iter().filter(|name| name != "rejected").chain(rejections);
    let listed = |names: Vec<&str>| {
        let mut names: Vec<_> = names.into_iter().map(str::to_owned).collect();
        names.sort();
        names
    };
    let mut of_kinds: Vec<_> =
        of_kinds.map(|name| if name == "unspecified" { "rejected".to_owned() } else { name }).collect();
    of_kinds.sort();
    assert_eq!(listed(ErrorKind::ALL.iter().map(|kind| kind.as_str()).collect()), of_kinds);
    for (mut variants, all) in [
        (
            variants::<DeclineReason>(),
            listed(DeclineReason::ALL.iter().map(|reason| reason.as_str()).collect()),
        ),
        (variants::<TextKey>(), listed(TextKey::ALL.iter().map(|text| text.as_str()).collect())),
    ] {
        variants.sort();
        assert_eq!(variants, all);
    }
}

#[test]
fn a_text_has_the_numbers_of_the_error_and_rounds_waits_up() {
    let of = |kind| Error::new(kind).with_origin("smscx", Operation::Create);
    let limited = |wait| of(ErrorKind::RateLimited).with_retry_after(wait).user_message().into_owned();
    let rows = [
        (Duration::ZERO, "0 seconds"),
        (Duration::from_millis(1), "1 second"),
        (Duration::from_millis(29_001), "30 seconds"),
        (Duration::from_secs(120), "120 seconds"),
        (Duration::from_millis(120_001), "3 minutes"),
        (Duration::from_secs(7200), "120 minutes"),
        (Duration::from_secs(7201), "3 hours"),
        (Duration::MAX, "hours"),
    ];
    for (wait, words) in rows {
        let text = limited(wait);
        assert!(text.contains(&format!("{words}, ")), "{wait:?}: {text}");
    }
    let wrong = of(ErrorKind::Rejected(otp_facade::Rejection::WrongCode)).with_attempts_left(2);
    assert!(wrong.user_message().ends_with("Attempts left: 2."), "{}", wrong.user_message());
    for case in ErrorKind::ALL.iter().flat_map(|kind| Case::of(*kind)) {
        let text = case.error().user_message();
        assert!(!text.contains(['{', '}']) && !text.contains("smscx"), "{case:?}: {text}");
    }
}

#[tokio::test]
async fn every_refused_option_names_its_field() {
    let capabilities = Capabilities::new(RecipientKind::Phone, [Channel::Sms]);
    let few = InMemory::new().with_capabilities(&capabilities);
    let mut languages = capabilities.clone();
    languages.languages = vec!["de"];
    let speaks = InMemory::new().with_capabilities(&languages);
    let mut needs = capabilities;
    needs.purposes = PurposeSupport::Required(&["payment"]);
    let bank = InMemory::new().with_capabilities(&needs);
    let of_users = Capabilities::new(RecipientKind::User, [Channel::Sms]);
    let of_users = InMemory::new().with_capabilities(&of_users);
    let all = InMemory::new();
    let phone = || Recipient::phone("+4915112345678");
    let to = |recipient| CreateRequest::new(recipient);
    let request = || to(phone());
    let rows = [
        (&few, to(Recipient::owner()), "recipient.phone"),
        (&few, to(Recipient::phone("0151")), "recipient.phone"),
        (&few, to(phone().with_user_id("")), "recipient.user_id"),
        (&few, to(phone().with_user_id(" a")), "recipient.user_id"),
        (&of_users, request(), "recipient.user_id"),
        (&few, to(phone().with_country("Germany")), "recipient.country"),
        (&few, request().with_channel(Channel::Push), "channel"),
        (&few, request().with_ttl(Duration::from_secs(60)), "ttl"),
        (&all, request().with_ttl(Duration::ZERO), "ttl"),
        (&few, request().with_max_attempts(3), "max_attempts"),
        (&all, request().with_max_attempts(1000), "max_attempts"),
        (&few, request().with_code_length(6), "code_length"),
        (&all, request().with_code_length(1000), "code_length"),
        (&few, request().with_alphabet(Alphabet::Letters), "alphabet"),
        (&few, request().with_language("de"), "language"),
        (&speaks, request().with_language("fr"), "language"),
        (&few, request().with_sender("me"), "sender"),
        (&few, request().with_template("{{pin}}"), "template"),
        (&few, request().with_callback_url("https://a.example"), "callback_url"),
        (&few, request().with_tracking_id("a"), "tracking_id"),
        (&few, request().with_subject("a"), "subject"),
        (&few, request().with_idempotency_key("a"), "idempotency_key"),
        (&all, request().with_subject(""), "subject"),
        (&few, request().with_purpose(Purpose::Other("login".to_owned())), "purpose"),
        (&bank, request(), "purpose"),
        (&bank, request().with_purpose(Purpose::Other("login".to_owned())), "purpose"),
    ];
    for (provider, request, field) in rows {
        let error = provider.create(&request).await.expect_err(field);
        assert_eq!(error.field(), Some(field), "{error}");
        assert_eq!(error.audience() == Audience::Person, field == "recipient.phone", "{error}");
    }
    let id = all.create(&request()).await.expect("a challenge").id;
    let verify = |code: &str| VerifyRequest::new(id.clone(), code);
    let not_its_own = VerifyRequest::new("other:1".parse().expect("an id"), "123456");
    let rows = [
        (&all, verify("?"), "code"),
        (&all, verify(""), "code"),
        (&few, verify("123456").with_subject("a"), "subject"),
        (&few, verify("123456").with_purpose(Purpose::Other("login".to_owned())), "purpose"),
        (&all, not_its_own, "id"),
    ];
    for (provider, request, field) in rows {
        let error = provider.verify(&request).await.expect_err(field);
        assert_eq!(error.field(), Some(field), "{error}");
    }
}

#[test]
fn an_error_that_no_operation_returned_has_a_status_too() {
    let rows = [
        (Recipient::parse_phone("not a number", Some("DE")).err(), 422, "invalid_phone"),
        ("no id".parse::<otp_facade::ChallengeId>().err(), 422, "code_not_valid"),
        (otp_facade::deutsche_bank::Payment::new("DE00", "1", "EUR").err(), 422, "invalid_input"),
        (Recipient::parse_phone("0151 1234", Some("nowhere")).err(), 500, "unavailable"),
        (Some(Error::new(ErrorKind::NotFound)), 422, "code_not_valid"),
        (Some(Error::new(ErrorKind::TimedOut)), 504, "unavailable"),
    ];
    for (error, status, text) in rows {
        let error = error.expect("an error");
        assert_eq!((error.response_status(), error.text_key().as_str()), (status, text), "{error:?}");
    }
}

#[tokio::test]
async fn an_outcome_that_is_not_known_has_words_of_its_own_and_one_that_is_certain_others() {
    for vendor in Provider::ALL {
        for (call, unknown, certain) in [
            (Call::Create, "message_may_have_been_sent", "cannot_send"),
            (Call::Verify, "code_not_checked", "cannot_check"),
        ] {
            let at = format!("{} {call:?}", vendor.slug());
            // A gateway's page.
            let gateway = MockServer::start(&Response::empty(502)).await;
            let error = perform(vendor, call, &gateway.base_url()).await.expect_err(&at);
            assert_eq!((error.response_status(), error.text_key().as_str()), (502, unknown), "{at}: {error}");
            // Nobody listens.
            let error = perform(vendor, call, "http://127.0.0.1:1").await.expect_err(&at);
            assert_eq!((error.response_status(), error.text_key().as_str()), (503, certain), "{at}: {error}");
        }
    }
    assert_eq!(TextKey::CodeNotChecked.english(), "We could not check your code. Ask for a new one.");
}

#[tokio::test]
async fn what_is_no_longer_open_has_nothing_to_cancel_with_and_without_a_guard() {
    let memory = InMemory::new();
    let settings = GuardSettings::new("a key of at least 32 characters, for tests");
    let guarded = memory.clone().with_guard(MemoryStore::new(), settings).expect("a guard");
    let providers: [&dyn OtpProvider; 2] = [&memory, &guarded];
    for provider in providers {
        let request = CreateRequest::new(Recipient::phone("+4915112345678"));
        let id = provider.create(&request).await.expect("a challenge").id;
        let code = memory.last_message().expect("a message").code;
        provider.verify(&VerifyRequest::new(id.clone(), code)).await.expect("the right code");
        let error = provider.cancel(&id).await.expect_err("it is used");
        assert_eq!(error.decline_reason(), Some(DeclineReason::NotOpen), "{error}");
        assert_eq!((error.response_status(), error.text_key()), (409, TextKey::NothingToCancel));
    }
}
