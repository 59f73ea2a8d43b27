//! Texts for the person, in English, with keys for translations.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Error;

/// Each text once: variant, key, English.
macro_rules! texts {
    ($($variant:ident = $key:literal: $english:literal,)+) => {
        /// The key of a text for the person. Keys are stable, so that translations can be looked up by them.
        ///
        /// Each variant is documented by its English text.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[non_exhaustive]
        pub enum TextKey {
            $(
                #[doc = $english]
                #[serde(rename = $key)]
                $variant,
            )+
        }

        impl TextKey {
            /// All keys.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The key, such as `wrong_code`.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $key,)+
                }
            }

            /// The English text. `{attempts_left}` and `{wait}` stand for values of the error.
            pub fn english(self) -> &'static str {
                match self {
                    $(Self::$variant => $english,)+
                }
            }
        }
    };
}

texts! {
    InvalidPhone = "invalid_phone":
        "This is not a phone number that we can use. Enter it with its country code, such as +44.",
    InvalidCode = "invalid_code": "This cannot be a code. Enter the code from the newest message.",
    InvalidInput = "invalid_input": "Something that you entered is not valid. Check it, and try again.",
    WrongCode = "wrong_code": "This code is not right. Check it, and try again.",
    WrongCodeAttemptsLeft = "wrong_code_attempts_left":
        "This code is not right. Check it, and try again. Attempts left: {attempts_left}.",
    NoAttemptsLeft = "no_attempts_left": "This code is not right, and no attempt is left. Ask for a new code.",
    CodeNotAccepted = "code_not_accepted":
        "This code was not accepted. Check it and try again, or ask for a new code.",
    CodeExpired = "code_expired": "This code has expired. Ask for a new one.",
    CodeCancelled = "code_cancelled":
        "This code is no longer valid. Use the code from the newest message, or ask for a new one.",
    CodeUsed = "code_used": "This code was used before. Ask for a new one.",
    CodeNotValid = "code_not_valid": "This code is no longer valid. Ask for a new one.",
    TooManyAttempts = "too_many_attempts": "There were too many wrong codes. Ask for a new code.",
    LockedOut = "locked_out": "There were too many wrong codes. For your safety, codes are locked. Contact us.",
    RateLimited = "rate_limited": "There were too many requests. Try again later.",
    RateLimitedWait = "rate_limited_wait": "There were too many requests. Wait {wait}, and try again.",
    NumberUnreachable = "number_unreachable":
        "We cannot send messages to this number. Check it, or use another number.",
    CountryNotAllowed = "country_not_allowed":
        "We do not send messages to numbers of this country. Use another number.",
    MethodNotActive = "method_not_active": "You have not activated this method. Choose another one.",
    OrderNotAllowed = "order_not_allowed": "This order is not possible. Check it, or contact us.",
    NothingToCancel = "nothing_to_cancel": "There is nothing left to cancel.",
    CannotSend = "cannot_send": "We cannot send a code at the moment. Try again later.",
    MessageMayHaveBeenSent = "message_may_have_been_sent":
        "A message may be on its way to you, but its code may not work. Wait a moment, and ask for a new code.",
    CannotCheck = "cannot_check":
        "We cannot check codes at the moment. Try the same code again in a moment, or ask for a new one later.",
    CodeNotChecked = "code_not_checked": "We could not check your code. Ask for a new one.",
    Unavailable = "unavailable": "This does not work at the moment. Try again later.",
}

impl fmt::Display for TextKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl Error {
    /// What to tell the person, in English.
    ///
    /// It contains nothing that the person did not enter, no name of a provider, and nothing from which one can learn whether
    /// a number has an account.
    pub fn user_message(&self) -> Cow<'static, str> {
        let text = self.text_key();
        match (text, self.attempts_left(), self.retry_after()) {
            (TextKey::WrongCodeAttemptsLeft, Some(left), _) => {
                text.english().replace("{attempts_left}", &left.to_string()).into()
            }
            (TextKey::RateLimitedWait, _, Some(wait)) => {
                text.english().replace("{wait}", &spoken(wait)).into()
            }
            _ => text.english().into(),
        }
    }
}

/// The time in words, rounded up: whoever waits for it must not come too early.
fn spoken(wait: Duration) -> String {
    let seconds = wait.as_millis().div_ceil(1000);
    let (number, unit) = match seconds {
        ..=120 => (seconds, "second"),
        121..=7200 => (seconds.div_ceil(60), "minute"),
        _ => (seconds.div_ceil(3600), "hour"),
    };
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {unit}{plural}")
}
