//! E-mail addresses: which are taken, and one form for all spellings of an address.

/// RFC 5321, section 4.5.3.1.3, without the angle brackets.
const MAX: usize = 254;

/// Whether this is one address by the plain form of RFC 5322, without quotes, comments and names.
pub(crate) fn is_address(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else { return false };
    let of_local = |byte: u8| byte.is_ascii_alphanumeric() || b".!#$%&'*+/=?^_`{|}~-".contains(&byte);
    let is_label = |label: &str| {
        let of_label = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        (1..=63).contains(&label.len())
            && label.bytes().all(of_label)
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    text.len() <= MAX
        && (1..=64).contains(&local.len())
        && local.bytes().all(of_local)
        && local.split('.').all(|atom| !atom.is_empty())
        && domain.contains('.')
        && domain.split('.').all(is_label)
}

/// The same for all spellings of an address that reach one mailbox: small letters, without what stands behind a plus, and at
/// Gmail without dots. Limits count by it: two mailboxes that share a limit are safe, one mailbox with many limits is not.
#[cfg(feature = "guard")]
pub(crate) fn canonical(address: &str) -> String {
    let address = address.to_ascii_lowercase();
    let Some((local, domain)) = address.split_once('@') else { return address };
    let local = match local.split_once('+') {
        Some((before, _)) if !before.is_empty() => before,
        _ => local,
    };
    match domain {
        "gmail.com" | "googlemail.com" => format!("{}@gmail.com", local.replace('.', "")),
        domain => format!("{local}@{domain}"),
    }
}

/// The address with the first character before the @ and the domain only, to be shown.
pub(crate) fn mask(address: &str) -> String {
    let (local, domain) = address.split_once('@').unwrap_or((address, ""));
    let first: String = local.chars().take(1).collect();
    crate::mask::mask_digits(&format!("{first}***@{domain}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_one_mailbox_at_one_domain() {
        for address in ["ann@example.com", "a.b+c@sub.example.co.uk", "x@1.de", "o'neil_9@ex-ample.org"] {
            assert!(is_address(address), "{address}");
        }
        let long = format!("{}@example.com", "a".repeat(65));
        for text in [
            "",
            "@",
            "ann",
            "ann@",
            "@example.com",
            "ann@example",
            "ann@@example.com",
            "a@b@example.com",
            "ann@example.com, bob@example.com",
            "Ann <ann@example.com>",
            "ann @example.com",
            "ann@example.com\n",
            "ann@.com",
            "ann@example..com",
            ".ann@example.com",
            "ann.@example.com",
            "a..b@example.com",
            "ann@-example.com",
            "ann@example-.com",
            "\"ann\"@example.com",
            "ann@exämple.com",
            "änn@example.com",
            &long,
        ] {
            assert!(!is_address(text), "{text:?}");
        }
    }

    #[cfg(feature = "guard")]
    #[test]
    fn one_mailbox_has_one_canonical_address() {
        let same: &[&[&str]] = &[
            &["ann@example.com", "Ann@Example.COM", "ann+1@example.com", "ANN+shop+2@example.com"],
            &["ann.b@example.com", "ann.b+x@example.com"],
            &["annb@gmail.com", "a.n.n.b@gmail.com", "Ann.B+1@googlemail.com"],
            &["+ann@example.com"],
        ];
        let mut seen = std::collections::HashSet::new();
        for spellings in same {
            let first = canonical(spellings[0]);
            assert!(spellings.iter().all(|spelling| canonical(spelling) == first), "{spellings:?}");
            assert!(seen.insert(first), "{} is another mailbox", spellings[0]);
        }
    }

    #[test]
    fn a_masked_address_shows_the_first_letter_and_the_domain() {
        assert_eq!(mask("ann.miller@example.com"), "a***@example.com");
        assert_eq!(mask("x@example.com"), "x***@example.com");
        assert_eq!(mask("12345678@example.com"), "****@example.com");
    }
}
