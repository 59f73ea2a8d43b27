//! The JSON bodies of Deutsche Bank: the start of a challenge has a shape for each purpose.

use deutsche_bank_otp::types;
use otp_tests::suites::bodies::{Body, Refused};
use serde_json::{Value, json};

pub(crate) fn bodies() -> Vec<Body> {
    let mut bodies = vec![
        Body::new::<types::ChallengeResponse>("ChallengeResponse", json!({ "response": "0042" })),
        Body::new::<types::ChallengeRequestSwitchMethod>(
            "ChallengeRequestSwitchMethod",
            json!({ "method": "MTAN" }),
        ),
    ];
    bodies.extend(purposes().map(|(kind, data, mut refused)| {
        let full = json!({ "method": "MTAN", "requestType": kind, "requestData": data, "language": "en" });
        refused.extend([
            ("/language", json!("fr")),
            ("/requestType", json!("SPOT_RATE")),
            ("/requestData", json!({})),
            ("/requestData/type", json!("")),
        ]);
        Body::new::<types::ChallengeStart>("ChallengeStart", full).refusing(refused)
    }));
    bodies
}

/// What the bank can be asked to have approved: its name, its data, and the values that are refused.
fn purposes() -> [(&'static str, Value, Refused); 5] {
    let limit = json!({ "limitPrice": 88.5, "stopPrice": 90.5 });
    let add_ons = json!({ "expiryDate": "2027-03-31", "restriction": "GOOD_TILL_DATE" });
    let account = || vec![("/requestData/securityAccountId", json!("1"))];
    [
        (
            "TRANSFER_PARTNER_LEGI_DATA",
            json!({ "type": "challengeRequestDataTransferPartnerLegiData" }),
            Refused::new(),
        ),
        (
            "SECURITIES_ORDER_ENTRY",
            json!({
                "type": "challengeRequestDataSecuritiesOrderEntry", "securityAccountId": "100200300400",
                "securityId": "A1B2C3", "quantity": 2.5, "activityType": "BUY", "orderLimit": limit, "addOns": add_ons,
            }),
            account(),
        ),
        (
            "SECURITIES_ORDER_MODIFY",
            json!({
                "type": "challengeRequestDataSecuritiesOrderModify", "orderId": "o",
                "securityAccountId": "100200300400", "orderLimit": limit, "addOns": add_ons,
            }),
            account(),
        ),
        (
            "SECURITIES_ORDER_DELETE",
            json!({
                "type": "challengeRequestDataSecuritiesOrderDelete", "orderId": "o",
                "securityAccountId": "100200300400",
            }),
            account(),
        ),
        (
            "INSTANT_SEPA_CREDIT_TRANSFERS",
            json!({
                "type": "challengeRequestDataInstantSepaCreditTransfers", "targetIban": "DE02120300000000202051",
                "amountCurrency": "EUR", "amountValue": 25.5,
            }),
            vec![
                ("/requestData/targetIban", json!("de02 1203")),
                ("/requestData/amountCurrency", json!("euro")),
            ],
        ),
    ]
}
