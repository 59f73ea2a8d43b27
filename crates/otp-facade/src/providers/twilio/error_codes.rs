//! What Twilio's error codes mean.

use twilio_otp::types::ErrorResponse;

use crate::error::{DeclineReason, Error, ErrorKind, Operation, Rejection};
use crate::providers::error_mapping::{Classification, VendorError, map_error};

pub(super) type ClientError = twilio_otp::Error<ErrorResponse>;

/// The field that a code of Twilio is about, by its name in the facade.
fn field(code: i64) -> Option<&'static str> {
    Some(match code {
        60206 => "purpose",
        60221 => "code",
        60224 | 60228 | 60251 => "template",
        _ => return None,
    })
}

/// The vendor's table. The HTTP status is the same for too many things: a 429 may be repeated or not, by its code.
pub(super) fn classify(error: &ClientError, operation: Operation) -> Error {
    use DeclineReason::{
        ChannelNotActive, CountryNotAllowed, Other, SuspectedFraud, TemplateNotApproved, Unreachable,
    };
    use ErrorKind::{InvalidRequest, NotFound, RateLimited, Rejected, Unauthorized};

    let recipient_limit = Classification { is_recipient_limit: true, ..RateLimited.into() };
    // What a success that cannot be read has in its body is nobody's word.
    let body = error.body().filter(|_| error.status().is_some_and(|status| status.as_u16() >= 400));
    let code = body.and_then(|body| body.code);
    let by_code = code.and_then(|code| -> Option<Classification> {
        Some(match code {
            20003 | 20008 => Unauthorized.into(),
            // A create has no challenge that could be unknown: it is the service.
            20404 if operation == Operation::Create => {
                Classification { message: Some("check the SID of the service"), ..NotFound.into() }
            }
            20404 => NotFound.into(), // unknown or final
            20429 => RateLimited.into(),
            60200 | 60206 | 60221 | 60224 | 60228 | 60243 | 60251 => {
                Classification { field: field(code), ..InvalidRequest.into() }
            }
            60202 if operation == Operation::Verify => Rejected(Rejection::TooManyAttempts).into(),
            60202 | 60203 | 60212 => recipient_limit, // of one verification or number
            60006 | 60205 => Unreachable.into(),      // no such number, a landline
            60220 | 60605 => CountryNotAllowed.into(),
            60214 | 60223 | 60408 => ChannelNotActive.into(),
            60201 | 60218 | 60219 | 60252 => TemplateNotApproved.into(),
            60410 | 60412 | 60413 => SuspectedFraud.into(),
            60204 | 60217 | 60222 | 60238 => Other.into(), // not enabled, wrongly set up, under review
            _ => return None,
        })
    });
    // A refusal in words is only believed with a status that refuses.
    let is_refusal = error.status().is_some_and(|status| status.is_client_error());
    let message = body.and_then(|body| body.message.clone().or_else(|| body.detail.clone()));
    let is_problem = body.is_some_and(|body| body.type_.is_some() && body.title.is_some());
    let said = VendorError {
        is_vendor_error: code.is_some() || is_problem,
        code: code.map(|code| code.to_string()),
        message,
        request_id: None,
    };
    map_error(error, operation, said, by_code.filter(|_| is_refusal))
}
