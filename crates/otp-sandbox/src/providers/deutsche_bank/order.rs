//! What a challenge is started for, checked as the bank would.

use serde_json::Value;

use super::Refusal;
use crate::fields::Fields;

/// What the challenge needs to know of the order.
#[derive(Debug)]
pub(crate) struct Order<'a> {
    pub(crate) method: &'a str,
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

pub(crate) fn read(body: Option<&Value>) -> Result<Order<'_>, Refusal> {
    // On create, 17 says that the request as a whole is not valid.
    let unreadable = |message: String| Refusal::Code(17, message);
    let body = Fields::of(body, "body").map_err(unreadable)?;
    let method = body.required("method").map_err(unreadable)?;
    let kind = body.required("requestType").map_err(unreadable)?;
    let data = Fields::of(body.get("requestData"), "requestData").map_err(unreadable)?;
    let data_type = data.required("type").map_err(unreadable)?;
    let invalid = |message: String| Refusal::Code(2, message);
    let language = body.one_of("language", &["de", "en"]).map_err(invalid)?;
    let (expected, subject) = match kind {
        "TRANSFER_PARTNER_LEGI_DATA" => {
            ("challengeRequestDataTransferPartnerLegiData", "disclosure of identity data".to_owned())
        }
        "SECURITIES_ORDER_ENTRY" => ("challengeRequestDataSecuritiesOrderEntry", entry(data)?),
        "SECURITIES_ORDER_MODIFY" => ("challengeRequestDataSecuritiesOrderModify", change(data, "change")?),
        "SECURITIES_ORDER_DELETE" => ("challengeRequestDataSecuritiesOrderDelete", change(data, "deletion")?),
        "INSTANT_SEPA_CREDIT_TRANSFERS" => {
            ("challengeRequestDataInstantSepaCreditTransfers", transfer(data)?)
        }
        _ => return Err(Refusal::invalid("requestType")),
    };
    if data_type != expected {
        return Err(Refusal::invalid("requestData.type"));
    }
    Ok(Order { method, subject, english: language == Some("en") })
}

fn entry(data: Fields<'_>) -> Result<String, Refusal> {
    let account = account(data)?;
    let security = required(data, "securityId")?;
    let capital_or_digit = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
    if security.len() != 6 || !security.bytes().all(capital_or_digit) {
        return Err(Refusal::invalid("securityId"));
    }
    refuse_as_told(security)?;
    let quantity = positive(data, "quantity")?.ok_or_else(|| Refusal::invalid("quantity"))?;
    let activity = required(data, "activityType")?;
    if !["SELL", "BUY"].contains(&activity) {
        return Err(Refusal::invalid("activityType"));
    }
    limits_and_add_ons(data)?;
    Ok(format!("{activity} {quantity} of {security}, account {account}"))
}

fn change(data: Fields<'_>, what: &str) -> Result<String, Refusal> {
    let account = account(data)?;
    let order = required(data, "orderId")?;
    refuse_as_told(order)?;
    limits_and_add_ons(data)?;
    Ok(format!("{what} of order {order}, account {account}"))
}

fn transfer(data: Fields<'_>) -> Result<String, Refusal> {
    let iban = required(data, "targetIban")?;
    if !is_iban(iban) {
        return Err(Refusal::invalid("targetIban"));
    }
    let currency = required(data, "amountCurrency")?;
    if currency.len() != 3 || !currency.bytes().all(|byte| byte.is_ascii_uppercase()) {
        return Err(Refusal::invalid("amountCurrency"));
    }
    let amount = positive(data, "amountValue")?.ok_or_else(|| Refusal::invalid("amountValue"))?;
    Ok(format!("{amount} {currency} to {iban}"))
}

fn account(data: Fields<'_>) -> Result<&str, Refusal> {
    let account = required(data, "securityAccountId")?;
    if account.len() != 12 || !account.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Refusal::invalid("securityAccountId"));
    }
    Ok(account)
}

fn limits_and_add_ons(data: Fields<'_>) -> Result<(), Refusal> {
    let invalid = |message: String| Refusal::Code(2, message);
    if let Some(limit) = data.object("orderLimit").map_err(invalid)? {
        for price in ["limitPrice", "stopPrice"] {
            positive(limit, price).map_err(|_| Refusal::new(654, "A limit or stop price is not valid"))?;
        }
    }
    if let Some(add_ons) = data.object("addOns").map_err(invalid)? {
        let date = add_ons.text("expiryDate").map_err(invalid)?;
        if date.is_some_and(|date| date.parse::<chrono::NaiveDate>().is_err()) {
            return Err(Refusal::invalid("expiryDate"));
        }
        let restriction = add_ons.one_of("restriction", &RESTRICTIONS).map_err(invalid)?;
        if date.is_some() && restriction.is_some_and(|restriction| restriction != "GOOD_TILL_DATE") {
            return Err(Refusal::new(656, "An expiry date does not go with this restriction"));
        }
    }
    Ok(())
}

fn required<'a>(data: Fields<'a>, name: &str) -> Result<&'a str, Refusal> {
    data.required(name).ok().filter(|text| !text.is_empty()).ok_or_else(|| Refusal::invalid(name))
}

/// A number above zero, as it was written.
fn positive(data: Fields<'_>, name: &str) -> Result<Option<String>, Refusal> {
    let Some(value) = data.get(name) else { return Ok(None) };
    let fits = value.as_f64().is_some_and(|number| number > 0.0);
    if fits { Ok(Some(value.to_string())) } else { Err(Refusal::invalid(name)) }
}

/// `ERR615` as the id of a security or an order asks for code 615: a test cannot bring about an empty stock
/// otherwise.
fn refuse_as_told(id: &str) -> Result<(), Refusal> {
    let code = id.strip_prefix("ERR").and_then(|code| code.parse().ok());
    match code.filter(|code| CODES.contains(code)) {
        Some(code) => Err(Refusal::new(code, "Refused, as the id of the order asked for")),
        None => Ok(()),
    }
}

/// Form and check digits (ISO 13616: rearranged and read as a number, the remainder by 97 is 1).
fn is_iban(text: &str) -> bool {
    let alphanumeric = text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
    if !alphanumeric || !(5..=34).contains(&text.len()) {
        return false;
    }
    let (head, tail) = text.split_at(4);
    let form = head[..2].bytes().all(|byte| byte.is_ascii_uppercase())
        && head[2..].bytes().all(|byte| byte.is_ascii_digit());
    let remainder = tail.chars().chain(head.chars()).fold(0, |remainder, character| {
        let value = character.to_digit(36).unwrap_or(0);
        (remainder * if value > 9 { 100 } else { 10 } + value) % 97
    });
    form && remainder == 1
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
