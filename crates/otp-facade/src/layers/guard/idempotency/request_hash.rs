//! Hash of a request, which tells another request under the same idempotency key.

use std::sync::Arc;

use super::super::keyring::Keys;
use crate::capabilities::{Capabilities, RecipientKind};
use crate::channel::Channel;
use crate::request::{Alphabet, CreateRequest, Recipient};

/// Hashes what a request asks for. Subject, and recipient as the guard counts it, are not among it: each has idempotency keys of
/// its own.
pub(super) fn hash_request(keys: &Keys, request: &CreateRequest, inner: &Capabilities) -> Arc<str> {
    // Without `..`, so that a new field is not forgotten.
    let CreateRequest {
        recipient: Recipient { phone, email, user_id, country },
        channel,
        ttl,
        max_attempts,
        code_length,
        alphabet,
        sender,
        template,
        language,
        callback_url,
        tracking_id,
        rate_limit_keys,
        purpose,
        subject: _,
        idempotency_key: _,
    } = request;
    // A number that counts is the recipient, in all its spellings.
    let is_beside = match inner.recipient {
        RecipientKind::User | RecipientKind::Owner => true,
        RecipientKind::PhoneOrEmail => inner.channel(request) == Channel::Email,
        RecipientKind::Any | RecipientKind::Phone | RecipientKind::PhoneAndUser => false,
    };
    let phone = phone.as_ref().filter(|_| is_beside).map(|phone| phone.expose());
    // Addresses that count as one recipient may be several mailboxes.
    let email = email.as_ref().map(|address| address.expose().to_ascii_lowercase());
    let purpose = purpose.as_ref().map(|purpose| keys.hash_purpose(purpose));
    let ttl = ttl.map(|ttl| ttl.as_nanos().to_string());
    let [max_attempts, code_length] =
        [max_attempts, code_length].map(|number| number.map(|number| number.to_string()));
    let fields = [
        phone,
        email.as_deref(),
        user_id.as_deref(),
        country.as_deref(),
        channel.map(Channel::as_str),
        ttl.as_deref(),
        max_attempts.as_deref(),
        code_length.as_deref(),
        alphabet.map(Alphabet::as_str),
        sender.as_deref(),
        template.as_deref(),
        language.as_deref(),
        callback_url.as_ref().map(|url| url.expose()),
        tracking_id.as_deref(),
        purpose.as_deref(),
    ];
    // A field that is absent is another one than an empty one.
    let texts = fields.iter().flat_map(|field| [field.map_or("absent", |_| "present"), field.unwrap_or("")]);
    let limits = rate_limit_keys.iter().flat_map(|(limit, value)| [limit.as_str(), value.expose()]);
    keys.hash(&["request"].into_iter().chain(texts).chain(limits).collect::<Vec<_>>())
}
