//! What Vonage's problems mean.

use vonage_otp::types::Problem;

use crate::error::{DeclineReason, Error, ErrorKind, Operation, Rejection};
use crate::providers::error_mapping::{Classification, VendorError, map_error};

pub(super) type ClientError = vonage_otp::Error<Problem>;

/// What the table below knows. A problem of another kind is judged by its status alone.
const FRAGMENTS: [&str; 19] = [
    "bad-request",
    "concurrent",
    "conflict",
    "expired",
    "forbidden",
    "gone",
    "invalid-code",
    "invalid-params",
    "jwt-expired",
    "low-balance",
    "msisdn-error",
    "network-error",
    "no-code",
    "no-events",
    "not-found",
    "precondition-failed",
    "request-not-found",
    "throttled",
    "unauthorized",
];

/// The field that a property of a request is, by its name in the facade.
fn field(property: &str) -> Option<&'static str> {
    Some(match property.rsplit(['.', '/']).next()? {
        "to" => "recipient.phone",
        "from" => "sender",
        "locale" => "language",
        "channel_timeout" => "ttl",
        "code_length" => "code_length",
        "client_ref" => "tracking_id",
        "template_id" => "template",
        "code" => "code",
        _ => return None,
    })
}

/// The vendor's table. A problem is known by its status and the fragment of its type: the rest of the type has changed over
/// time, and it may be absent.
pub(super) fn classify(error: &ClientError, operation: Operation) -> Error {
    use ErrorKind::{InvalidRequest, NotFound, ProviderDeclined, RateLimited, Rejected, Unauthorized};

    let status = error.status().map_or(0, |status| status.as_u16());
    let body = error.body();
    let fragment = body.and_then(|body| body.type_.as_deref()?.rsplit_once('#')).map(|(_, name)| name);
    let is_problem = body.is_some_and(|body| {
        body.title.is_some() && (body.type_.is_some() || body.detail.is_some() || body.instance.is_some())
    });
    let invalid = body.and_then(|body| body.invalid_parameters.as_ref()?.first()?.name.as_deref());
    let verdict: Option<Classification> = match (operation, status) {
        (Operation::Verify, 400) => Some(Rejected(Rejection::WrongCode).into()),
        (Operation::Verify, 410) => Some(Rejected(Rejection::TooManyAttempts).into()),
        (_, 401 | 403) => Some(Unauthorized.into()),
        (_, 402) => Some(DeclineReason::OutOfCredit.into()),
        (_, 404) => Some(NotFound.into()),
        (Operation::Create, 409) => Some(Classification {
            is_recipient_limit: true,
            message: Some("another challenge of the recipient is open"),
            ..RateLimited.into()
        }),
        // The step takes no code, or no step is left.
        (_, 409) => Some(ProviderDeclined.into()),
        (_, 412) => Some(DeclineReason::ChannelNotActive.into()),
        (_, 422) => Some(Classification { field: invalid.and_then(field), ..InvalidRequest.into() }),
        (_, 429) => Some(RateLimited.into()),
        _ => None,
    };
    let said = VendorError {
        is_vendor_error: is_problem,
        code: fragment.map(str::to_owned),
        message: body.and_then(|body| body.detail.clone().or_else(|| body.title.clone())),
        request_id: body.and_then(|body| body.instance.clone()),
    };
    let is_known = fragment.is_none_or(|fragment| FRAGMENTS.contains(&fragment));
    let converted = map_error(error, operation, said, verdict.filter(|_| is_problem && is_known));
    // The third wrong code has this status, too: the attempt is used.
    match converted.kind() {
        Rejected(Rejection::TooManyAttempts) => converted.with_may_have_acted(true),
        _ => converted,
    }
}
