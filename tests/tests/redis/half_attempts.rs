//! An attempt takes a step for the record and one for the subject, in different buckets. What becomes of it if one step fails, or
//! what one of them has counted cannot be taken back.

use std::time::Duration;

use otp_facade::Rejection;
use otp_facade::stores::{
    Attempt, AttemptResult, Binding, Bucket, ChallengeStore, CreateOutcome, Key, Lockout, RedisStore,
    Reservation, ReserveResult,
};

use crate::server::Server;

/// A challenge of a subject whose failures are counted. Those of the recipient are if it has a name.
pub(crate) async fn start(
    store: &RedisStore,
    (record, recipient, subject): (&Key, Option<&str>, &Key),
) -> Attempt {
    let retention = Duration::from_secs(3_600);
    let lockout = Some(Lockout { max: 1, retention, subject: Some(subject.clone()) });
    let reservation = Reservation {
        key: record.clone(),
        slot: record.name.clone(),
        quotas: Vec::new(),
        lockout: lockout.clone(),
        failures: recipient.map(Into::into),
        shared: None,
        lifetime: Duration::from_secs(600),
        max_attempts: 5,
        binding: Binding::default(),
        idempotency: None,
    };
    let reserved = store.reserve_create(&reservation).await.expect("the server is there");
    let ReserveResult::Granted { receipt, .. } = reserved else { panic!("{reserved:?}") };
    let (provider_id, lifetime) = ("encrypted".to_owned(), reservation.lifetime);
    let outcome = CreateOutcome::Started { provider_id, lifetime, max_attempts: 5, challenge: None };
    store.settle_create(&reservation, &receipt, &outcome).await.expect("the server is there");
    Attempt { key: record.clone(), presented: Binding::default(), lockout, max_lifetime: lifetime }
}

/// How many attempts are counted on the record, on the server that has it.
pub(crate) async fn attempts(server: &Server, record: &Key) -> u32 {
    let key = format!("{{otp:1:{}}}:record:{}", record.bucket, record.name);
    server.query(&["HGET", &key, "attempts"]).await.expect("the record")
}

/// Whether a failure of the subject is counted, on the server that counts it.
pub(crate) async fn has_failed(server: &Server, subject: &Key) -> bool {
    let key = format!("{{otp:1:{}}}:people", subject.bucket);
    server.query(&["HEXISTS", &key, &format!("failures:{}", subject.name)]).await.expect("a response")
}

enum Before {
    Pending,
    Cancelled,
    /// A failure of the subject is counted, which is as many as there may be.
    LockedOut,
}

struct Row {
    name: &'static str,
    before: Before,
    /// Whether the record counts a failure of its recipient. Where it does, `HDEL` takes that back.
    has_recipient: bool,
    /// What changes in the rights of a user that may do everything, during the attempt.
    rights: &'static str,
    /// The result, or whether the error says that the attempt may be counted.
    expected: Result<AttemptResult, bool>,
    /// Whether the attempt stays counted on the record, and as a failure of the subject.
    counted: (bool, bool),
}

const ROWS: [Row; 11] = [
    Row {
        name: "both are refused",
        before: Before::Pending,
        has_recipient: false,
        rights: "resetkeys",
        expected: Err(false),
        counted: (false, false),
    },
    Row {
        name: "the subject's step is refused",
        before: Before::Pending,
        has_recipient: false,
        rights: "resetkeys ~{otp:1:0001}*",
        expected: Err(false),
        counted: (false, false),
    },
    Row {
        name: "the record's step is refused",
        before: Before::Pending,
        has_recipient: false,
        rights: "resetkeys ~{otp:1:0002}*",
        expected: Err(false),
        counted: (false, false),
    },
    // The server stops these steps halfway, which the store cannot know.
    Row {
        name: "the subject's step may have counted",
        before: Before::Pending,
        has_recipient: false,
        rights: "-hrandfield",
        expected: Err(true),
        counted: (false, true),
    },
    Row {
        name: "the record's step may have counted",
        before: Before::Pending,
        has_recipient: false,
        rights: "-hincrby",
        expected: Err(true),
        counted: (false, false),
    },
    Row {
        name: "the record's step is refused, and the subject's may have counted",
        before: Before::Pending,
        has_recipient: false,
        rights: "resetkeys ~{otp:1:0002}* -hrandfield",
        expected: Err(true),
        counted: (false, true),
    },
    Row {
        name: "the subject's step is refused, and the record's cannot be taken back",
        before: Before::Pending,
        has_recipient: true,
        rights: "resetkeys ~{otp:1:0001}* -hdel",
        expected: Err(true),
        counted: (true, false),
    },
    Row {
        name: "the record's step is refused, and the subject's cannot be taken back",
        before: Before::Pending,
        has_recipient: false,
        rights: "resetkeys ~{otp:1:0002}* -hdel",
        expected: Err(true),
        counted: (false, true),
    },
    Row {
        name: "a cancelled challenge whose subject's step is refused",
        before: Before::Cancelled,
        has_recipient: false,
        rights: "resetkeys ~{otp:1:0001}*",
        expected: Ok(AttemptResult::Rejected(Rejection::Cancelled)),
        counted: (false, false),
    },
    Row {
        name: "a cancelled challenge whose subject's step cannot be taken back",
        before: Before::Cancelled,
        has_recipient: false,
        rights: "-hdel",
        expected: Ok(AttemptResult::Rejected(Rejection::Cancelled)),
        counted: (false, true),
    },
    Row {
        name: "a subject that is locked out, and the record's step cannot be taken back",
        before: Before::LockedOut,
        has_recipient: true,
        rights: "-hdel",
        expected: Ok(AttemptResult::Rejected(Rejection::LockedOut)),
        counted: (true, true),
    },
];

#[tokio::test]
#[ignore = "needs a Redis server: redis-server or REDIS_SERVER"]
async fn what_an_attempt_is_and_what_stays_counted_if_a_step_fails() {
    let server = Server::start().await;
    let store = RedisStore::new(server.url()).expect("a URL");
    for Row { name, before, has_recipient, rights, expected, counted } in ROWS {
        // Keys of bucket 1 are the record's, keys of bucket 2 are the subject's.
        let (record, subject) = (Key::new(Bucket::new(1), name), Key::new(Bucket::new(2), name));
        let attempt = start(&store, (&record, has_recipient.then_some(name), &subject)).await;
        match before {
            Before::Pending => {}
            Before::Cancelled => drop(store.cancel(&record).await.unwrap()),
            Before::LockedOut => {
                let other = Key::new(record.bucket, format!("before {name}"));
                let failure = start(&store, (&other, None, &subject)).await;
                store.begin_attempt(&failure).await.unwrap();
            }
        }
        let permit = async |rights: &str| {
            let all = format!("ACL SETUSER default allkeys +@all {rights}");
            server.expect_ok(&all.split_whitespace().collect::<Vec<_>>()).await;
        };
        permit(rights).await;
        let begun = store.begin_attempt(&attempt).await;
        permit("").await;
        assert_eq!(begun.map_err(|error| error.may_have_acted()), expected, "{name}");
        let found = (attempts(&server, &record).await == 1, has_failed(&server, &subject).await);
        assert_eq!(found, counted, "{name}: counted on the record, and for the subject");
    }
}
