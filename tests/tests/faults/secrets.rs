//! The secrets of a call, and where they may not be shown.

use otp_facade::{Code, CreateRequest};
use otp_sandbox::Provider;

pub(crate) const CREDENTIAL: &str = "credential-9f8e7d6c";
const PHONE: &str = "+4915112345678";

/// What no message, log or redirect may show.
pub(crate) struct Secrets {
    pub(crate) provider: Provider,
    origin: String,
    code: String,
    /// The number to which the code of a create goes.
    phone: String,
}

impl Secrets {
    pub(crate) fn new(provider: Provider, base_url: String, code: &Code) -> Self {
        Self { provider, origin: base_url, code: code.expose().to_owned(), phone: PHONE.to_owned() }
    }

    /// The same, of a call that goes to the number of this request.
    pub(crate) fn with_recipient(self, request: &CreateRequest) -> Self {
        let phone = request.recipient.phone.as_ref().map_or(PHONE, |phone| phone.expose());
        Self { phone: phone.to_owned(), ..self }
    }

    /// All of them, as a careless service would repeat them.
    pub(crate) fn text(&self) -> String {
        format!("code {} for {} with {CREDENTIAL}", self.code, self.phone)
    }

    /// Where a redirect leads: to the same service, where a request that follows shows in the journal.
    pub(crate) fn location(&self) -> String {
        format!("{}/elsewhere/{}?key={CREDENTIAL}", self.origin, self.code)
    }

    /// What of them, or of the URL, stands in a text.
    pub(crate) fn shown_in(&self, text: &str) -> Vec<&str> {
        let secrets = [self.code.as_str(), CREDENTIAL, &self.phone, &self.phone[1..], "127.0.0.1"];
        secrets.into_iter().filter(|secret| text.contains(secret)).collect()
    }

    pub(crate) fn code(&self) -> &str {
        &self.code
    }

    /// The digits of the number, which no way of writing it changes.
    pub(crate) fn digits(&self) -> &str {
        &self.phone[1..]
    }
}
