//! The purposes of a bank: payments and orders for securities.

use std::fmt;
use std::str::FromStr;

use otp_transport::Secret;
use rust_decimal::Decimal;

use crate::error::{Error, Result};
use crate::purpose::Purpose;

/// A payee's account, an amount and its currency, each checked.
#[derive(Clone, PartialEq, Eq)]
pub struct Payment {
    iban: iban::Iban,
    amount: Decimal,
    currency: iso_currency::Currency,
}

impl Payment {
    /// As strings; 10 and 10.0 are equal.
    #[cfg(feature = "guard")]
    pub(crate) fn canonical(&self) -> Vec<String> {
        vec![self.iban().to_owned(), decimal(self.amount), self.currency().to_owned()]
    }

    /// A payment of `amount`, such as `12.34`, in `currency`, such as `EUR`, to the account `iban`.
    ///
    /// ```
    /// use otp_facade::deutsche_bank::Payment;
    ///
    /// let payment = Payment::new("DE89 3704 0044 0532 0130 00", "12.34", "EUR")?;
    /// let wrong = Payment::new("DE88 3704 0044 0532 0130 00", "12.34", "EUR").unwrap_err();
    /// assert_eq!(wrong.to_string(), "invalid_request: iban must have the right check digits");
    /// # Ok::<(), otp_facade::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If the IBAN is not one, its check digits are wrong, the currency is not in ISO 4217, or the amount is not
    /// positive, finer than the currency, or longer than 15 digits.
    pub fn new(iban: &str, amount: &str, currency: &str) -> Result<Self> {
        let iban = iban.parse::<iban::Iban>().map_err(|error| {
            let rule = match error {
                iban::ParseIbanError::InvalidBaseIban {
                    source: iban::ParseBaseIbanError::InvalidChecksum,
                } => "must have the right check digits",
                _ => "must be an IBAN: country, two check digits, and the account in that country's form",
            };
            Error::invalid("iban", rule)
        })?;
        let known = iso_currency::Currency::from_code(currency);
        let currency =
            known.ok_or_else(|| Error::invalid("currency", "must be an ISO 4217 code such as EUR"))?;
        let amount = Decimal::from_str(amount)
            .map_err(|_| Error::invalid("amount", "must be a decimal number such as 12.34"))?;
        let amount = exact("amount", amount)?;
        if amount.scale() > u32::from(currency.exponent().unwrap_or(0)) {
            return Err(Error::invalid("amount", "must not be finer than the smallest unit of the currency"));
        }
        Ok(Self { iban, amount, currency })
    }

    /// The payee's account, without spaces.
    pub fn iban(&self) -> &str {
        use iban::IbanLike as _;
        self.iban.electronic_str()
    }

    /// The amount.
    pub fn amount(&self) -> Decimal {
        self.amount
    }

    /// The currency, ISO 4217.
    pub fn currency(&self) -> &'static str {
        self.currency.code()
    }
}

/// An account number is not for logs.
impl fmt::Debug for Payment {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut fields = formatter.debug_struct("Payment");
        fields.field("amount", &self.amount).field("currency", &self.currency()).finish_non_exhaustive()
    }
}

impl From<Payment> for Purpose {
    fn from(payment: Payment) -> Self {
        Self::Payment(payment)
    }
}

/// Whether an order buys or sells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Buys.
    Buy,
    /// Sells.
    Sell,
}

/// How an order may be carried out, beside its quantity.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct OrderTerms {
    /// The highest price to buy or the lowest to sell at.
    pub limit_price: Option<Decimal>,
    /// The price at which the order becomes active.
    pub stop_price: Option<Decimal>,
    /// The last day on which it is good.
    pub expiry_date: Option<chrono::NaiveDate>,
    /// A condition on its execution.
    pub restriction: Option<OrderRestriction>,
}

impl OrderTerms {
    #[cfg(feature = "guard")]
    fn canonical(&self) -> [String; 4] {
        let price = |price: Option<Decimal>| price.map(decimal).unwrap_or_default();
        [
            price(self.limit_price),
            price(self.stop_price),
            format!("{:?}", self.expiry_date),
            format!("{:?}", self.restriction),
        ]
    }

    /// No limit, no condition.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the highest price to buy or the lowest to sell at.
    #[must_use]
    pub fn with_limit_price(mut self, price: Decimal) -> Self {
        self.limit_price = Some(price);
        self
    }

    /// Sets the price at which the order becomes active.
    #[must_use]
    pub fn with_stop_price(mut self, price: Decimal) -> Self {
        self.stop_price = Some(price);
        self
    }

    /// Sets the last day on which it is good.
    #[must_use]
    pub fn with_expiry_date(mut self, date: chrono::NaiveDate) -> Self {
        self.expiry_date = Some(date);
        self
    }

    /// Sets a condition on its execution.
    #[must_use]
    pub fn with_restriction(mut self, restriction: OrderRestriction) -> Self {
        self.restriction = Some(restriction);
        self
    }

    fn check(&self) -> Result<()> {
        for (field, price) in [("limit_price", self.limit_price), ("stop_price", self.stop_price)] {
            price.map(|price| exact(field, price)).transpose()?;
        }
        Ok(())
    }
}

/// A condition on the execution of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum OrderRestriction {
    /// Good until the expiry date.
    GoodTillDate,
    /// Good today.
    GoodForDay,
    /// At once and in full, or not at all.
    FillOrKill,
    /// At once, as far as possible.
    ImmediateOrCancel,
    /// At the first rate of the day.
    FirstRate,
    /// At the spot rate.
    SpotRate,
    /// At the closing rate.
    ClosingRate,
}

/// A new order for securities.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecuritiesOrder {
    pub(crate) account: Secret,
    pub(crate) security: String,
    pub(crate) quantity: Decimal,
    pub(crate) side: Side,
    pub(crate) terms: OrderTerms,
}

impl SecuritiesOrder {
    #[cfg(feature = "guard")]
    pub(crate) fn canonical(&self) -> Vec<String> {
        let side = format!("{:?}", self.side);
        let own = [self.account.expose().to_owned(), self.security.clone(), side, decimal(self.quantity)];
        own.into_iter().chain(self.terms.canonical()).collect()
    }

    /// An order for `quantity` of the security with the WKN `security`, from the securities account `account`.
    ///
    /// # Errors
    ///
    /// If the account has not 12 digits, the WKN not 6 capital letters and digits, or a number is not above zero or has
    /// more than 15 digits.
    pub fn new(
        account: &str,
        security: &str,
        quantity: Decimal,
        side: Side,
        terms: OrderTerms,
    ) -> Result<Self> {
        let is_wkn = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
        if security.len() != 6 || !security.bytes().all(is_wkn) {
            return Err(Error::invalid("security", "must be a WKN: 6 capital letters and digits"));
        }
        let quantity = exact("quantity", quantity)?;
        terms.check()?;
        Ok(Self { account: account_number(account)?, security: security.to_owned(), quantity, side, terms })
    }
}

impl From<SecuritiesOrder> for Purpose {
    fn from(order: SecuritiesOrder) -> Self {
        Self::SecuritiesOrder(order)
    }
}

/// A change of an order for securities.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecuritiesOrderChange {
    pub(crate) account: Secret,
    pub(crate) order: String,
    pub(crate) terms: OrderTerms,
}

impl SecuritiesOrderChange {
    #[cfg(feature = "guard")]
    pub(crate) fn canonical(&self) -> Vec<String> {
        let own = [self.account.expose().to_owned(), self.order.clone()];
        own.into_iter().chain(self.terms.canonical()).collect()
    }

    /// New terms for the order `order` of the securities account `account`.
    ///
    /// # Errors
    ///
    /// If the account has not 12 digits, the order is empty, or a price is not above zero.
    pub fn new(account: &str, order: &str, terms: OrderTerms) -> Result<Self> {
        terms.check()?;
        Ok(Self { account: account_number(account)?, order: order_number(order)?, terms })
    }
}

impl From<SecuritiesOrderChange> for Purpose {
    fn from(change: SecuritiesOrderChange) -> Self {
        Self::SecuritiesOrderChange(change)
    }
}

/// The deletion of an order for securities.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecuritiesOrderDeletion {
    pub(crate) account: Secret,
    pub(crate) order: String,
}

impl SecuritiesOrderDeletion {
    #[cfg(feature = "guard")]
    pub(crate) fn canonical(&self) -> Vec<String> {
        vec![self.account.expose().to_owned(), self.order.clone()]
    }

    /// The deletion of the order `order` of the securities account `account`.
    ///
    /// # Errors
    ///
    /// If the account has not 12 digits, or the order is empty.
    pub fn new(account: &str, order: &str) -> Result<Self> {
        Ok(Self { account: account_number(account)?, order: order_number(order)? })
    }
}

impl From<SecuritiesOrderDeletion> for Purpose {
    fn from(deletion: SecuritiesOrderDeletion) -> Self {
        Self::SecuritiesOrderDeletion(deletion)
    }
}

/// A positive number of digits few enough that it stays exact in JSON, whoever reads it.
fn exact(field: &str, number: Decimal) -> Result<Decimal> {
    if number <= Decimal::ZERO {
        return Err(Error::invalid(field, "must be above zero"));
    }
    let number = number.normalize();
    if number.mantissa().unsigned_abs() >= 1_000_000_000_000_000 {
        return Err(Error::invalid(field, "must have at most 15 digits"));
    }
    Ok(number)
}

fn account_number(account: &str) -> Result<Secret> {
    let is_account = account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit());
    is_account.then(|| account.into()).ok_or_else(|| Error::invalid("account", "must have 12 digits"))
}

fn order_number(order: &str) -> Result<String> {
    (!order.is_empty()).then(|| order.to_owned()).ok_or_else(|| Error::invalid("order", "must not be empty"))
}

/// 10 and 10.0 are equal.
#[cfg(feature = "guard")]
fn decimal(number: Decimal) -> String {
    number.normalize().to_string()
}
