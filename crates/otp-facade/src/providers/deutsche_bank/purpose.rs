//! What is being approved, as the bank wants it told.

use deutsche_bank_otp::types::{self, ChallengeRequestData, RequestType};
use rust_decimal::Decimal;

use crate::banking::{OrderRestriction, OrderTerms, Side};
use crate::error::{Error, Result};
use crate::purpose::Purpose;

/// The bank's form of a purpose.
pub(super) fn data(purpose: Option<&Purpose>) -> Result<(RequestType, ChallengeRequestData)> {
    use types::{
        ChallengeRequestDataInstantSepaCreditTransfers as Transfer,
        ChallengeRequestDataInstantSepaCreditTransfersType as TransferType,
        ChallengeRequestDataSecuritiesOrderDelete as Delete,
        ChallengeRequestDataSecuritiesOrderDeleteType as DeleteType,
        ChallengeRequestDataSecuritiesOrderEntry as Entry,
        ChallengeRequestDataSecuritiesOrderEntryType as EntryType,
        ChallengeRequestDataSecuritiesOrderModify as Modify,
        ChallengeRequestDataSecuritiesOrderModifyType as ModifyType,
        ChallengeRequestDataTransferPartnerLegiData as Legi,
        ChallengeRequestDataTransferPartnerLegiDataType as LegiType,
    };
    // The purposes are checked where they are made; the generated types check the same once more.
    let form = |field: &'static str| move |_| Error::invalid(field, "is not in the form that the bank takes");
    Ok(match purpose {
        Some(Purpose::Payment(payment)) => (
            RequestType::InstantSepaCreditTransfers,
            ChallengeRequestData::InstantSepaCreditTransfers(Transfer {
                amount_currency: payment.currency().parse().map_err(form("currency"))?,
                amount_value: number(payment.amount()),
                target_iban: payment.iban().parse().map_err(form("iban"))?,
                type_: TransferType::ChallengeRequestDataInstantSepaCreditTransfers,
            }),
        ),
        Some(Purpose::SecuritiesOrder(order)) => (
            RequestType::SecuritiesOrderEntry,
            ChallengeRequestData::SecuritiesOrderEntry(Entry {
                activity_type: match order.side {
                    Side::Buy => types::OrderActivityType::Buy,
                    Side::Sell => types::OrderActivityType::Sell,
                },
                add_ons: add_ons(&order.terms),
                order_limit: limit(&order.terms),
                quantity: number(order.quantity),
                security_account_id: order.account.expose().parse().map_err(form("account"))?,
                security_id: order.security.parse().map_err(form("security"))?,
                type_: EntryType::ChallengeRequestDataSecuritiesOrderEntry,
            }),
        ),
        Some(Purpose::SecuritiesOrderChange(change)) => (
            RequestType::SecuritiesOrderModify,
            ChallengeRequestData::SecuritiesOrderModify(Modify {
                add_ons: add_ons(&change.terms),
                order_id: change.order.clone(),
                order_limit: limit(&change.terms),
                security_account_id: change.account.expose().parse().map_err(form("account"))?,
                type_: ModifyType::ChallengeRequestDataSecuritiesOrderModify,
            }),
        ),
        Some(Purpose::SecuritiesOrderDeletion(deletion)) => (
            RequestType::SecuritiesOrderDelete,
            ChallengeRequestData::SecuritiesOrderDelete(Delete {
                order_id: deletion.order.clone(),
                security_account_id: deletion.account.expose().parse().map_err(form("account"))?,
                type_: DeleteType::ChallengeRequestDataSecuritiesOrderDelete,
            }),
        ),
        Some(Purpose::LegitimationData) => (
            RequestType::TransferPartnerLegiData,
            ChallengeRequestData::TransferPartnerLegiData(Legi {
                type_: LegiType::ChallengeRequestDataTransferPartnerLegiData,
            }),
        ),
        Some(Purpose::Other(_)) | None => return Err(Error::unsupported("purpose")),
    })
}

fn limit(terms: &OrderTerms) -> Option<types::OrderLimit> {
    let (limit_price, stop_price) = (terms.limit_price.map(number), terms.stop_price.map(number));
    (limit_price.is_some() || stop_price.is_some()).then_some(types::OrderLimit { limit_price, stop_price })
}

fn add_ons(terms: &OrderTerms) -> Option<types::OrderAddOns> {
    let restriction = terms.restriction.map(|restriction| match restriction {
        OrderRestriction::GoodTillDate => types::OrderRestriction::GoodTillDate,
        OrderRestriction::GoodForDay => types::OrderRestriction::GoodForDay,
        OrderRestriction::FillOrKill => types::OrderRestriction::FillOrKill,
        OrderRestriction::ImmediateOrCancel => types::OrderRestriction::ImmediateOrCancel,
        OrderRestriction::FirstRate => types::OrderRestriction::FirstRate,
        OrderRestriction::SpotRate => types::OrderRestriction::SpotRate,
        OrderRestriction::ClosingRate => types::OrderRestriction::ClosingRate,
    });
    let expiry_date = terms.expiry_date;
    (restriction.is_some() || expiry_date.is_some())
        .then_some(types::OrderAddOns { expiry_date, restriction })
}

/// Exact: purposes hold numbers of 15 digits at most, which a double prints as they were.
fn number(decimal: Decimal) -> f64 {
    decimal.to_string().parse().unwrap_or(f64::NAN)
}
