//! Whom the guard counts: recipients, subjects and owners, as keyed hashes.

use std::sync::Arc;

use super::Guard;
use super::keyring::Keys;
use super::spellings::Spellings;
use crate::capabilities::RecipientKind;
use crate::channel::Channel;
use crate::email;
use crate::provider::OtpProvider;
use crate::purpose::Purpose;
use crate::request::{CreateRequest, Recipient};
use crate::stores::{Binding, ChallengeStore, Key};

/// The keys of one person in the store.
pub(super) struct Person {
    /// By which the recipient's limits count. Its bucket is that of the records.
    pub(super) recipient: Key,
    /// By which the recipient's limits count as well.
    pub(super) beside: Option<Key>,
    /// By which the subject's challenges and its failures in a row count.
    pub(super) subject: Option<Key>,
}

impl Person {
    /// Counter of failures in a row: of recipient and subject together, or of the recipient where there is no subject.
    ///
    /// With a subject, failures of others do not count, or strangers would lock an owner out.
    pub(super) fn failures(&self) -> Arc<str> {
        match &self.subject {
            Some(subject) => joint_name(&self.recipient, subject),
            None => self.recipient.name.clone(),
        }
    }

    /// Slot of the open challenge for this purpose. With a subject it is the subject's, or strangers could cancel it.
    pub(super) fn slot(&self, purpose: Option<&str>) -> Arc<str> {
        let subject = self.subject.as_ref().map_or("", |subject| &*subject.name);
        [&self.recipient.name, ".", subject, ".", purpose.unwrap_or_default()].concat().into()
    }
}

/// Name of the counter of a recipient together with a subject. It begins with the recipient's, so that both are forgotten
/// together.
pub(super) fn joint_name(recipient: &Key, subject: &Key) -> Arc<str> {
    [&*recipient.name, ".", &subject.name].concat().into()
}

/// By which the different recipients of a subject count.
pub(super) fn recipients_of(subject: &Key) -> Key {
    Key::new(subject.bucket, [&*subject.name, ".recipients"].concat())
}

impl<P: OtpProvider, S: ChallengeStore> Guard<P, S> {
    pub(super) fn person(&self, keys: &Keys, request: &CreateRequest) -> Person {
        let channel = Some(self.inner.capabilities().channel(request));
        Person {
            recipient: self.recipient(keys, &request.recipient, channel),
            beside: self.recipient_beside(keys, &request.recipient, channel),
            subject: request.subject.as_deref().map(|subject| self.subject(keys, subject)),
        }
    }

    pub(super) fn subject(&self, keys: &Keys, subject: &str) -> Key {
        keys.key(&["subject", self.name(), subject])
    }

    /// The recipient: a phone number or an e-mail address in canonical form, a user id, or the owner of the credential.
    /// Without a channel, whoever may be sent a message.
    pub(super) fn recipient(&self, keys: &Keys, recipient: &Recipient, channel: Option<Channel>) -> Key {
        let phone = || self.phone(keys, recipient);
        let email = || self.email(keys, recipient);
        let user = || self.user(keys, recipient);
        let key = match self.inner.capabilities().recipient {
            // The user id is counted in addition: `recipient_beside`.
            RecipientKind::Phone | RecipientKind::PhoneAndUser => phone(),
            RecipientKind::PhoneOrEmail if channel == Some(Channel::Email) => email(),
            RecipientKind::PhoneOrEmail => phone().or_else(email),
            RecipientKind::User => user(),
            RecipientKind::Any => phone().or_else(email).or_else(user),
            // Every message goes to the owner, whoever the request names.
            RecipientKind::Owner => None,
        };
        key.unwrap_or_else(|| self.owner(keys))
    }

    /// The other part of the recipient, where the message may go to either: only the failover inside knows which member sends,
    /// and without a channel it is not known.
    pub(super) fn recipient_beside(
        &self,
        keys: &Keys,
        recipient: &Recipient,
        channel: Option<Channel>,
    ) -> Option<Key> {
        let inner = self.inner.capabilities();
        let used = inner.recipient.and(inner.optional_recipient);
        match inner.recipient {
            RecipientKind::Phone | RecipientKind::PhoneOrEmail | RecipientKind::PhoneAndUser
                if used.needs_user() =>
            {
                self.user(keys, recipient)
            }
            RecipientKind::PhoneOrEmail if channel.is_none() => self.email(keys, recipient),
            RecipientKind::User if used.needs_phone() => self.phone(keys, recipient),
            _ => None,
        }
    }

    /// All by which a recipient may have been counted, whatever the channel was.
    pub(super) fn recipients(
        &self,
        keys: &Keys,
        recipient: &Recipient,
    ) -> impl Iterator<Item = Key> + use<P, S> {
        let beside = self.recipient_beside(keys, recipient, None);
        [self.recipient(keys, recipient, None)].into_iter().chain(beside)
    }

    /// Only called where the number counts: to parse it costs most of a create.
    fn phone(&self, keys: &Keys, recipient: &Recipient) -> Option<Key> {
        let phone = recipient.phone.as_ref()?;
        Some(self.recipient_key(keys, "phone", &Spellings::of(phone.expose()).canonical))
    }

    fn email(&self, keys: &Keys, recipient: &Recipient) -> Option<Key> {
        let address = recipient.email.as_ref()?;
        Some(self.recipient_key(keys, "email", &email::canonical(address.expose())))
    }

    fn user(&self, keys: &Keys, recipient: &Recipient) -> Option<Key> {
        Some(self.recipient_key(keys, "user", recipient.user_id.as_deref()?))
    }

    fn owner(&self, keys: &Keys) -> Key {
        let known = self.owner.as_deref().or(self.inner.capabilities().owner.as_deref());
        self.recipient_key(keys, "owner", known.unwrap_or_default())
    }

    fn recipient_key(&self, keys: &Keys, kind: &str, text: &str) -> Key {
        keys.key(&["recipient", self.name(), kind, text])
    }

    /// What a challenge is bound to. A subject is known by its key.
    pub(super) fn binding(keys: &Keys, subject: Option<&Key>, purpose: Option<&Purpose>) -> Binding {
        Binding {
            subject: subject.map(|subject| subject.name.clone()),
            purpose: purpose.map(|purpose| keys.hash_purpose(purpose)),
            purpose_optional: false,
        }
    }
}
