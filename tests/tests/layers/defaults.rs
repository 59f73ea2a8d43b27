//! Defaults: what a provider is asked for where the request says nothing.

use std::time::Duration;

use otp_facade::{
    Alphabet, Capabilities, Channel, CreateRequest, ErrorKind, OtpProvider, OtpProviderExt, RequestDefaults,
    webotp_template,
};
use otp_sandbox::Provider;
use otp_tests::{FakeProvider, providers};

use crate::calls::request;

fn all() -> RequestDefaults {
    RequestDefaults::new()
        .with_ttl(Duration::from_secs(300))
        .with_max_attempts(3)
        .with_code_length(6)
        .with_alphabet(Alphabet::Letters)
        .with_sender("Example")
        .with_template("{{pin}} ?")
        .with_template_for("de", "{{pin}} de")
        .with_template_for("en", "{{pin}} en")
        .with_callback_url("https://example.com/status")
}

fn able(able: &mut Capabilities) {
    able.ttl = Some(Duration::from_secs(60)..=Duration::from_secs(1800));
    (able.max_attempts, able.code_length) = (Some(1..=10), Some(4..=10));
    able.alphabets = vec![Alphabet::Digits, Alphabet::Letters];
    (able.sender, able.template, able.callback_url) = (true, true, true);
}

/// What the provider is asked for by a request through these defaults.
async fn asked(
    defaults: RequestDefaults,
    languages: &[&'static str],
    request: &CreateRequest,
) -> CreateRequest {
    let fake = FakeProvider::new("one").able(|can| {
        can.languages = languages.to_vec();
        able(can);
    });
    let provider = fake.clone().with_defaults(defaults).expect("options that it has");
    provider.create(request).await.expect("it succeeds");
    fake.last_request()
}

#[tokio::test]
async fn an_option_that_the_request_does_not_set_has_its_default() {
    let asked = asked(all(), &[], &request()).await;
    let expected = request()
        .with_ttl(Duration::from_secs(300))
        .with_max_attempts(3)
        .with_code_length(6)
        .with_alphabet(Alphabet::Letters)
        .with_sender("Example")
        .with_template("{{pin}} ?")
        .with_callback_url("https://example.com/status");
    assert_eq!(format!("{asked:?}"), format!("{expected:?}"));
    assert_eq!(asked.callback_url.unwrap().expose(), "https://example.com/status");
}

#[tokio::test]
async fn an_option_of_the_request_wins() {
    let own = request()
        .with_ttl(Duration::from_secs(90))
        .with_max_attempts(2)
        .with_code_length(8)
        .with_alphabet(Alphabet::Digits)
        .with_sender("Other")
        .with_template("{{pin}} own")
        .with_callback_url("https://example.com/own");
    let asked = asked(all(), &[], &own).await;
    assert_eq!(format!("{asked:?}"), format!("{own:?}"));
    assert_eq!(asked.callback_url.unwrap().expose(), "https://example.com/own");
}

#[tokio::test]
async fn the_template_is_that_of_the_language() {
    let of = |language: &str| request().with_language(language);
    let (plain, own) = (request(), of("de").with_template("{{pin}} own"));
    let german = || all().with_language("de");
    let no_template = || {
        let mut defaults = all();
        defaults.template = None;
        defaults
    };
    // Defaults, languages of the provider, request; the template and the language that the provider is asked for.
    let rows = [
        (all(), vec![], of("de"), Some("{{pin}} de"), None),
        (all(), vec![], of("en"), Some("{{pin}} en"), None),
        (all(), vec![], plain.clone(), Some("{{pin}} ?"), None),
        (no_template(), vec![], plain.clone(), None, None),
        (german(), vec![], plain.clone(), Some("{{pin}} de"), None),
        (german(), vec![], of("en"), Some("{{pin}} en"), None),
        (all(), vec![], own, Some("{{pin}} own"), None),
        // A provider that chooses by the language gets it, too.
        (all(), vec!["de", "fr"], of("de"), Some("{{pin}} de"), Some("de")),
        (all(), vec!["de", "fr"], of("fr"), Some("{{pin}} ?"), Some("fr")),
        (RequestDefaults::new().with_language("fr"), vec!["de", "fr"], plain, None, Some("fr")),
        (RequestDefaults::new().with_own_languages(["it"]), vec![], of("it"), None, None),
    ];
    for (defaults, languages, request, template, language) in rows {
        let at = format!("{defaults:?}, {languages:?}, {request:?}");
        let asked = asked(defaults, &languages, &request).await;
        assert_eq!((asked.template.as_deref(), asked.language.as_deref()), (template, language), "{at}");
    }
}

#[tokio::test]
async fn a_language_without_a_template_is_refused_and_nobody_is_asked() {
    let fake = FakeProvider::new("one").able(able);
    let provider = fake.clone().with_defaults(all()).unwrap();
    assert_eq!(provider.capabilities().languages, ["de", "en"]);
    let error = provider.create(&request().with_language("fr")).await.unwrap_err();
    assert_eq!(error.to_string(), "one: create: invalid_request: language must be one of de, en");
    assert_eq!(fake.count(), 0);
}

#[test]
fn a_default_that_the_provider_does_not_support_is_an_error_when_it_is_built() {
    let smscx = || otp_facade::Smscx::builder().api_key("key").build().unwrap();
    let new = RequestDefaults::new;
    let rows = [
        (new().with_code_length(3), "code_length must be from 4 to 10, by the capabilities of smscx"),
        (new().with_code_length(11), "code_length must be from 4 to 10"),
        (new().with_max_attempts(11), "max_attempts must be from 1 to 10"),
        (new().with_ttl(Duration::from_secs(59)), "ttl must be from 60 to 1800 whole seconds"),
        (new().with_ttl(Duration::from_millis(60_500)), "ttl must be from 60 to 1800 whole seconds"),
        (new().with_sender("ab"), "sender must have 3 to 15 characters"),
        (new().with_sender("sixteen letters."), "sender must have 3 to 15 characters"),
        (new().with_sender(""), "sender must not be empty"),
        (new().with_template("no code"), "template must contain the placeholder {{pin}}"),
        (new().with_template_for("de", "no code"), "templates must contain the placeholder {{pin}}"),
        (new().with_template_for("deu", "{{pin}}"), "templates must be by language: two lower-case letters"),
        (new().with_template_for("DE", "{{pin}}"), "templates must be by language: two lower-case letters"),
        (new().with_own_languages(["german"]), "own_languages must be by language: two lower-case letters"),
        (new().with_language("de"), "language is not supported, by the capabilities of smscx"),
        (
            new().with_language("fr").with_template_for("de", "{{pin}}"),
            "language must be one of de, by the capabilities of smscx",
        ),
    ];
    for (defaults, start) in rows {
        let error = smscx().with_defaults(defaults).unwrap_err().to_string();
        assert!(error.starts_with(start), "{error} is not {start}");
    }
    let plain = || FakeProvider::new("plain");
    let rows = [
        (new().with_code_length(6), "code_length is not supported, by the capabilities of plain"),
        (new().with_max_attempts(3), "max_attempts is not supported"),
        (new().with_ttl(Duration::from_secs(300)), "ttl is not supported"),
        (new().with_alphabet(Alphabet::Digits), "alphabet digits is not supported"),
        (new().with_sender("Example"), "sender is not supported"),
        (new().with_template("{{pin}}"), "template is not supported"),
        (new().with_template_for("de", "{{pin}}"), "templates is not supported"),
        (new().with_callback_url("https://example.com"), "callback_url is not supported"),
    ];
    for (defaults, start) in rows {
        let error = plain().with_defaults(defaults).unwrap_err().to_string();
        assert!(error.starts_with(start), "{error} is not {start}");
    }
}

#[tokio::test]
async fn each_member_of_a_failover_has_its_own_defaults_and_a_request_is_as_strict_as_without() {
    let one = FakeProvider::new("one").able(able);
    let two = FakeProvider::new("two");
    let six = RequestDefaults::new().with_code_length(6).with_template_for("de", "{{pin}} de");
    let with_defaults = one.clone().with_defaults(six).unwrap();
    let provider = with_defaults.with_failover(two.clone()).unwrap();
    provider.create(&request()).await.unwrap();
    assert_eq!(one.last_request().code_length, Some(6));
    for request in [request().with_code_length(6), request().with_language("de")] {
        let error = provider.create(&request).await.unwrap_err();
        assert_eq!((error.kind(), error.provider()), (ErrorKind::Unsupported, Some("two")), "{error}");
    }
    assert_eq!((one.count(), two.count()), (1, 0));
}

#[tokio::test]
async fn a_language_reaches_a_member_with_templates_where_the_others_speak_it() {
    let (one, two) = (FakeProvider::new("one").able(able), FakeProvider::new("two"));
    let german = RequestDefaults::new().with_template_for("de", "{{pin}} de");
    let speaks = two.clone().with_defaults(RequestDefaults::new().with_own_languages(["de", "en"])).unwrap();
    let provider = one.clone().with_defaults(german).unwrap().with_failover(speaks).unwrap();
    assert_eq!(provider.capabilities().languages, ["de"]);
    provider.create(&request().with_language("de")).await.unwrap();
    assert_eq!(one.last_request().template.as_deref(), Some("{{pin}} de"));
    assert!(provider.create(&request().with_language("en")).await.is_err());
}

#[test]
fn a_default_breaks_no_channel_of_a_vendor_that_does_not_take_it() {
    let template = |provider| providers::subject(provider).template;
    let (sender, of_twilio, of_vonage) = ("Example", template(Provider::Twilio), template(Provider::Vonage));
    let new = RequestDefaults::new;
    // The default, the request that sets the same option itself, and the channels that take it.
    let rows = [
        (
            Provider::Vonage,
            new().with_sender(sender),
            request().with_sender(sender),
            [Channel::Sms].as_slice(),
        ),
        (
            Provider::Vonage,
            new().with_template(of_vonage),
            request().with_template(of_vonage),
            &[Channel::Sms, Channel::Rcs],
        ),
        (
            Provider::Twilio,
            new().with_template(of_twilio),
            request().with_template(of_twilio),
            &[Channel::Sms, Channel::Call],
        ),
    ];
    for (provider, defaults, mut explicit, takers) in rows {
        let build = || providers::build(provider, "http://127.0.0.1:1", "credential");
        let with_defaults = build().with_defaults(defaults).unwrap();
        explicit.recipient = explicit.recipient.with_email("ann@example.com");
        for channel in with_defaults.capabilities().channels.clone() {
            let mut plain = request().with_channel(channel);
            plain.recipient = explicit.recipient.clone();
            let at = format!("{provider}: {channel}");
            with_defaults.check_create(&plain).unwrap_or_else(|error| panic!("{at}: {error}"));
            let refusal = build().check_create(&explicit.clone().with_channel(channel)).err();
            assert_eq!(refusal.is_none(), takers.contains(&channel), "{at}: {refusal:?}");
            assert!(refusal.is_none_or(|error| error.kind() == ErrorKind::Unsupported), "{at}");
        }
    }
}

/// A provider that takes sender and template by SMS alone. That is not its default channel.
fn by_sms_alone() -> FakeProvider {
    FakeProvider::new("one").able(|can| {
        able(can);
        can.channels = vec![Channel::Call, Channel::Sms];
        (can.sender_channels, can.template_channels) = (Some(vec![Channel::Sms]), Some(vec![Channel::Sms]));
    })
}

#[tokio::test]
async fn sender_and_template_are_set_on_the_channels_that_take_them() {
    let fake = by_sms_alone();
    let provider = fake.clone().with_defaults(all()).unwrap();
    let by_sms = request().with_channel(Channel::Sms);
    // The request, and the sender and the template that the provider is asked for.
    let rows = [
        (request(), None, None),
        (request().with_channel(Channel::Call), None, None),
        (by_sms.clone(), Some("Example"), Some("{{pin}} ?")),
        (by_sms.with_language("de"), Some("Example"), Some("{{pin}} de")),
    ];
    for (request, sender, template) in rows {
        provider.create(&request).await.unwrap();
        let asked = fake.last_request();
        assert_eq!((asked.sender.as_deref(), asked.template.as_deref()), (sender, template), "{request:?}");
        assert_eq!(asked.code_length, Some(6), "{request:?}");
    }
}

#[tokio::test]
async fn a_language_of_a_template_is_refused_on_a_channel_without_templates() {
    let fake = by_sms_alone();
    let german = || request().with_language("de");
    let provider = fake.clone().with_defaults(all()).unwrap();
    let error = provider.create(&german().with_channel(Channel::Call)).await.unwrap_err();
    let text = "one: create: unsupported: language with the channel call is not supported";
    assert_eq!((error.to_string().as_str(), error.field()), (text, Some("language")));
    assert_eq!(fake.count(), 0);
    for provider in [
        fake.clone().with_defaults(all().with_own_languages(["de"])),
        fake.clone().able(|able| able.languages = vec!["de"]).with_defaults(all()),
    ] {
        provider.unwrap().create(&german()).await.unwrap();
    }
    // The language of a default is none that the request asks for.
    fake.with_defaults(all().with_language("de")).unwrap().create(&request()).await.unwrap();
}

#[test]
fn debug_shows_no_default() {
    let provider = FakeProvider::new("one").able(able).with_defaults(all()).unwrap();
    assert_eq!(format!("{provider:?}"), "Defaults(one)");
    assert!(!format!("{:?}", all()).contains("example.com/status"));
}

#[test]
fn a_webotp_template_ends_with_the_host_and_the_code() {
    for host in ["example.com", "login.example.com", "localhost", "xn--bcher-kva.example"] {
        let template = webotp_template("{{pin}} is your code.\n", host).unwrap();
        assert_eq!(template, format!("{{{{pin}}}} is your code.\n\n@{host} #{{{{pin}}}}"));
    }
    let no_host = "webotp_host must be a host name";
    for (text, host, start) in [
        ("Your code is below.", "example.com", "template must contain the placeholder {{pin}}"),
        ("{{pin}}", "", no_host),
        ("{{pin}}", "https://example.com", no_host),
        ("{{pin}}", "example.com:443", no_host),
        ("{{pin}}", "example.com/login", no_host),
        ("{{pin}}", "Example.com", no_host),
        ("{{pin}}", "example..com", no_host),
        ("{{pin}}", "-a.example", no_host),
        ("{{pin}}", "example.com #1\n", no_host),
    ] {
        let error = webotp_template(text, host).unwrap_err().to_string();
        assert!(error.starts_with(start), "{host}: {error}");
    }
}
