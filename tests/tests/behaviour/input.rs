//! Bad input is refused with the field and the rule, before anything is sent.

use otp_facade::deutsche_bank::{
    OrderTerms, Payment, SecuritiesOrder, SecuritiesOrderChange, SecuritiesOrderDeletion, Side,
};
use otp_facade::{
    Agilicus, ChallengeId, CreateRequest, DeutscheBank, EquinixMetal, InMemory, OtpProvider, Purpose,
    Recipient, Smscx, Status, VerifyRequest,
};
use otp_sandbox::{Provider, Sandbox};

#[test]
fn a_setting_that_breaks_a_rule_is_refused_by_name() {
    let smscx = || Smscx::builder().api_key("key");
    let cases = [
        (Smscx::builder().build().err(), "credential is missing"),
        (Smscx::builder().api_key("").build().err(), "credential must not be empty"),
        (smscx().base_url("http://api.sms.cx").build().err(), "base_url must be https"),
        (smscx().base_url("api.sms.cx").build().err(), "base_url must be an absolute URL"),
        (smscx().name("").build().err(), "name must be 1 to 64"),
        (smscx().name("SMS EU").build().err(), "name must be 1 to 64"),
        (smscx().name("a:b").build().err(), "name must be 1 to 64"),
        (Agilicus::builder().build().err(), "credential is missing"),
        (DeutscheBank::builder().bearer("a b").build().err(), "credential must consist of visible ASCII"),
        (EquinixMetal::builder().auth_token("é").build().err(), "credential must consist of visible ASCII"),
    ];
    for (error, text) in cases {
        let error = error.expect(text).to_string();
        assert!(error.starts_with(text), "{error}");
    }
}

#[test]
fn text_that_is_no_id_is_refused() {
    let long = format!("smscx:{}", "x".repeat(4096));
    for text in ["", ".", "..", ":", ":1", "smscx", "smscx:a/b", "smscx:a b", "smscx:ü", "smscx:\n", &long] {
        let error = text.parse::<ChallengeId>().expect_err(text).to_string();
        assert!(error.starts_with("invalid_request: id must"), "{text:?}: {error}");
    }
}

#[test]
fn ids_survive_text_and_back_whatever_is_in_them() {
    let longest = "😀".repeat(256);
    for parts in [
        vec![],
        vec!["1", &longest],
        vec!["1"],
        vec!["", ""],
        vec!["a:b", "c%3A", "ü €", "/../?#"],
        vec!["\u{0}\n"],
    ] {
        let id = ChallengeId::new("sms-eu", &parts);
        let again: ChallengeId = id.to_string().parse().expect("it was written by us");
        assert_eq!(again, id);
        assert_eq!(again.issuer(), "sms-eu");
        let odd = ChallengeId::new("Front door: a/b", &parts).to_string();
        assert_eq!(odd.parse::<ChallengeId>().expect("it was written by us").issuer(), "Front door: a/b");
        let expected = if parts.is_empty() { vec![""] } else { parts };
        assert_eq!(again.parts(), expected);
    }
}

#[tokio::test]
async fn a_provider_knows_its_challenges_by_whatever_name() {
    let memory = InMemory::new().with_name("Front door: a/b");
    let request = CreateRequest::new(Recipient::phone("+4915112345678"));
    let challenge = memory.create(&request).await.expect("it is created");
    assert!(challenge.id.is_issued_by(&memory));
    let code = memory.inbox()[0].code.clone();
    memory.verify(&VerifyRequest::new(challenge.id, code)).await.expect("the code is right");
}

#[test]
fn a_status_survives_text_and_back_and_a_providers_word_stays_unknown() {
    for status in
        [Status::Pending, Status::Verified, Status::TooManyAttempts, Status::Unknown("verified".into())]
    {
        assert_eq!(Status::from(status.to_string().as_str()), status);
    }
    assert_eq!(Status::Unknown("verified".into()).as_str(), "unknown");
}

/// Ids that are well-formed, and not what the provider gave.
#[tokio::test]
async fn an_id_with_other_parts_than_the_providers_own_is_refused_and_nothing_is_sent() {
    let sandbox = Sandbox::start().await.expect("the sandbox starts");
    let url = |place| sandbox.base_url(place);
    let smscx =
        Smscx::builder().api_key("key").base_url(url(Provider::Smscx)).build().expect("valid settings");
    let agilicus =
        Agilicus::builder().bearer("t").base_url(url(Provider::Agilicus)).build().expect("valid settings");
    let bank = DeutscheBank::builder()
        .bearer("t")
        .base_url(url(Provider::DeutscheBank))
        .build()
        .expect("valid settings");
    let cases: [(&dyn OtpProvider, &[&[&str]]); 3] = [
        (
            &smscx,
            &[&[], &[""], &["."], &[".."], &["no-uuid"], &["3f2b8c1e-5d4a-4f6b-9a7e-1c2d3e4f5a6b", "more"]],
        ),
        (
            &agilicus,
            &[
                &[],
                &["sms"],
                &["sms", "user"],
                &["webauthn", "user", "1"],
                &["sms", "user", ".."],
                &["sms", "user", ""],
            ],
        ),
        (&bank, &[&[], &[""], &["."], &[".."], &["1", "2"]]),
    ];
    for (provider, ids) in cases {
        for parts in ids {
            let id = ChallengeId::new(provider.name(), parts);
            let request = otp_facade::VerifyRequest::new(id.clone(), "123456");
            let error = provider.verify(&request).await.expect_err("no such id");
            assert_eq!(error.kind(), otp_facade::ErrorKind::InvalidRequest, "{id}: {error}");
            assert!(!error.may_have_acted() && error.to_string().contains("id"), "{id}: {error}");
        }
    }
    assert!(sandbox.journal().is_empty(), "something was sent");
}

#[tokio::test]
async fn what_cannot_be_a_code_of_the_provider_is_refused_and_nothing_is_sent() {
    let sandbox = Sandbox::start().await.expect("the sandbox starts");
    let url = |place| sandbox.base_url(place);
    let smscx =
        Smscx::builder().api_key("key").base_url(url(Provider::Smscx)).build().expect("valid settings");
    let agilicus =
        Agilicus::builder().bearer("t").base_url(url(Provider::Agilicus)).build().expect("valid settings");
    let memory = InMemory::new();
    let uuid = "3f2b8c1e-5d4a-4f6b-9a7e-1c2d3e4f5a6b";
    let long = "1".repeat(41);
    let cases: [(&dyn OtpProvider, &[&str], &[&str]); 4] = [
        (&smscx, &[uuid], &["123", "12345678901", "abc-123", "123456!", "é1234"]),
        (&agilicus, &["totp", "user", "1"], &["12345", "123456789", "12345a", "123 45"]),
        (&agilicus, &["code", "user", "1"], &["ab-12", "a b", "é", &long]),
        (&memory, &["1"], &["123", "12-ab"]),
    ];
    for (provider, parts, codes) in cases {
        for code in codes {
            let request = VerifyRequest::new(ChallengeId::new(provider.name(), parts), *code);
            let error = provider.verify(&request).await.expect_err(code);
            assert_eq!(error.kind(), otp_facade::ErrorKind::InvalidRequest, "{code}: {error}");
            assert!(!error.may_have_acted() && error.to_string().contains("code must"), "{error}");
        }
    }
    assert!(sandbox.journal().is_empty(), "something was sent");
}

#[test]
fn a_purpose_that_breaks_a_rule_is_refused_by_field() {
    let iban = "DE89370400440532013000";
    let number = |text: &str| text.parse().expect("a number");
    let order = |account, security, quantity| {
        SecuritiesOrder::new(account, security, number(quantity), Side::Buy, OrderTerms::new()).err()
    };
    let cases = [
        (Payment::new("", "1", "EUR").err(), "iban must be an IBAN"),
        (Payment::new("XX89370400440532013000", "1", "EUR").err(), "iban must"),
        (Payment::new("DE88370400440532013000", "1", "EUR").err(), "iban must have the right check digits"),
        (Payment::new(iban, "1", "EURO").err(), "currency must be an ISO 4217 code"),
        (Payment::new(iban, "1", "eur").err(), "currency must be an ISO 4217 code"),
        (Payment::new(iban, "0", "EUR").err(), "amount must be above zero"),
        (Payment::new(iban, "-1", "EUR").err(), "amount must be above zero"),
        (Payment::new(iban, "1.001", "EUR").err(), "amount must not be finer"),
        (Payment::new(iban, "1.5", "JPY").err(), "amount must not be finer"),
        (Payment::new(iban, "1,5", "EUR").err(), "amount must be a decimal number"),
        (Payment::new(iban, "NaN", "EUR").err(), "amount must be a decimal number"),
        (Payment::new(iban, "12345678901234.56", "EUR").err(), "amount must have at most 15 digits"),
        (order("12345678901", "A1EWWW", "1"), "account must have 12 digits"),
        (order("123456789012", "a1ewww", "1"), "security must be a WKN"),
        (order("123456789012", "A1EWWW", "0"), "quantity must be above zero"),
        (SecuritiesOrderDeletion::new("123456789012", "").err(), "order must not be empty"),
        (
            SecuritiesOrderChange::new("123456789012", "1", OrderTerms::new().with_limit_price(number("-1")))
                .err(),
            "limit_price must be above zero",
        ),
    ];
    for (error, text) in cases {
        let error = error.expect(text).to_string();
        assert!(error.starts_with(&format!("invalid_request: {text}")), "{error}");
    }
}

/// Each purpose goes out as the bank's own form, with numbers as they were given.
#[tokio::test]
async fn every_purpose_of_deutsche_bank_is_accepted_and_exact() {
    let sandbox = Sandbox::start().await.expect("the sandbox starts");
    let provider = DeutscheBank::builder().bearer("token").base_url(sandbox.base_url(Provider::DeutscheBank));
    let provider = provider.build().expect("valid settings");
    let terms = OrderTerms::new()
        .with_limit_price("101.25".parse().expect("a number"))
        .with_restriction(otp_facade::deutsche_bank::OrderRestriction::GoodForDay);
    let account = "123456789012";
    let order = SecuritiesOrder::new(account, "A1EWWW", "10.5".parse().expect("a number"), Side::Sell, terms);
    let purposes: [(Purpose, &str, &str); 5] = [
        (
            Payment::new("DE89370400440532013000", "1234567890123.45", "EUR").expect("valid").into(),
            "/amountValue",
            "1234567890123.45",
        ),
        (order.expect("valid").into(), "/quantity", "10.5"),
        (
            SecuritiesOrderChange::new(account, "4711", terms).expect("valid").into(),
            "/orderLimit/limitPrice",
            "101.25",
        ),
        (SecuritiesOrderDeletion::new(account, "4711").expect("valid").into(), "/orderId", "\"4711\""),
        (Purpose::LegitimationData, "/type", "\"challengeRequestDataTransferPartnerLegiData\""),
    ];
    for (purpose, pointer, value) in purposes {
        let name = purpose.as_str();
        provider.create(&CreateRequest::new(Recipient::owner()).with_purpose(purpose)).await.expect(name);
        let body = sandbox.journal().pop().and_then(|exchange| exchange.body).expect("a body");
        let found = body["requestData"].pointer(pointer).expect(pointer);
        assert_eq!(found.to_string(), value, "{name}");
    }
}
