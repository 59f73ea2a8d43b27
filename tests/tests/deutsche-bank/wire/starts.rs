//! Starting a challenge: the five kinds of purpose, each on the wire.

use deutsche_bank_otp::types;
use serde_json::json;

use super::Form;
use super::operations::{sent, shown};

/// Fifty characters: as long as it may be.
const LONGEST_CORRELATION_ID: &str = "correlation-ABCDEFGHIJKLMNOPQRSTUVWXYZ-0123456789~";

pub(super) fn forms() -> Vec<Form> {
    vec![
        Form {
            name: "minimal",
            call: call!(client => client.create_challenge_v2().body(disclosure())),
            correlation_id: None,
            body: Some(json!({
                "method": "MTAN",
                "requestType": "TRANSFER_PARTNER_LEGI_DATA",
                "requestData": { "type": "challengeRequestDataTransferPartnerLegiData" },
            })),
            response: sent(),
        },
        Form {
            name: "minimal new order",
            call: call!(client => client.create_challenge_v2().body(
                start(types::RequestType::SecuritiesOrderEntry, order(types::OrderActivityType::Buy)),
            )),
            correlation_id: None,
            body: Some(json!({
                "method": "MTAN",
                "requestType": "SECURITIES_ORDER_ENTRY",
                "requestData": {
                    "type": "challengeRequestDataSecuritiesOrderEntry",
                    "securityAccountId": "400500600700",
                    "securityId": "B7XKQ2",
                    "quantity": 0.125,
                    "activityType": "BUY",
                },
            })),
            response: sent(),
        },
        Form {
            name: "full",
            call: call!(client => client
                .create_challenge_v2()
                .correlation_id(LONGEST_CORRELATION_ID)
                .body(full_order())),
            correlation_id: Some(LONGEST_CORRELATION_ID),
            body: Some(json!({
                "method": "PHOTOTAN",
                "requestType": "SECURITIES_ORDER_ENTRY",
                "requestData": {
                    "type": "challengeRequestDataSecuritiesOrderEntry",
                    "securityAccountId": "400500600700",
                    "securityId": "B7XKQ2",
                    "quantity": 0.125,
                    "activityType": "SELL",
                    "orderLimit": { "limitPrice": 88.5, "stopPrice": 90.0 },
                    "addOns": { "expiryDate": "2027-03-31", "restriction": "GOOD_TILL_DATE" },
                },
                "language": "en",
            })),
            response: shown(),
        },
        Form {
            name: "minimal change of an order",
            call: call!(client => client
                .create_challenge_v2()
                .body(start(types::RequestType::SecuritiesOrderModify, change()))),
            correlation_id: None,
            body: Some(json!({
                "method": "MTAN",
                "requestType": "SECURITIES_ORDER_MODIFY",
                "requestData": {
                    "type": "challengeRequestDataSecuritiesOrderModify",
                    "orderId": "no/2 +%",
                    "securityAccountId": "400500600700",
                },
            })),
            response: sent(),
        },
        Form {
            name: "full change of an order",
            call: call!(client => client.create_challenge_v2().correlation_id("c").body(full_change())),
            correlation_id: Some("c"),
            body: Some(json!({
                "method": "MTAN",
                "requestType": "SECURITIES_ORDER_MODIFY",
                "requestData": {
                    "type": "challengeRequestDataSecuritiesOrderModify",
                    "orderId": "no/2 +%",
                    "securityAccountId": "400500600700",
                    "orderLimit": { "limitPrice": 0.01 },
                    "addOns": { "restriction": "FILL_OR_KILL" },
                },
                "language": "de",
            })),
            response: sent(),
        },
        Form {
            name: "deletion of an order",
            call: call!(client => client.create_challenge_v2().body(deletion())),
            correlation_id: None,
            body: Some(json!({
                "method": "MTAN",
                "requestType": "SECURITIES_ORDER_DELETE",
                "requestData": {
                    "type": "challengeRequestDataSecuritiesOrderDelete",
                    "orderId": "Ø-31",
                    "securityAccountId": "400500600700",
                },
            })),
            response: sent(),
        },
        Form {
            name: "payment",
            call: call!(client => client.create_challenge_v2().body(payment())),
            correlation_id: None,
            body: Some(json!({
                "method": "PUSHTAN",
                "requestType": "INSTANT_SEPA_CREDIT_TRANSFERS",
                "requestData": {
                    "type": "challengeRequestDataInstantSepaCreditTransfers",
                    "targetIban": "DE02120300000000202051",
                    "amountCurrency": "EUR",
                    "amountValue": 47.11,
                },
            })),
            response: json!({ "id": "push-31", "method": "PUSHTAN", "challenge": {} }),
        },
    ]
}

fn start(
    kind: types::RequestType,
    data: impl Into<types::ChallengeRequestData>,
) -> types::builder::ChallengeStart {
    types::ChallengeStart::builder()
        .method(types::ChallengeMethodType::Mtan)
        .request_type(kind)
        .request_data(data.into())
}

fn account() -> types::SecurityAccountId {
    "400500600700".parse().unwrap()
}

pub(super) fn disclosure() -> types::builder::ChallengeStart {
    use types::ChallengeRequestDataTransferPartnerLegiDataType as Type;
    let data = types::ChallengeRequestDataTransferPartnerLegiData::try_from(
        types::ChallengeRequestDataTransferPartnerLegiData::builder()
            .type_(Type::ChallengeRequestDataTransferPartnerLegiData),
    )
    .unwrap();
    start(types::RequestType::TransferPartnerLegiData, data)
}

fn order(activity_type: types::OrderActivityType) -> types::ChallengeRequestDataSecuritiesOrderEntry {
    use types::ChallengeRequestDataSecuritiesOrderEntryType as Type;
    types::ChallengeRequestDataSecuritiesOrderEntry::try_from(
        types::ChallengeRequestDataSecuritiesOrderEntry::builder()
            .type_(Type::ChallengeRequestDataSecuritiesOrderEntry)
            .security_account_id(account())
            .security_id("B7XKQ2")
            .quantity(0.125)
            .activity_type(activity_type),
    )
    .unwrap()
}

fn full_order() -> types::builder::ChallengeStart {
    let mut data = order(types::OrderActivityType::Sell);
    data.order_limit = types::OrderLimit::builder().limit_price(88.5).stop_price(90.0).try_into().ok();
    let mut add_ons = types::OrderAddOns::default();
    add_ons.expiry_date = "2027-03-31".parse().ok();
    add_ons.restriction = Some(types::OrderRestriction::GoodTillDate);
    data.add_ons = Some(add_ons);
    start(types::RequestType::SecuritiesOrderEntry, data)
        .method(types::ChallengeMethodType::Phototan)
        .language(types::Language::En)
}

fn change() -> types::ChallengeRequestDataSecuritiesOrderModify {
    use types::ChallengeRequestDataSecuritiesOrderModifyType as Type;
    types::ChallengeRequestDataSecuritiesOrderModify::try_from(
        types::ChallengeRequestDataSecuritiesOrderModify::builder()
            .type_(Type::ChallengeRequestDataSecuritiesOrderModify)
            .order_id("no/2 +%")
            .security_account_id(account()),
    )
    .unwrap()
}

fn full_change() -> types::builder::ChallengeStart {
    let mut data = change();
    data.order_limit = types::OrderLimit::builder().limit_price(0.01).try_into().ok();
    data.add_ons =
        types::OrderAddOns::builder().restriction(types::OrderRestriction::FillOrKill).try_into().ok();
    start(types::RequestType::SecuritiesOrderModify, data).language(types::Language::De)
}

fn deletion() -> types::builder::ChallengeStart {
    use types::ChallengeRequestDataSecuritiesOrderDeleteType as Type;
    let data = types::ChallengeRequestDataSecuritiesOrderDelete::try_from(
        types::ChallengeRequestDataSecuritiesOrderDelete::builder()
            .type_(Type::ChallengeRequestDataSecuritiesOrderDelete)
            .order_id("Ø-31")
            .security_account_id(account()),
    )
    .unwrap();
    start(types::RequestType::SecuritiesOrderDelete, data)
}

fn payment() -> types::builder::ChallengeStart {
    use types::ChallengeRequestDataInstantSepaCreditTransfersType as Type;
    let data = types::ChallengeRequestDataInstantSepaCreditTransfers::try_from(
        types::ChallengeRequestDataInstantSepaCreditTransfers::builder()
            .type_(Type::ChallengeRequestDataInstantSepaCreditTransfers)
            .target_iban("DE02120300000000202051")
            .amount_currency("EUR")
            .amount_value(47.11),
    )
    .unwrap();
    start(types::RequestType::InstantSepaCreditTransfers, data).method(types::ChallengeMethodType::Pushtan)
}
