//! What is being approved.

use std::fmt;

#[cfg(feature = "banking")]
use crate::banking::{Payment, SecuritiesOrder, SecuritiesOrderChange, SecuritiesOrderDeletion};

/// What a code approves. A provider that cannot bind a code to it refuses it.
///
/// With a payment, the code is good for that payee and amount only (PSD2 calls it dynamic linking). The purposes of a bank
/// need the feature `banking`; their types are in [`deutsche_bank`](crate::deutsche_bank).
///
/// `Debug` shows neither an account nor the words of [`Other`](Self::Other), which may name one.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Purpose {
    /// An instant SEPA credit transfer.
    #[cfg(feature = "banking")]
    Payment(Payment),
    /// A new order for securities.
    #[cfg(feature = "banking")]
    SecuritiesOrder(SecuritiesOrder),
    /// A change of an order for securities.
    #[cfg(feature = "banking")]
    SecuritiesOrderChange(SecuritiesOrderChange),
    /// The deletion of an order for securities.
    #[cfg(feature = "banking")]
    SecuritiesOrderDeletion(SecuritiesOrderDeletion),
    /// Handing out the legitimation data of the customer.
    #[cfg(feature = "banking")]
    LegitimationData,
    /// A payment as the person sees it: amount and payee, in the caller's words.
    Transaction(Transaction),
    /// Anything else, in the caller's words, such as `login`.
    Other(String),
}

/// Amount and payee of a payment, as the person who approves it sees them. The code is good for these only (dynamic linking).
///
/// ```
/// use otp_facade::{Purpose, Transaction};
///
/// let purpose = Purpose::from(Transaction::new("€39.99", "Acme Inc."));
/// assert_eq!(format!("{purpose:?}"), "Transaction(…)");
/// ```
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Transaction {
    /// Amount and currency, as they are shown.
    pub amount: String,
    /// Who is paid.
    pub payee: String,
}

impl Transaction {
    /// A payment of this amount to this payee.
    pub fn new(amount: impl Into<String>, payee: impl Into<String>) -> Self {
        Self { amount: amount.into(), payee: payee.into() }
    }
}

impl From<Transaction> for Purpose {
    fn from(transaction: Transaction) -> Self {
        Self::Transaction(transaction)
    }
}

impl fmt::Debug for Transaction {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Transaction(…)")
    }
}

impl Purpose {
    /// A stable name of the kind of purpose, such as `payment`.
    pub fn as_str(&self) -> &'static str {
        match self {
            #[cfg(feature = "banking")]
            Self::Payment(_) => "payment",
            #[cfg(feature = "banking")]
            Self::SecuritiesOrder(_) => "securities_order",
            #[cfg(feature = "banking")]
            Self::SecuritiesOrderChange(_) => "securities_order_change",
            #[cfg(feature = "banking")]
            Self::SecuritiesOrderDeletion(_) => "securities_order_deletion",
            #[cfg(feature = "banking")]
            Self::LegitimationData => "legitimation_data",
            Self::Transaction(_) => "transaction",
            Self::Other(_) => "other",
        }
    }

    /// The purpose as strings that are equal if and only if the purposes are.
    #[cfg(feature = "guard")]
    pub(crate) fn canonical(&self) -> Vec<String> {
        let mut strings = vec![self.as_str().to_owned()];
        match self {
            #[cfg(feature = "banking")]
            Self::Payment(payment) => strings.extend(payment.canonical()),
            #[cfg(feature = "banking")]
            Self::SecuritiesOrder(order) => strings.extend(order.canonical()),
            #[cfg(feature = "banking")]
            Self::SecuritiesOrderChange(change) => strings.extend(change.canonical()),
            #[cfg(feature = "banking")]
            Self::SecuritiesOrderDeletion(deletion) => strings.extend(deletion.canonical()),
            #[cfg(feature = "banking")]
            Self::LegitimationData => {}
            Self::Transaction(Transaction { amount, payee }) => {
                strings.extend([amount.clone(), payee.clone()]);
            }
            Self::Other(words) => strings.push(words.clone()),
        }
        strings
    }
}

impl fmt::Debug for Purpose {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            #[cfg(feature = "banking")]
            Self::Payment(payment) => payment.fmt(formatter),
            #[cfg(feature = "banking")]
            Self::SecuritiesOrder(order) => order.fmt(formatter),
            #[cfg(feature = "banking")]
            Self::SecuritiesOrderChange(change) => change.fmt(formatter),
            #[cfg(feature = "banking")]
            Self::SecuritiesOrderDeletion(deletion) => deletion.fmt(formatter),
            #[cfg(feature = "banking")]
            Self::LegitimationData => formatter.write_str("LegitimationData"),
            Self::Transaction(transaction) => transaction.fmt(formatter),
            Self::Other(_) => formatter.write_str("Other(…)"),
        }
    }
}
