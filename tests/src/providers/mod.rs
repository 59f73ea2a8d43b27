//! The providers of this workspace, each over a base URL, and what the suites need to know of each.

/// A function that builds a provider. Each builder is a type of its own.
macro_rules! build {
    ($credential:ident => $builder:expr) => {
        |base_url, $credential, transport| {
            let builder = $builder.base_url(base_url);
            let builder = match transport {
                Some(transport) => builder.transport(transport),
                None => builder,
            };
            Box::new(builder.build().expect("the settings are valid"))
        }
    };
}

mod agilicus;
mod deutsche_bank;
mod equinix_metal;
mod smscx;
mod twilio;
mod vonage;

use otp_facade::{Operation, OtpProvider, Transport};
use otp_sandbox::Provider;
use serde_json::Value;

use crate::spec::SpecOperation;

/// Id of the challenge in the samples: a UUID, which every provider takes.
pub const CHALLENGE: &str = "3f2b8c1e-5a77-4d0e-9c3b-6f1d2e8a9b04";

/// Whether a text is fit for its purpose.
pub type Judge = fn(&str) -> bool;

/// What the suites need to know of a provider and cannot read in the description of its API.
pub struct Subject {
    /// Builds the provider with a credential, over a transport of its own if there is none.
    pub build: fn(base_url: &str, credential: &str, Option<Transport>) -> Box<dyn OtpProvider>,
    /// The table of the provider in a configuration: its credentials, each from a variable `CREDENTIAL`. One for each way
    /// to configure one.
    pub configurations: &'static [&'static str],
    /// The parts of the id of [`CHALLENGE`].
    pub challenge: &'static [&'static str],
    /// The last part of the id of nobody's challenge. None if all challenges of the provider have one id.
    pub nobodys: Option<&'static str>,
    /// The documented error body with this message, and with a code that no table has.
    pub error: fn(message: &str) -> Value,
    /// That code, as an error of the facade reports it.
    pub unknown_code: Option<&'static str>,
    /// The least body of a success; none where no content is due.
    pub success: fn(Operation) -> Option<Value>,
    /// The documented body of a success with all that it may hold.
    pub full_success: fn(Operation) -> Value,
    /// Whether a success of verify says in the documented words that the code is accepted.
    pub accepts: fn(status: u16, body: &Value) -> bool,
    /// Where a create has the id, and whether this id can be used.
    pub id: Option<(&'static str, Judge)>,
    /// How many wrong codes end a challenge in the sandbox.
    pub attempts: u32,
    /// Whether those attempts are fewer than a guard asks about, because another message does not renew them.
    pub keeps_attempts: bool,
    /// The name before the credential, where both are sent by HTTP Basic.
    pub user: Option<&'static str>,
    /// A template that the provider takes.
    pub template: &'static str,
    /// Whether any 400 to a verify may be about the code, because the provider has nothing else to say of one that it
    /// refuses.
    pub refuses_without_reason: bool,
    /// Path and body of a request to the service in the sandbox that starts a challenge with a code, each time it is sent. The
    /// body is null if there is none.
    pub create: fn() -> (&'static str, Value),
    /// Whether the service in the sandbox has this status of an operation although the description lacks it.
    pub is_undocumented: fn(operation: &str, status: u16) -> bool,
}

/// The samples of a provider.
pub fn subject(provider: Provider) -> Subject {
    match provider {
        Provider::Agilicus => agilicus::SUBJECT,
        Provider::DeutscheBank => deutsche_bank::SUBJECT,
        Provider::EquinixMetal => equinix_metal::SUBJECT,
        Provider::Smscx => smscx::SUBJECT,
        Provider::Twilio => twilio::SUBJECT,
        Provider::Vonage => vonage::SUBJECT,
    }
}

/// Builds a provider with a credential.
///
/// # Panics
///
/// If the settings are not valid.
pub fn build(provider: Provider, base_url: &str, credential: &str) -> Box<dyn OtpProvider> {
    build_with(provider, base_url, credential, None)
}

/// The same over a transport that others use, too.
///
/// # Panics
///
/// If the settings are not valid.
pub fn build_with(
    provider: Provider,
    base_url: &str,
    credential: &str,
    transport: Option<Transport>,
) -> Box<dyn OtpProvider> {
    (subject(provider).build)(base_url, credential, transport)
}

/// The operation of a provider's API that stands behind an operation of the facade. None if the provider does not have it.
///
/// # Panics
///
/// If the description does not say it.
pub fn operation(provider: Provider, operation: Operation) -> Option<&'static SpecOperation> {
    crate::spec::of_facade(provider.slug(), operation)
}

/// Whether a property is not there, or null.
fn lacks(value: &Value, name: &str) -> bool {
    value.get(name).is_none_or(Value::is_null)
}

/// Whether an id in a success is that of [`CHALLENGE`], or not there.
fn names_challenge(value: &Value, pointer: &str) -> bool {
    value.pointer(pointer).is_none_or(|id| id.is_null() || id == CHALLENGE)
}

fn text<'a>(value: &'a Value, pointer: &str) -> Option<&'a str> {
    value.pointer(pointer)?.as_str()
}

fn has_no_control_characters(id: &str) -> bool {
    !id.chars().any(char::is_control)
}
