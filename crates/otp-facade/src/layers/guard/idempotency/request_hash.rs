//! Hash of a request, which tells another request under the same idempotency key.

use super::super::keyring::Keys;
use super::super::spellings::Spellings;
use crate::channel::Channel;
use crate::request::{Alphabet, CreateRequest, Recipient};

/// Hashes what a request asks for. All spellings of a phone number are one. The subject is not among it, because each subject
/// has idempotency keys of its own.
pub(super) fn hash_request(keys: &Keys, request: &CreateRequest) -> String {
    // Without `..`, so that a new field is not forgotten.
    let CreateRequest {
        recipient: Recipient { phone, user_id, country },
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
        purpose,
        subject: _,
        idempotency_key: _,
    } = request;
    let phone = phone.as_ref().map(|phone| Spellings::of(phone.expose()).canonical);
    let purpose = purpose.as_ref().map(|purpose| keys.hash_purpose(purpose));
    let ttl = ttl.map(|ttl| ttl.as_nanos().to_string());
    let [max_attempts, code_length] =
        [max_attempts, code_length].map(|number| number.map(|number| number.to_string()));
    let fields = [
        phone.as_deref(),
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
    keys.hash(&["request"].into_iter().chain(texts).collect::<Vec<_>>())
}
