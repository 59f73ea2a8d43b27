//! Starting challenges.

use super::Finding;
use super::bench::{Bench, hold};
use crate::capabilities::RecipientKind;
use crate::challenge::ChallengeId;
use crate::error::ErrorKind;
use crate::request::{CreateRequest, Recipient};

pub(super) async fn a_challenge_is_started_and_names_its_channel(bench: &dyn Bench) -> Finding {
    let challenge = bench.start().await?;
    let capabilities = bench.provider().capabilities();
    let wanted = capabilities.channel(&bench.request());
    hold!(challenge.channel == wanted, "the channel is {}, {wanted} was asked for", challenge.channel);
    hold!(bench.code(&challenge).await.is_some(), "no code can be read for it");
    Ok(())
}

pub(super) async fn the_id_survives_text_and_back(bench: &dyn Bench) -> Finding {
    let (challenge, code) = bench.start_and_read().await?;
    let text = challenge.id.to_string();
    let id: ChallengeId = text.parse().map_err(|error| format!("{text} does not parse: {error}"))?;
    hold!(id == challenge.id, "{text} becomes another id");
    let mut again = challenge;
    again.id = id;
    bench.verify(&again, code).await.map(|_| ()).map_err(|error| format!("the id no longer works: {error}"))
}

pub(super) async fn the_id_carries_the_name_of_the_instance(bench: &dyn Bench) -> Finding {
    let challenge = bench.start().await?;
    let name = bench.provider().name();
    hold!(challenge.id.issuer() == name, "the issuer is {}, the name {name}", challenge.id.issuer());
    hold!(bench.provider().issued(&challenge.id), "the instance does not know its own id");
    let other = ChallengeId::new("somebody-else", &["1"]);
    hold!(!bench.provider().issued(&other), "the instance takes an id of another for its own");
    Ok(())
}

pub(super) async fn a_recipient_without_what_the_provider_needs_is_refused_and_nothing_is_sent(
    bench: &dyn Bench,
) -> Finding {
    let (recipient, field) = match bench.provider().capabilities().recipient {
        RecipientKind::Owner => return Ok(()),
        RecipientKind::Phone => (Recipient::user("user-1"), "recipient.phone"),
        RecipientKind::User => (Recipient::phone("+4915112345678"), "recipient.user_id"),
    };
    refused(bench, recipient, field).await
}

pub(super) async fn a_phone_number_that_is_not_e164_is_refused_and_nothing_is_sent(
    bench: &dyn Bench,
) -> Finding {
    for number in
        ["", "015112345678", "+0151123456", "+49 151 1234567", "+491511234567890123", "+49151abc", "+49"]
    {
        let recipient = bench.request().recipient.with_phone(number);
        refused(bench, recipient, "recipient.phone").await.map_err(|text| format!("{number:?}: {text}"))?;
    }
    Ok(())
}

pub(super) async fn an_empty_user_id_is_refused_and_nothing_is_sent(bench: &dyn Bench) -> Finding {
    refused(bench, bench.request().recipient.with_user_id(""), "recipient.user_id").await
}

pub(super) async fn an_id_with_characters_that_nobody_sees_is_refused_and_nothing_is_sent(
    bench: &dyn Bench,
) -> Finding {
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
        let recipient = bench.request().recipient.with_user_id(id);
        refused(bench, recipient, "recipient.user_id").await.map_err(|found| at("user_id", found))?;
        let (capabilities, request) = (bench.provider().capabilities(), bench.request());
        let fields = [
            ("subject", request.clone().with_subject(id), capabilities.binding),
            ("tracking_id", request.with_tracking_id(id), capabilities.tracking_id),
        ];
        for (field, request, supported) in fields {
            let kind = if supported { ErrorKind::InvalidRequest } else { ErrorKind::Unsupported };
            let create = bench.provider().create(&request);
            bench.refused(create, &[kind], field).await.map_err(|found| at(field, found))?;
        }
    }
    Ok(())
}

pub(super) async fn a_country_that_is_no_code_is_refused_and_nothing_is_sent(bench: &dyn Bench) -> Finding {
    refused(bench, bench.request().recipient.with_country("Germany"), "recipient.country").await
}

pub(super) async fn one_request_serves_every_provider(bench: &dyn Bench) -> Finding {
    let anybody = Recipient::owner().with_phone("+4915112345678").with_user_id("user-1").with_country("DE");
    let request = CreateRequest { recipient: anybody, ..bench.request() };
    bench.start_with(&request).await.map(|_| ())
}

pub(super) async fn no_debug_output_shows_code_or_number(bench: &dyn Bench) -> Finding {
    let number = "+4915112345678";
    let request =
        CreateRequest { recipient: bench.request().recipient.with_phone(number), ..bench.request() };
    let challenge = bench.start_with(&request).await?;
    let code = bench.code(&challenge).await.ok_or("no code can be read")?;
    let provider = format!("{:?}", bench.provider());
    let verified =
        bench.verify(&challenge, code.clone()).await.map_err(|error| format!("verify failed: {error}"))?;
    let all = [
        ("request", format!("{request:?}")),
        ("challenge", format!("{challenge:?}")),
        ("code", format!("{code:?}")),
        ("provider", provider),
        ("verification", format!("{verified:?}")),
    ];
    for (what, shown) in all {
        hold!(!shown.contains(number), "the number is in the {what}'s Debug");
        // An id may hold the same digits by chance; it is no secret.
        let shown = shown.replace(challenge.id.as_str(), "");
        hold!(!shown.contains(&format!("\"{}\"", code.expose())), "the code is in the {what}'s Debug");
    }
    Ok(())
}

async fn refused(bench: &dyn Bench, recipient: Recipient, field: &str) -> Finding {
    let request = CreateRequest { recipient, ..bench.request() };
    bench.refused(bench.provider().create(&request), &[ErrorKind::InvalidRequest], field).await
}
