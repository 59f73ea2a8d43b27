//! Connections to a host that falls silent, as one that has lost power or its network. Time is paused.

use std::time::Duration;

use otp_facade::ErrorKind;
use otp_tests::{Arrival, RawHttp2Server, Reaction, frame};
use tokio::time::{Instant, sleep};

use crate::{ACCEPTED, prior_knowledge, provider, verify};

const LIMIT: Duration = Duration::from_secs(10);

fn accept(arrival: Arrival) -> Reaction {
    Reaction::write(frame::response(arrival.stream, 200, ACCEPTED))
}

#[tokio::test(start_paused = true)]
async fn a_call_on_a_connection_that_falls_silent_fails_within_ten_seconds_and_the_next_has_another() {
    let server = RawHttp2Server::start(|arrival| match (arrival.connection, arrival.stream) {
        (0, 3) => Reaction::write([]).then_fall_silent(),
        _ => accept(arrival),
    })
    .await;
    let provider = provider(&server.base_url(), prior_knowledge());
    verify(&provider).await.unwrap();
    let began = Instant::now();
    let error = verify(&provider).await.unwrap_err();
    assert!(began.elapsed() <= LIMIT, "{:?}", began.elapsed());
    assert_eq!((error.kind(), error.may_have_acted()), (ErrorKind::TimedOut, true));
    verify(&provider).await.unwrap();
    let connections: Vec<usize> = server.requests().iter().map(|arrival| arrival.connection).collect();
    assert_eq!(connections, [0, 0, 1]);
}

#[tokio::test(start_paused = true)]
async fn an_idle_connection_that_falls_silent_is_left_within_ten_seconds() {
    let server = RawHttp2Server::start(|arrival| match arrival.connection {
        0 => accept(arrival).then_fall_silent(),
        _ => accept(arrival),
    })
    .await;
    let provider = provider(&server.base_url(), prior_knowledge());
    verify(&provider).await.unwrap();
    sleep(LIMIT).await;
    let began = Instant::now();
    verify(&provider).await.unwrap();
    assert!(began.elapsed() < Duration::from_secs(1), "{:?}", began.elapsed());
    let connections: Vec<usize> = server.requests().iter().map(|arrival| arrival.connection).collect();
    assert_eq!(connections, [0, 1]);
}

#[tokio::test(start_paused = true)]
async fn an_idle_connection_that_answers_pings_is_used_again() {
    let server = RawHttp2Server::start(accept).await;
    let provider = provider(&server.base_url(), prior_knowledge());
    verify(&provider).await.unwrap();
    sleep(Duration::from_secs(15)).await;
    verify(&provider).await.unwrap();
    assert_eq!((server.connections(), server.requests().len()), (1, 2));
    assert!(server.pings() >= 2, "{}", server.pings());
}
