//! Starting challenges.

use otp_facade::{ChallengeId, ErrorKind, Recipient, RecipientKind};

use crate::{CaseResult, Harness, ensure};

pub(super) async fn a_challenge_is_started_and_names_its_channel(harness: &dyn Harness) -> CaseResult {
    let challenge = harness.start().await?;
    let capabilities = harness.provider().capabilities();
    let wanted = capabilities.channel(&harness.request());
    ensure!(challenge.channel == wanted, "the channel is {}, {wanted} was asked for", challenge.channel);
    ensure!(harness.code(&challenge).await.is_some(), "no code can be read for it");
    Ok(())
}

pub(super) async fn the_id_survives_text_and_back(harness: &dyn Harness) -> CaseResult {
    let (challenge, code) = harness.start_and_read().await?;
    let text = challenge.id.to_string();
    let id: ChallengeId = text.parse().map_err(|error| format!("{text} does not parse: {error}"))?;
    ensure!(id == challenge.id, "{text} becomes another id");
    let mut again = challenge;
    again.id = id;
    harness.verify(&again, code).await.map(|_| ()).map_err(|error| format!("the id no longer works: {error}"))
}

pub(super) async fn the_id_carries_the_name_of_the_instance(harness: &dyn Harness) -> CaseResult {
    let challenge = harness.start().await?;
    let name = harness.provider().name();
    ensure!(challenge.id.issuer() == name, "the issuer is {}, the name {name}", challenge.id.issuer());
    ensure!(challenge.id.is_issued_by(harness.provider()), "the instance does not know its own id");
    // The counterpart: a failover asks each member, and the wrong one must not claim the challenge.
    let other = ChallengeId::new("somebody-else", &["1"]);
    ensure!(!other.is_issued_by(harness.provider()), "the instance takes an id of another for its own");
    Ok(())
}

pub(super) async fn a_recipient_without_what_the_provider_needs_is_refused_and_nothing_is_sent(
    harness: &dyn Harness,
) -> CaseResult {
    let (recipient, field) = match harness.provider().capabilities().recipient {
        RecipientKind::Owner | RecipientKind::Any => return Ok(()),
        RecipientKind::Phone | RecipientKind::PhoneOrEmail | RecipientKind::PhoneAndUser => {
            (Recipient::user("user-1"), "recipient.phone")
        }
        RecipientKind::User => (Recipient::phone("+4915112345678"), "recipient.user_id"),
        other => return Err(format!("no case is known for a recipient of the kind {other:?}")),
    };
    refused(harness, recipient, field).await
}

pub(super) async fn a_phone_number_that_is_not_e164_is_refused_and_nothing_is_sent(
    harness: &dyn Harness,
) -> CaseResult {
    for number in
        ["", "015112345678", "+0151123456", "+49 151 1234567", "+491511234567890123", "+49151abc", "+49"]
    {
        let recipient = harness.request().recipient.with_phone(number);
        refused(harness, recipient, "recipient.phone").await.map_err(|text| format!("{number:?}: {text}"))?;
    }
    Ok(())
}

pub(super) async fn an_email_address_that_is_none_is_refused_and_nothing_is_sent(
    harness: &dyn Harness,
) -> CaseResult {
    for address in [
        "",
        "ann",
        "@example.com",
        "ann@",
        "ann@example",
        "ann@example.com, bob@example.com",
        "Ann <ann@example.com>",
    ] {
        let recipient = harness.request().recipient.with_email(address);
        refused(harness, recipient, "recipient.email")
            .await
            .map_err(|text| format!("{address:?}: {text}"))?;
    }
    Ok(())
}

pub(super) async fn an_empty_user_id_is_refused_and_nothing_is_sent(harness: &dyn Harness) -> CaseResult {
    refused(harness, harness.request().recipient.with_user_id(""), "recipient.user_id").await
}

pub(super) async fn an_id_with_characters_that_nobody_sees_is_refused_and_nothing_is_sent(
    harness: &dyn Harness,
) -> CaseResult {
    for id in [
        " user-1",
        "user-1\u{A0}",
        "user-1\n",
        "user\u{200B}-1",
        "\u{FEFF}user-1",
        "\u{202E}user-1",
        "\u{3000}",
    ] {
        let at = |field: &str, found: String| format!("{field} {id:?}: {found}");
        let recipient = harness.request().recipient.with_user_id(id);
        refused(harness, recipient, "recipient.user_id").await.map_err(|found| at("user_id", found))?;
        let (capabilities, request) = (harness.provider().capabilities(), harness.request());
        let fields = [
            ("subject", request.clone().with_subject(id), capabilities.binding),
            ("tracking_id", request.clone().with_tracking_id(id), capabilities.tracking_id),
            ("idempotency_key", request.with_idempotency_key(id), capabilities.idempotency_keys),
        ];
        for (field, request, supported) in fields {
            let kind = if supported { ErrorKind::InvalidRequest } else { ErrorKind::Unsupported };
            let create = harness.provider().create(&request);
            harness.refused(create, &[kind], field).await.map_err(|found| at(field, found))?;
        }
    }
    Ok(())
}

pub(super) async fn a_country_that_is_no_code_is_refused_and_nothing_is_sent(
    harness: &dyn Harness,
) -> CaseResult {
    refused(harness, harness.request().recipient.with_country("Germany"), "recipient.country").await
}

pub(super) async fn one_request_serves_every_provider(harness: &dyn Harness) -> CaseResult {
    let anybody = Recipient::owner().with_phone("+4915112345678").with_email("ann@example.com");
    let anybody = anybody.with_user_id("user-1").with_country("DE");
    let request = harness.request_for(anybody);
    harness.start_with(&request).await.map(|_| ())
}

pub(super) async fn no_debug_output_shows_code_or_number(harness: &dyn Harness) -> CaseResult {
    let (number, address) = ("+4915112345678", "ann@example.com");
    let recipient = harness.request().recipient.with_phone(number).with_email(address);
    let request = harness.request_for(recipient);
    let challenge = harness.start_with(&request).await?;
    let code = harness.code(&challenge).await.ok_or("no code can be read")?;
    let provider = format!("{:?}", harness.provider());
    let verified =
        harness.verify(&challenge, code.clone()).await.map_err(|error| format!("verify failed: {error}"))?;
    let all = [
        ("request", format!("{request:?}")),
        ("challenge", format!("{challenge:?}")),
        ("code", format!("{code:?}")),
        ("provider", provider),
        ("verification", format!("{verified:?}")),
    ];
    for (what, shown) in all {
        ensure!(!shown.contains(number), "the number is in the {what}'s Debug");
        ensure!(!shown.contains(address), "the e-mail address is in the {what}'s Debug");
        // An id may hold the same digits by chance; it is no secret.
        let shown = shown.replace(challenge.id.as_str(), "");
        ensure!(!shown.contains(&format!("\"{}\"", code.expose())), "the code is in the {what}'s Debug");
    }
    Ok(())
}

async fn refused(harness: &dyn Harness, recipient: Recipient, field: &str) -> CaseResult {
    let request = harness.request_for(recipient);
    harness.refused(harness.provider().create(&request), &[ErrorKind::InvalidRequest], field).await
}
