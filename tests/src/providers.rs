//! The providers of this workspace, each over a base URL.

use otp_facade::{Agilicus, DeutscheBank, EquinixMetal, Operation, OtpProvider, Smscx, Transport};
use otp_sandbox::Provider;

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
    // Each builder is a type of its own.
    macro_rules! build {
        ($builder:expr) => {{
            let builder = $builder.base_url(base_url);
            let builder = match transport {
                Some(transport) => builder.transport(transport),
                None => builder,
            };
            Box::new(builder.build().expect("the settings are valid"))
        }};
    }
    match provider {
        Provider::Agilicus => build!(Agilicus::builder().bearer(credential)),
        Provider::DeutscheBank => build!(DeutscheBank::builder().bearer(credential)),
        Provider::EquinixMetal => build!(EquinixMetal::builder().auth_token(credential)),
        Provider::Smscx => build!(Smscx::builder().api_key(credential)),
        other => panic!("{other} is not in this list"),
    }
}

/// What the description of a provider's API calls an operation.
///
/// # Panics
///
/// If the provider does not have it.
pub fn operation_id(provider: Provider, operation: Operation) -> &'static str {
    match (provider, operation) {
        (Provider::Agilicus, Operation::Create) => "create_challenge",
        (Provider::Agilicus, Operation::Verify) => "get_answer",
        (Provider::Agilicus, Operation::Cancel) => "delete_challenge",
        (Provider::Agilicus, Operation::Status) => "get_challenge",
        (Provider::DeutscheBank, Operation::Create) => "createChallengeV2",
        (Provider::DeutscheBank, Operation::Verify) => "verifyChallengeV2",
        (Provider::EquinixMetal, Operation::Create) => "receiveCodes",
        (Provider::EquinixMetal, Operation::Verify) => "findEnsureOtp",
        (Provider::Smscx, Operation::Create) => "newOtp",
        (Provider::Smscx, Operation::Verify) => "verifyOtp",
        (Provider::Smscx, Operation::Cancel) => "cancelOtp",
        (Provider::Smscx, Operation::Status) => "getOtpStatus",
        (provider, operation) => panic!("{provider} has no {operation}"),
    }
}
