//! The request of `create` and `try`, from the arguments.

use std::time::Duration;

use otp_facade::deutsche_bank::Payment;
use otp_facade::{Channel, CreateRequest, Purpose, Recipient};

use crate::args::Create;
use crate::command_error::CommandError;

pub(crate) fn build(arguments: &Create) -> Result<CreateRequest, CommandError> {
    let mut request = CreateRequest::new(recipient(arguments)?);
    request.channel = arguments.channel.as_deref().map(channel).transpose()?;
    request.ttl = arguments.ttl.map(Duration::from_secs);
    request.max_attempts = arguments.max_attempts;
    request.code_length = arguments.code_length;
    request.alphabet = arguments.alphabet;
    request.sender.clone_from(&arguments.sender);
    request.template.clone_from(&arguments.template);
    request.language.clone_from(&arguments.language);
    request.tracking_id.clone_from(&arguments.tracking_id);
    request.subject.clone_from(&arguments.subject);
    request.purpose = purpose(arguments)?;
    Ok(request)
}

fn recipient(arguments: &Create) -> Result<Recipient, CommandError> {
    let mut recipient = match &arguments.phone {
        Some(number) => Recipient::parse_phone(number, arguments.country.as_deref())?,
        None => Recipient::owner(),
    };
    if let Some(user) = &arguments.user {
        recipient = recipient.with_user_id(user);
    }
    if let Some(country) = &arguments.country {
        recipient = recipient.with_country(country);
    }
    Ok(recipient)
}

/// By the stable name that [`Channel::as_str`] has.
fn channel(name: &str) -> Result<Channel, CommandError> {
    serde_json::from_value(name.into())
        .map_err(|_| CommandError::Usage(format!("--channel: there is no {name}")))
}

fn purpose(arguments: &Create) -> Result<Option<Purpose>, CommandError> {
    if let Some(payment) = &arguments.payment {
        let mut parts = payment.split(',').map(str::trim);
        let (Some(iban), Some(amount), Some(currency), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(CommandError::Usage("--payment must be IBAN,AMOUNT,CURRENCY".to_owned()));
        };
        return Ok(Some(Purpose::Payment(Payment::new(iban, amount, currency)?)));
    }
    Ok(arguments.purpose.as_deref().map(|purpose| match purpose {
        "legitimation-data" => Purpose::LegitimationData,
        other => Purpose::Other(other.to_owned()),
    }))
}
