//! What attackers do, and what the default settings promise about it.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use futures_util::future::join_all;
use otp_facade::{
    Challenge, CreateRequest, Error, ErrorKind, RecipientKind, Rejection, Status, VerifyRequest,
};

use super::World;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// What a strategy counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counted {
    /// Messages that were sent.
    Messages,
    /// Codes that the provider looked at.
    Guesses,
    /// Different people that got a message.
    Recipients,
    /// Open challenges of somebody else that were cancelled.
    Cancelled,
    /// People who were locked out.
    LockedOut,
}

impl Counted {
    /// In the words of the table.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Messages => "messages",
            Self::Guesses => "guesses",
            Self::Recipients => "recipients",
            Self::Cancelled => "cancelled challenges",
            Self::LockedOut => "locked out",
        }
    }
}

type Run = for<'a> fn(&'a World, Duration) -> Pin<Box<dyn Future<Output = usize> + Send + 'a>>;

/// An attack.
pub struct Strategy {
    /// What the attacker does.
    pub name: &'static str,
    /// What is counted.
    pub counted: Counted,
    /// What the default settings promise at most, in a day, a week and a year.
    pub promised: [usize; 3],
    /// Whether it is possible with such a provider.
    pub applies: fn(RecipientKind) -> bool,
    /// Runs for so long, and returns what was counted.
    pub run: Run,
}

/// All strategies.
pub const STRATEGIES: &[Strategy] = &[
    Strategy {
        name: "asks for a message to one recipient whenever it is possible",
        counted: Counted::Messages,
        promised: [10, 70, 3_650],
        applies: |_| true,
        run: |world, until| Box::pin(messages(world, until, |world, _| world.request(1, 0, None))),
    },
    Strategy {
        name: "the same, with another spelling of the number each time",
        counted: Counted::Messages,
        promised: [10, 70, 3_650],
        applies: |kind| kind == RecipientKind::Phone,
        run: |world, until| Box::pin(messages(world, until, |world, turn| world.request(1, turn, None))),
    },
    Strategy {
        name: "the same, as another subject each time",
        counted: Counted::Messages,
        promised: [10, 70, 3_650],
        applies: |_| true,
        run: |world, until| {
            Box::pin(messages(world, until, |world, turn| world.request(1, 0, Some(&format!("s-{turn}")))))
        },
    },
    Strategy {
        name: "asks for 100 messages to one recipient at once",
        counted: Counted::Messages,
        promised: [1, 1, 1],
        applies: |_| true,
        run: |world, _| Box::pin(at_once(world)),
    },
    Strategy {
        name: "has one account send messages to as many recipients as possible",
        counted: Counted::Recipients,
        promised: [3, 21, 1_095],
        applies: |kind| kind != RecipientKind::Owner,
        run: |world, until| Box::pin(recipients(world, until)),
    },
    Strategy {
        name: "has one account send as many messages as possible",
        counted: Counted::Messages,
        promised: [10, 70, 3_650],
        applies: |_| true,
        run: |world, until| {
            Box::pin(messages(world, until, |world, turn| world.request(turn % 3, 0, Some("account"))))
        },
    },
    Strategy {
        name: "guesses the codes of one recipient, with all attempts of each message",
        counted: Counted::Guesses,
        promised: [50, 100, 500],
        applies: |_| true,
        run: |world, until| Box::pin(guesses(world, until, None)),
    },
    Strategy {
        name: "the same, as one account",
        counted: Counted::Guesses,
        promised: [50, 100, 500],
        applies: |_| true,
        run: |world, until| Box::pin(guesses(world, until, Some(|_| "account".to_owned()))),
    },
    Strategy {
        name: "the same, as another account for each message",
        counted: Counted::Guesses,
        promised: [50, 350, 18_250],
        applies: |_| true,
        run: |world, until| Box::pin(guesses(world, until, Some(|turn| format!("account-{turn}")))),
    },
    Strategy {
        name: "guesses as one account, and verifies a number of their own before each lockout",
        counted: Counted::Guesses,
        promised: [50, 100, 500],
        applies: |kind| kind != RecipientKind::Owner,
        run: |world, until| Box::pin(guesses_between_successes(world, until)),
    },
    Strategy {
        name: "asks for messages to cancel the open challenge of an account",
        counted: Counted::Cancelled,
        promised: [0, 0, 0],
        applies: |_| true,
        run: |world, until| Box::pin(cancels(world, until)),
    },
    Strategy {
        name: "fails with codes of an account's number to lock the account out",
        counted: Counted::LockedOut,
        promised: [0, 0, 0],
        applies: |_| true,
        run: |world, until| Box::pin(locks_out(world, until)),
    },
];

/// Asks for a challenge, and waits for as long as the error says if there is none.
async fn ask(world: &World, until: Duration, request: &CreateRequest) -> Option<Challenge> {
    let error = match world.guard().create(request).await {
        Ok(challenge) => return Some(challenge),
        Err(error) => error,
    };
    let wait = match error.kind() {
        ErrorKind::Rejected(Rejection::LockedOut) => DAY,
        ErrorKind::RateLimited => wait_of(&error),
        _ => panic!("an attacker meets limits only: {error:?}"),
    };
    world.advance(wait.min(until.saturating_sub(world.elapsed())).max(Duration::from_millis(1)));
    None
}

/// How long an error says to wait. A vendor that refuses a second challenge while one is pending does not say it.
fn wait_of(error: &Error) -> Duration {
    error.retry_after().unwrap_or_else(|| {
        assert!(error.is_recipient_limit(), "the guard says how long to wait: {error:?}");
        Duration::from_secs(60)
    })
}

async fn messages(world: &World, until: Duration, request: fn(&World, usize) -> CreateRequest) -> usize {
    let mut turn = 0;
    while world.elapsed() < until {
        turn += 1;
        ask(world, until, &request(world, turn)).await;
    }
    world.messages()
}

async fn at_once(world: &World) -> usize {
    let request = world.request(1, 0, None);
    join_all((0..100).map(|_| world.guard().create(&request))).await;
    world.messages()
}

async fn recipients(world: &World, until: Duration) -> usize {
    let mut reached = 0;
    while world.elapsed() < until {
        // The next person, until this one has got a message.
        let request = world.request(reached, 0, Some("account"));
        reached += usize::from(ask(world, until, &request).await.is_some());
    }
    reached
}

/// Guesses with all attempts of a challenge. Returns the error that ended it.
async fn guess_all(world: &World, request: &VerifyRequest) -> ErrorKind {
    loop {
        let error = world.guard().verify(request).await.expect_err("no challenge has this code");
        match error.kind() {
            ErrorKind::Rejected(Rejection::TooManyAttempts | Rejection::LockedOut) => return error.kind(),
            _ if error.attempts_left() == Some(0) => return error.kind(),
            _ => {}
        }
    }
}

async fn guesses(world: &World, until: Duration, subject: Option<fn(usize) -> String>) -> usize {
    let mut turn = 0;
    while world.elapsed() < until {
        turn += 1;
        let subject = subject.map(|subject| subject(turn));
        let request = world.request(1, 0, subject.as_deref());
        if let Some(challenge) = ask(world, until, &request).await {
            guess_all(world, &with_subject(world.wrong_code(&challenge.id), subject.as_deref())).await;
        }
    }
    world.guesses()
}

fn with_subject(request: VerifyRequest, subject: Option<&str>) -> VerifyRequest {
    match subject {
        Some(subject) => request.with_subject(subject),
        None => request,
    }
}

/// Guesses about person 1 only; what is verified is the attacker's own number.
async fn guesses_between_successes(world: &World, until: Duration) -> usize {
    let (mut guesses, subject) = (0, Some("account"));
    while world.elapsed() < until {
        if let Some(challenge) = ask(world, until, &world.request(1, 0, subject)).await {
            let before = world.guesses();
            guess_all(world, &with_subject(world.wrong_code(&challenge.id), subject)).await;
            guesses += world.guesses() - before;
        }
        if let Ok(own) = world.guard().create(&world.request(2, 0, subject)).await
            && let Some(code) = world.last_code()
        {
            let request = with_subject(VerifyRequest::new(own.id, code), subject);
            world.guard().verify(&request).await.expect("the attacker's own code");
        }
    }
    guesses
}

async fn cancels(world: &World, until: Duration) -> usize {
    let (mut cancelled, mut turn) = (0, 0);
    while world.elapsed() < until {
        turn += 1;
        let Some(open) = ask(world, until, &world.request(1, 0, Some("owner"))).await else { continue };
        world.advance(Duration::from_secs(30));
        let _ = world.guard().create(&world.request(1, 0, Some(&format!("stranger-{turn}")))).await;
        let _ = world.guard().create(&world.request(1, 0, None)).await;
        let status = world.guard().status(&open.id).await.expect("a status");
        cancelled += usize::from(status == Status::Cancelled);
    }
    cancelled
}

async fn locks_out(world: &World, until: Duration) -> usize {
    guesses(world, until, Some(|_| "stranger".to_owned())).await;
    loop {
        match world.guard().create(&world.request(1, 0, Some("owner"))).await {
            Err(error) if error.kind() == ErrorKind::RateLimited => {
                world.advance(wait_of(&error));
            }
            created => return usize::from(created.is_err()),
        }
    }
}
