//! Capabilities of two providers together.

use std::time::Duration;

use otp_facade::{Alphabet, Capabilities, Channel, InMemory, OtpProvider, PurposeSupport, RecipientKind};

const NAMES: &[&str] = &["payment"];
const OTHERS: &[&str] = &["order"];

fn plain() -> Capabilities {
    Capabilities::new(RecipientKind::Owner, [Channel::Sms])
}

#[test]
fn with_itself_it_is_itself() {
    let all = InMemory::new().capabilities().clone();
    assert_eq!(all.intersection(&all), all);
    assert_eq!(plain().intersection(&plain()), plain());
}

#[test]
fn with_one_that_has_nothing_it_is_nothing() {
    let all = InMemory::new().capabilities().clone();
    let nothing = Capabilities::new(RecipientKind::Owner, []);
    assert_eq!(plain().intersection(&nothing), nothing);
    for (one, other) in [(&all, &plain()), (&plain(), &all)] {
        assert_eq!(one.intersection(other), plain());
    }
}

#[test]
fn ranges_are_what_lies_within_both() {
    let lasts = |from, to| {
        let mut capabilities = plain();
        capabilities.ttl = Some(Duration::from_secs(from)..=Duration::from_secs(to));
        capabilities.max_attempts = Some(u32::try_from(from).unwrap()..=u32::try_from(to).unwrap());
        capabilities
    };
    assert_eq!(lasts(60, 100).intersection(&lasts(50, 90)), lasts(60, 90));
    assert_eq!(lasts(60, 100).intersection(&lasts(100, 200)), lasts(100, 100));
    assert_eq!(lasts(60, 100).intersection(&lasts(101, 200)), plain());
    assert_eq!(lasts(60, 100).intersection(&plain()), plain());
}

#[test]
fn lists_are_what_is_in_both_in_the_order_of_the_first() {
    let (mut one, mut other) = (plain(), plain());
    one.channels = vec![Channel::Push, Channel::Totp, Channel::Sms];
    other.channels = vec![Channel::Sms, Channel::PhotoTan, Channel::Push];
    one.alphabets = vec![Alphabet::Digits, Alphabet::Letters];
    other.alphabets = vec![Alphabet::Letters];
    one.languages = vec!["de", "en"];
    other.languages = vec!["en", "fr"];
    let both = one.intersection(&other);
    assert_eq!(both.channels, [Channel::Push, Channel::Sms]);
    assert_eq!((both.alphabets, both.languages), (vec![Alphabet::Letters], vec!["en"]));
}

#[test]
fn an_option_is_on_the_channels_on_which_both_have_it() {
    use Channel::{Call, Rcs, Sms};
    let all = [Sms, Call, Rcs].as_slice();
    type Channels = Option<&'static [Channel]>;
    // The channels of each and those of its option, and the option of both. No list is all channels.
    type Row = ([(&'static [Channel], Channels); 2], Option<Channels>);
    let rows: [Row; 6] = [
        ([(all, None), (all, None)], Some(None)),
        ([(all, Some(&[Sms, Call])), (all, Some(&[Rcs, Sms]))], Some(Some(&[Sms]))),
        ([(all, Some(&[Sms])), (all, None)], Some(Some(&[Sms]))),
        ([(all, Some(&[Sms, Call])), (&[Call, Rcs], None)], Some(Some(&[Call]))),
        ([(all, Some(&[Sms])), (all, Some(&[Rcs]))], None),
        ([(all, Some(&[Sms])), (&[Call, Rcs], None)], None),
    ];
    for (pair, expected) in rows {
        let [one, other] = pair.map(|(channels, of_option)| {
            let mut capabilities = Capabilities::new(RecipientKind::Owner, channels);
            (capabilities.sender, capabilities.template) = (true, true);
            capabilities.sender_channels = of_option.map(<[_]>::to_vec);
            capabilities.template_channels = of_option.map(<[_]>::to_vec);
            capabilities
        });
        for both in [one.intersection(&other), other.intersection(&one)] {
            assert_eq!((both.sender, both.template), (expected.is_some(), expected.is_some()), "{pair:?}");
            let channels = expected.flatten();
            assert_eq!(both.sender_channels.as_deref(), channels, "{pair:?}");
            assert_eq!(both.template_channels.as_deref(), channels, "{pair:?}");
        }
    }
}

#[test]
fn who_needs_something_of_the_recipient_keeps_needing_it() {
    use RecipientKind::{Any, Owner, Phone, User};
    for (one, other, both) in [
        (Owner, Owner, Owner),
        (Owner, Phone, Phone),
        (User, Owner, User),
        (Phone, Phone, Phone),
        (Any, Any, Any),
        (Any, Phone, Phone),
        (User, Any, User),
        (Any, Owner, Owner),
        (Owner, Any, Owner),
    ] {
        let of = |need| Capabilities::new(need, [Channel::Sms]);
        assert_eq!(of(one).intersection(&of(other)).recipient, both);
    }
}

#[test]
fn purposes_are_those_of_the_stricter_one() {
    use PurposeSupport::{Any, None, Required};
    for (one, other, both) in [
        (Any, Any, Any),
        (Any, None, None),
        (Any, Required(NAMES), Required(NAMES)),
        (Required(NAMES), Required(NAMES), Required(NAMES)),
        (Required(NAMES), Required(OTHERS), None),
        (Required(NAMES), None, None),
    ] {
        let of = |purposes| {
            let mut capabilities = plain();
            capabilities.purposes = purposes;
            capabilities
        };
        assert_eq!(of(one).intersection(&of(other)).purposes, both);
        assert_eq!(of(other).intersection(&of(one)).purposes, both);
    }
}
