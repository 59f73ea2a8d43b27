//! Validation of the request for a challenge, and of the order or transfer that it is for.

use serde_json::Value;

use super::ErrorResponse;
use crate::http::Fields;

/// A valid request for a challenge.
#[derive(Debug)]
pub(crate) struct ChallengeRequest<'a> {
    pub(crate) method: &'a str,
    /// What is being approved, as the customer reads it.
    pub(crate) subject: String,
    pub(crate) english: bool,
}

/// Every code that the bank documents for orders and challenges.
const CODES: [u16; 50] = [
    2, 16, 17, 111, 112, 113, 114, 127, 131, 132, 138, 139, 601, 602, 603, 604, 605, 606, 610, 611, 613, 614,
    615, 616, 617, 620, 621, 622, 623, 624, 633, 634, 635, 636, 637, 638, 654, 656, 657, 658, 659, 660, 661,
    662, 664, 665, 666, 701, 702, 703,
];

const RESTRICTIONS: [&str; 7] = [
    "GOOD_TILL_DATE",
    "GOOD_FOR_DAY",
    "FILL_OR_KILL",
    "IMMEDIATE_OR_CANCEL",
    "FIRST_RATE",
    "SPOT_RATE",
    "CLOSING_RATE",
];

pub(crate) fn read(body: Option<&Value>) -> Result<ChallengeRequest<'_>, ErrorResponse> {
    // On create, code 17 means that the request as a whole is not valid.
    let unreadable = |message: String| ErrorResponse::Code(17, message);
    let body = Fields::of(body, "body").map_err(unreadable)?;
    let method = body.required_string("method").map_err(unreadable)?;
    let request_type = body.required_string("requestType").map_err(unreadable)?;
    let data = Fields::of(body.get("requestData"), "requestData").map_err(unreadable)?;
    let data_type = data.required_string("type").map_err(unreadable)?;
    let invalid = |message: String| ErrorResponse::Code(2, message);
    let language = body.one_of("language", &["de", "en"]).map_err(invalid)?;
    let (expected, subject) = match request_type {
        "TRANSFER_PARTNER_LEGI_DATA" => {
            ("challengeRequestDataTransferPartnerLegiData", "disclosure of identity data".to_owned())
        }
        "SECURITIES_ORDER_ENTRY" => ("challengeRequestDataSecuritiesOrderEntry", entry(data)?),
        "SECURITIES_ORDER_MODIFY" => ("challengeRequestDataSecuritiesOrderModify", change(data, "change")?),
        "SECURITIES_ORDER_DELETE" => ("challengeRequestDataSecuritiesOrderDelete", change(data, "deletion")?),
        "INSTANT_SEPA_CREDIT_TRANSFERS" => {
            ("challengeRequestDataInstantSepaCreditTransfers", transfer(data)?)
        }
        _ => return Err(ErrorResponse::invalid("requestType")),
    };
    if data_type != expected {
        return Err(ErrorResponse::invalid("requestData.type"));
    }
    Ok(ChallengeRequest { method, subject, english: language == Some("en") })
}

fn entry(data: Fields<'_>) -> Result<String, ErrorResponse> {
    let account = account(data)?;
    let security = required(data, "securityId")?;
    let capital_or_digit = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
    if security.len() != 6 || !security.bytes().all(capital_or_digit) {
        return Err(ErrorResponse::invalid("securityId"));
    }
    reject_on_request(security)?;
    let quantity = positive(data, "quantity")?.ok_or_else(|| ErrorResponse::invalid("quantity"))?;
    let activity = required(data, "activityType")?;
    if !["SELL", "BUY"].contains(&activity) {
        return Err(ErrorResponse::invalid("activityType"));
    }
    validate_limits_and_add_ons(data)?;
    Ok(format!("{activity} {quantity} of {security}, account {account}"))
}

fn change(data: Fields<'_>, what: &str) -> Result<String, ErrorResponse> {
    let account = account(data)?;
    let order = required(data, "orderId")?;
    reject_on_request(order)?;
    validate_limits_and_add_ons(data)?;
    Ok(format!("{what} of order {order}, account {account}"))
}

fn transfer(data: Fields<'_>) -> Result<String, ErrorResponse> {
    let iban = required(data, "targetIban")?;
    if !is_iban(iban) {
        return Err(ErrorResponse::invalid("targetIban"));
    }
    let currency = required(data, "amountCurrency")?;
    if currency.len() != 3 || !currency.bytes().all(|byte| byte.is_ascii_uppercase()) {
        return Err(ErrorResponse::invalid("amountCurrency"));
    }
    let amount = positive(data, "amountValue")?.ok_or_else(|| ErrorResponse::invalid("amountValue"))?;
    Ok(format!("{amount} {currency} to {iban}"))
}

fn account(data: Fields<'_>) -> Result<&str, ErrorResponse> {
    let account = required(data, "securityAccountId")?;
    if account.len() != 12 || !account.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(ErrorResponse::invalid("securityAccountId"));
    }
    Ok(account)
}

fn validate_limits_and_add_ons(data: Fields<'_>) -> Result<(), ErrorResponse> {
    let invalid = |message: String| ErrorResponse::Code(2, message);
    if let Some(limit) = data.object("orderLimit").map_err(invalid)? {
        for price in ["limitPrice", "stopPrice"] {
            positive(limit, price)
                .map_err(|_| ErrorResponse::new(654, "A limit or stop price is not valid"))?;
        }
    }
    if let Some(add_ons) = data.object("addOns").map_err(invalid)? {
        let date = add_ons.string("expiryDate").map_err(invalid)?;
        if date.is_some_and(|date| date.parse::<chrono::NaiveDate>().is_err()) {
            return Err(ErrorResponse::invalid("expiryDate"));
        }
        let restriction = add_ons.one_of("restriction", &RESTRICTIONS).map_err(invalid)?;
        if date.is_some() && restriction.is_some_and(|restriction| restriction != "GOOD_TILL_DATE") {
            return Err(ErrorResponse::new(656, "An expiry date does not go with this restriction"));
        }
    }
    Ok(())
}

fn required<'a>(data: Fields<'a>, name: &str) -> Result<&'a str, ErrorResponse> {
    data.required_string(name)
        .ok()
        .filter(|string| !string.is_empty())
        .ok_or_else(|| ErrorResponse::invalid(name))
}

/// A positive number, as it was written.
fn positive(data: Fields<'_>, name: &str) -> Result<Option<String>, ErrorResponse> {
    let Some(value) = data.get(name) else { return Ok(None) };
    let is_positive = value.as_f64().is_some_and(|number| number > 0.0);
    if is_positive { Ok(Some(value.to_string())) } else { Err(ErrorResponse::invalid(name)) }
}

/// The error that a test requests by an id: `ERR615` requests code 615. Most codes cannot be caused otherwise, an
/// empty portfolio for example.
fn reject_on_request(id: &str) -> Result<(), ErrorResponse> {
    let code = id.strip_prefix("ERR").and_then(|code| code.parse().ok());
    match code.filter(|code| CODES.contains(code)) {
        Some(code) => Err(ErrorResponse::new(code, "Rejected, because the id requests this error")),
        None => Ok(()),
    }
}

/// Form and check digits of an IBAN (ISO 13616).
fn is_iban(iban: &str) -> bool {
    let alphanumeric = iban.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
    if !alphanumeric || !(5..=34).contains(&iban.len()) {
        return false;
    }
    let (head, tail) = iban.split_at(4);
    let is_well_formed = head[..2].bytes().all(|byte| byte.is_ascii_uppercase())
        && head[2..].bytes().all(|byte| byte.is_ascii_digit());
    // The first four characters move to the end, letters become two digits each (A is 10), and the remainder of the
    // number modulo 97 must be 1.
    let remainder = tail.chars().chain(head.chars()).fold(0, |remainder, character| {
        let value = character.to_digit(36).unwrap_or(0);
        (remainder * if value > 9 { 100 } else { 10 } + value) % 97
    });
    is_well_formed && remainder == 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_iban_needs_its_check_digits() {
        for (iban, valid) in [
            ("DE89370400440532013000", true),
            ("DE88370400440532013000", false),
            ("GB82WEST12345698765432", true),
            ("de89370400440532013000", false),
            ("DE89", false),
        ] {
            assert_eq!(is_iban(iban), valid, "{iban}");
        }
    }
}
