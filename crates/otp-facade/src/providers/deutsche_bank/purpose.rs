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
    Ok(match purpose {
        Some(Purpose::Payment(payment)) => (
            RequestType::InstantSepaCreditTransfers,
            ChallengeRequestData::InstantSepaCreditTransfers(
                Transfer::builder()
                    .amount_currency(payment.currency())
                    .amount_value(number(payment.amount()))
                    .target_iban(payment.iban())
                    .type_(TransferType::ChallengeRequestDataInstantSepaCreditTransfers)
                    .try_into()
                    .map_err(incomplete)?,
            ),
        ),
        Some(Purpose::SecuritiesOrder(order)) => (
            RequestType::SecuritiesOrderEntry,
            ChallengeRequestData::SecuritiesOrderEntry(
                Entry::builder()
                    .activity_type(match order.side {
                        Side::Buy => types::OrderActivityType::Buy,
                        Side::Sell => types::OrderActivityType::Sell,
                    })
                    .add_ons(add_ons(&order.terms))
                    .order_limit(limit(&order.terms))
                    .quantity(number(order.quantity))
                    .security_account_id(order.account.expose())
                    .security_id(order.security.as_str())
                    .type_(EntryType::ChallengeRequestDataSecuritiesOrderEntry)
                    .try_into()
                    .map_err(incomplete)?,
            ),
        ),
        Some(Purpose::SecuritiesOrderChange(change)) => (
            RequestType::SecuritiesOrderModify,
            ChallengeRequestData::SecuritiesOrderModify(
                Modify::builder()
                    .add_ons(add_ons(&change.terms))
                    .order_id(change.order.clone())
                    .order_limit(limit(&change.terms))
                    .security_account_id(change.account.expose())
                    .type_(ModifyType::ChallengeRequestDataSecuritiesOrderModify)
                    .try_into()
                    .map_err(incomplete)?,
            ),
        ),
        Some(Purpose::SecuritiesOrderDeletion(deletion)) => (
            RequestType::SecuritiesOrderDelete,
            ChallengeRequestData::SecuritiesOrderDelete(
                Delete::builder()
                    .order_id(deletion.order.clone())
                    .security_account_id(deletion.account.expose())
                    .type_(DeleteType::ChallengeRequestDataSecuritiesOrderDelete)
                    .try_into()
                    .map_err(incomplete)?,
            ),
        ),
        Some(Purpose::LegitimationData) => (
            RequestType::TransferPartnerLegiData,
            ChallengeRequestData::TransferPartnerLegiData(
                Legi::builder()
                    .type_(LegiType::ChallengeRequestDataTransferPartnerLegiData)
                    .try_into()
                    .map_err(incomplete)?,
            ),
        ),
        Some(Purpose::Transaction(_) | Purpose::Other(_)) | None => {
            return Err(Error::unsupported("purpose").with_field("purpose"));
        }
    })
}

/// Purposes are checked where they are made; the generated types check the same once more.
fn incomplete(_: types::error::ConversionError) -> Error {
    Error::invalid("purpose", "is not in the form that the bank takes")
}

fn limit(terms: &OrderTerms) -> Option<types::OrderLimit> {
    let (limit_price, stop_price) = (terms.limit_price.map(number), terms.stop_price.map(number));
    (limit_price.is_some() || stop_price.is_some()).then(|| {
        let mut limit = types::OrderLimit::default();
        (limit.limit_price, limit.stop_price) = (limit_price, stop_price);
        limit
    })
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
    (restriction.is_some() || expiry_date.is_some()).then(|| {
        let mut add_ons = types::OrderAddOns::default();
        (add_ons.expiry_date, add_ons.restriction) = (expiry_date, restriction);
        add_ons
    })
}

/// Exact: purposes hold numbers of 15 digits at most, which a double prints as they were.
fn number(decimal: Decimal) -> f64 {
    decimal.to_string().parse().unwrap_or(f64::NAN)
}
