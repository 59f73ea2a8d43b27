//! Why a provider declined.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Why a provider declined a request. Each reason says who can do something about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum DeclineReason {
    /// The account has no credit. The operator tops it up.
    OutOfCredit,
    /// The provider does not reach this number. The person gives another one.
    Unreachable,
    /// The account may not send to the number's country. The person gives another number.
    CountryNotAllowed,
    /// The channel is not active for the account. The operator activates it, or the application chooses another.
    ChannelNotActive,
    /// The provider suspects fraud: it blocks the number's range for a while, or takes the person or the device for a risk. Sending again
    /// does not help. The person chooses another channel, or waits.
    SuspectedFraud,
    /// The template is not approved. The operator has it approved.
    TemplateNotApproved,
    /// The person has not activated this method at the provider. The person activates it, or chooses another.
    MethodNotActive,
    /// The payment or order that the code would approve is not possible. The person changes it.
    OrderNotAllowed,
    /// The challenge is no longer open, so that there is nothing to cancel.
    NotOpen,
    /// A reason that is not listed here. The vendor code says more.
    Other,
}

impl DeclineReason {
    /// All reasons.
    pub const ALL: &'static [Self] = &[
        Self::OutOfCredit,
        Self::Unreachable,
        Self::CountryNotAllowed,
        Self::ChannelNotActive,
        Self::SuspectedFraud,
        Self::TemplateNotApproved,
        Self::MethodNotActive,
        Self::OrderNotAllowed,
        Self::NotOpen,
        Self::Other,
    ];

    /// A stable name, such as `out_of_credit`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::OutOfCredit => "out_of_credit",
            Self::Unreachable => "unreachable",
            Self::CountryNotAllowed => "country_not_allowed",
            Self::ChannelNotActive => "channel_not_active",
            Self::SuspectedFraud => "suspected_fraud",
            Self::TemplateNotApproved => "template_not_approved",
            Self::MethodNotActive => "method_not_active",
            Self::OrderNotAllowed => "order_not_allowed",
            Self::NotOpen => "not_open",
            Self::Other => "other",
        }
    }
}

impl fmt::Display for DeclineReason {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}
