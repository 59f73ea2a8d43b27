//! No request is sent twice, whatever a library below could repeat.

use otp_tests::frame::{self, Code};
use otp_tests::{Arrival, RawHttp2Server, Reaction};

use crate::{ACCEPTED, prior_knowledge, provider, verify};

fn accept(arrival: Arrival) -> Reaction {
    Reaction::write(frame::response(arrival.stream, 200, ACCEPTED))
}

/// The connection is left by GOAWAY after each response. The next request has not been sent on it, and goes to another.
#[tokio::test]
async fn a_request_that_finds_its_connection_ended_is_sent_once_on_another() {
    for reason in [Code::NoError, Code::EnhanceYourCalm] {
        let server = RawHttp2Server::start(move |arrival| {
            let response = frame::response(arrival.stream, 200, ACCEPTED);
            Reaction::write([response, frame::go_away(arrival.stream, reason)].concat())
        })
        .await;
        let provider = provider(&server.base_url(), prior_knowledge());
        for _ in 0..5 {
            verify(&provider).await.unwrap();
        }
        let expected: Vec<_> = (0..5).map(|connection| Arrival { connection, stream: 1 }).collect();
        assert_eq!(server.requests(), expected, "{reason:?}");
    }
}

/// The HTTP library repeats what a server refuses, up to a budget, unless it is told not to.
#[tokio::test]
async fn a_refused_request_is_returned_to_the_caller_and_not_repeated() {
    let refusals: [fn(u32) -> Vec<u8>; 2] = [
        |stream| frame::reset(stream, Code::RefusedStream),
        |stream| frame::go_away(stream - 1, Code::NoError),
    ];
    for refuse in refusals {
        let server = RawHttp2Server::start(move |arrival| match (arrival.connection, arrival.stream) {
            (0, 3) => Reaction::write(refuse(arrival.stream)),
            _ => accept(arrival),
        })
        .await;
        let provider = provider(&server.base_url(), prior_knowledge());
        verify(&provider).await.unwrap();
        let error = verify(&provider).await.unwrap_err();
        assert!(error.is_safe_to_repeat() && !error.may_have_acted(), "{error:?}");
        assert_eq!(server.requests().len(), 2);
        verify(&provider).await.unwrap();
        assert_eq!(server.requests().len(), 3);
    }
}
