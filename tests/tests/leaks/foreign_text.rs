//! Text of a vendor or a user is shown as one short line, and a number in it with its last digits only.

use otp_facade::deutsche_bank::OrderTerms;
use otp_facade::deutsche_bank::{
    Payment, SecuritiesOrder, SecuritiesOrderChange, SecuritiesOrderDeletion, Side,
};
use otp_facade::stores;
use otp_facade::{
    Agilicus, Challenge, ChallengeId, Channel, ConfigError, CreateRequest, DeutscheBank, Error, ErrorKind,
    InMemory, Operation, OtpProvider, OtpProviderExt, Purpose, Recipient, Smscx, Status, TokenError,
    Verified, VerifyRequest,
};
use otp_tests::{RawServer, Response, disclosure};
use serde_json::{Value, json};

/// Forges a second line of the log, colors it, turns it around, and names a phone number.
const FORGED: &str = "VERIFIED\r\n\u{1b}[31mERROR\u{9b}0m\u{2028}\u{202e}\u{200b}\u{feff}+4915112345678 \u{664}\u{669}\u{661}\u{665}\u{661}\u{661}";
const ID: &str = "3f2b8c1e-5d4a-4f6b-9a7e-1c2d3e4f5a6b";

fn forged() -> [String; 3] {
    [FORGED.to_owned(), FORGED.repeat(100), format!("{}{FORGED}", "x".repeat(4000))]
}

fn assert_tame(what: &str, text: &str) {
    let is_tame = |character: char| {
        !character.is_control() && !"\u{2028}\u{2029}\u{202e}\u{200b}\u{feff}".contains(character)
    };
    assert!(text.chars().all(is_tame), "{what}: {text:?}");
    assert!(text.chars().count() <= 64, "{what}: {} characters", text.chars().count());
    let digits = text.chars().filter(|character| character.is_numeric()).count();
    assert!(digits <= 4, "{what} has {digits} digits: {text:?}");
}

async fn answering(status: u16, body: &Value) -> RawServer {
    RawServer::writing(Response::json(status, body).to_bytes()).await
}

fn smscx(server: &RawServer) -> Smscx {
    Smscx::builder().api_key("key").base_url(server.base_url()).build().unwrap()
}

fn bank(server: &RawServer) -> DeutscheBank {
    DeutscheBank::builder().bearer("token").base_url(server.base_url()).build().unwrap()
}

fn agilicus(server: &RawServer) -> Agilicus {
    Agilicus::builder().bearer("token").base_url(server.base_url()).build().unwrap()
}

fn assert_unknown(what: &str, status: &Status) {
    let Status::Unknown(word) = status else { panic!("{what}: {status:?}") };
    assert_tame(what, word);
    assert_tame(what, status.to_string().strip_prefix("unknown:").unwrap());
    assert!(!status.is_final(), "{what}");
    assert_eq!(Status::from(status.to_string().as_str()), *status, "{what}");
    let json = serde_json::to_string(status).unwrap();
    assert_eq!(serde_json::from_str::<Status>(&json).unwrap(), *status, "{what}");
}

#[tokio::test]
async fn an_unknown_status_is_one_short_line_and_no_known_status() {
    let odd =
        ["verified", "Verified", "VERIFIED\u{200b}", "\u{feff}verified", "VERIFIED ", "unknown:verified", ""];
    for word in odd.map(str::to_owned).into_iter().chain(forged()) {
        let server = answering(200, &json!({ "otpId": ID, "status": word })).await;
        let status = smscx(&server).status(&ChallengeId::new("smscx", &[ID])).await.unwrap();
        assert_unknown("smscx", &status);

        let body =
            json!({ "metadata": { "id": "c" }, "spec": { "user_id": "u" }, "status": { "state": word } });
        let server = answering(200, &body).await;
        let status =
            agilicus(&server).status(&ChallengeId::new("agilicus", &["sms", "u", "c"])).await.unwrap();
        assert_unknown("agilicus", &status);
        assert_unknown("by hand", &Status::unknown(&word));
        assert_eq!(
            Status::Unknown(word).to_string().chars().filter(|character| character.is_control()).count(),
            0
        );
    }
    for word in
        ["Verified", "VERIFIED", " verified", "verified\u{200b}", "unknown:verified", "\u{ff56}erified"]
    {
        assert_unknown("read back", &Status::from(word));
    }
}

#[tokio::test]
async fn a_hint_shows_no_more_than_the_last_four_digits_whatever_the_provider_sends() {
    for phone in forged() {
        let server = answering(201, &json!({ "otpId": ID, "status": "PENDING", "phoneNumber": phone })).await;
        let request = CreateRequest::new(Recipient::phone("+33612345678"));
        assert_tame("smscx", &smscx(&server).create(&request).await.unwrap().hint.unwrap());

        let details = json!({ "mobilePhoneNumber": phone });
        let server = answering(201, &json!({ "id": "c", "method": "MTAN", "challenge": details })).await;
        let request = CreateRequest::new(Recipient::owner()).with_purpose(Purpose::LegitimationData);
        assert_tame("deutsche-bank", &bank(&server).create(&request).await.unwrap().hint.unwrap());

        let method = json!({ "method": phone, "status": phone, "metadata": details });
        let server = answering(200, &json!({ "methods": [method] })).await;
        let methods = bank(&server).methods().await.unwrap();
        assert_tame("a method's hint", methods[0].hint.as_deref().unwrap());
        assert_tame("a method's name", &methods[0].name);
        let otp_facade::deutsche_bank::TanMethodState::Unknown(word) = &methods[0].state else {
            panic!("{methods:?}")
        };
        assert_tame("a method's state", word);

        let challenge = Challenge::new(ChallengeId::new("own", &["1"]), Channel::Sms).with_hint(phone);
        assert_tame("a provider of one's own", &challenge.hint.unwrap());
    }
}

#[tokio::test]
async fn an_error_is_one_line_and_names_64_characters_of_a_foreign_issuer() {
    let issuer = "x".repeat(4000);
    let id: ChallengeId = format!("{issuer}:1").parse().unwrap();
    let (memory, other) = (InMemory::new(), InMemory::new().with_name("other"));
    let key = "a key of at least 32 characters, kept like a password";
    let guard = otp_facade::Guard::new(
        InMemory::new(),
        stores::MemoryStore::new(),
        otp_facade::GuardSettings::new(key),
    );
    let providers: [Box<dyn OtpProvider>; 3] =
        [Box::new(memory.clone()), Box::new(memory.with_failover(other).unwrap()), Box::new(guard.unwrap())];
    for provider in providers {
        let errors = [
            provider.verify(&VerifyRequest::new(id.clone(), "1234")).await.unwrap_err(),
            provider.cancel(&id).await.unwrap_err(),
            provider.status(&id).await.unwrap_err(),
        ];
        for error in errors {
            for text in [error.to_string(), format!("{error:?}")] {
                assert!(!text.contains(&issuer[..64]) && text.contains(&issuer[..63]), "{text}");
            }
        }
    }
    for text in forged() {
        let error = Error::new(ErrorKind::UnexpectedResponse).with_vendor_code(&text).with_request_id(&text);
        let error = error.with_message(&text).with_origin(&text, Operation::Status);
        let source = Error::new(ErrorKind::UnexpectedResponse).with_source(stores::StoreError::new(&text));
        let all = [
            error.to_string(),
            error.provider().unwrap().to_owned(),
            error.vendor_code().unwrap().to_owned(),
            error.request_id().unwrap().to_owned(),
            std::error::Error::source(&source).unwrap().to_string(),
            TokenError::refused(&text).to_string(),
            TokenError::unavailable(&text).to_string(),
            ConfigError::new("setting", &text).to_string(),
            smscx_otp::types::OtpStatus::Unlisted(text.clone()).to_string(),
            otp_transport::Timestamp::from(text.as_str()).to_string(),
        ];
        for shown in all {
            assert!(!shown.contains(char::is_control) && !shown.contains('\u{202e}'), "{shown:?}");
            assert!(shown.chars().count() <= 800, "{} characters", shown.chars().count());
        }
    }
}

#[test]
fn no_debug_output_of_a_public_type_shows_a_secret() {
    const SECRETS: [&str; 6] = [
        "+4915112345678",
        "739146852073",
        "DE89370400440532013000",
        "472913",
        "s3ss10n",
        "https://cb.example",
    ];
    let [phone, account, iban, code, session, url] = SECRETS;
    let image = [b"\x89PNG", code.as_bytes()].concat();
    let (terms, one) = (OrderTerms::new(), "1".parse().unwrap());
    let order = SecuritiesOrder::new(account, "A1B2C3", one, Side::Buy, terms).unwrap();
    let change = SecuritiesOrderChange::new(account, "o-1", terms).unwrap();
    let deletion = SecuritiesOrderDeletion::new(account, "o-1").unwrap();
    let purposes: [Purpose; 5] = [
        Payment::new(iban, "12.34", "EUR").unwrap().into(),
        order.into(),
        change.into(),
        deletion.into(),
        Purpose::Other(format!("to {iban} with {code}")),
    ];
    let id = ChallengeId::new("own", &["1"]);
    let challenge = Challenge::new(id.clone(), Channel::PhotoTan).with_code(code).with_image(image.clone());
    let mut shown: Vec<Box<dyn std::fmt::Debug>> = vec![
        Box::new(challenge.with_hint(phone)),
        Box::new(otp_facade::Image::from(image.clone())),
        Box::new(Verified::new(id.clone()).with_proof(code)),
        Box::new(otp_facade::GuardSettings::new(session)),
        Box::new(otp_facade::Token::new(session)),
    ];
    for purpose in purposes {
        let request = CreateRequest::new(Recipient::phone(phone)).with_purpose(purpose.clone());
        shown.push(Box::new(request.with_subject(session).with_callback_url(url)));
        let request = VerifyRequest::new(id.clone(), code).with_purpose(purpose.clone());
        shown.push(Box::new(request.with_subject(session)));
        shown.push(Box::new(purpose));
    }
    for value in shown {
        for text in [format!("{value:?}"), format!("{value:#?}"), format!("{:#?}", Some([&value]))] {
            for secret in SECRETS.map(str::as_bytes).into_iter().chain([&image[..]]) {
                assert_eq!(disclosure(&text, secret), None, "{text}");
            }
        }
    }
}
