//! Circuit breaker: a failover skips a member that keeps failing.

use std::time::Duration;

use otp_facade::layers::Failover;
use otp_facade::{ErrorKind, OtpProvider, OtpProviderExt};
use otp_tests::{DOWN, Failure, FakeProvider, LOST, Step};
use tokio::time::{advance, timeout};

use crate::calls::request;

const COOL_DOWN: Duration = Duration::from_secs(30);
const HOUR: Duration = Duration::from_secs(3600);

async fn create(provider: &Failover, times: usize) {
    for _ in 0..times {
        let _ = provider.create(&request()).await;
    }
}

#[tokio::test(start_paused = true)]
async fn after_three_failures_in_a_row_a_member_is_left_out() {
    for failure in [DOWN, LOST, Step::Fail(Failure::new(ErrorKind::RateLimited, false))] {
        let (one, two) = (FakeProvider::new("one").then([failure; 100]), FakeProvider::new("two"));
        let provider = one.clone().with_failover(two.clone()).unwrap();
        create(&provider, 10).await;
        assert_eq!(one.count(), 3);
        assert!(two.count() >= 7);
    }
}

#[tokio::test(start_paused = true)]
async fn failures_that_are_not_in_a_row_leave_nobody_out() {
    let one = FakeProvider::new("one").then([DOWN, DOWN, Step::Succeed].repeat(5));
    let provider = one.clone().with_failover(FakeProvider::new("two")).unwrap();
    create(&provider, 15).await;
    assert_eq!(one.count(), 15);
}

#[tokio::test(start_paused = true)]
async fn refusals_leave_nobody_out() {
    for kind in [
        ErrorKind::ProviderDeclined,
        ErrorKind::Unauthorized,
        ErrorKind::InvalidRequest,
        ErrorKind::UnexpectedResponse,
    ] {
        let one = FakeProvider::new("one").then([Step::Fail(Failure::new(kind, false)); 10]);
        let provider = one.clone().with_failover(FakeProvider::new("two")).unwrap();
        create(&provider, 10).await;
        assert_eq!(one.count(), 10, "{kind:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_request_that_is_wrong_does_not_count_against_the_member() {
    for kind in [ErrorKind::InvalidRequest, ErrorKind::Unsupported, ErrorKind::CountryNotAllowed] {
        let wrong = Step::Fail(Failure::new(kind, false));
        let one = FakeProvider::new("one").then([DOWN, DOWN, wrong, DOWN, DOWN]);
        let two = FakeProvider::new("two");
        let provider = one.clone().with_failover(two.clone()).unwrap();
        create(&provider, 10).await;
        assert_eq!(one.count(), 4, "{kind:?}");
        // Nobody else is asked for what is wrong, or not allowed.
        assert_eq!(two.count(), 9, "{kind:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn after_the_cool_down_one_call_is_let_through() {
    let (one, two) = (FakeProvider::new("one").then([DOWN; 4]), FakeProvider::new("two"));
    let provider = one.clone().with_failover(two.clone()).unwrap();
    create(&provider, 5).await;
    advance(COOL_DOWN - Duration::from_millis(1)).await;
    create(&provider, 5).await;
    assert_eq!(one.count(), 3, "it was asked before its time");
    advance(Duration::from_millis(1)).await;
    create(&provider, 5).await;
    assert_eq!(one.count(), 4, "the trial failed, and there is no second one");
    advance(COOL_DOWN).await;
    create(&provider, 5).await;
    assert_eq!(one.count(), 9, "the trial succeeded, and it is asked as before");
}

#[tokio::test(start_paused = true)]
async fn only_one_of_many_calls_is_the_trial() {
    let one = FakeProvider::new("one").then([DOWN, DOWN, DOWN, Step::Hang(HOUR)]);
    let two = FakeProvider::new("two");
    let provider = one.clone().with_failover(two.clone()).unwrap();
    create(&provider, 3).await;
    advance(COOL_DOWN).await;
    let ten_calls = async {
        let (request, provider) = (request(), &provider);
        let trial = provider.create(&request);
        let others = create(provider, 9);
        tokio::select! {
            biased;
            _ = trial => panic!("the trial hangs"),
            () = others => {}
        }
    };
    ten_calls.await;
    assert_eq!((one.count(), two.count()), (4, 3 + 9));
}

#[tokio::test(start_paused = true)]
async fn when_all_are_left_out_the_first_is_asked_all_the_same() {
    let (one, two) = (FakeProvider::new("one").then([DOWN; 5]), FakeProvider::new("two").then([DOWN; 3]));
    let provider = one.clone().with_failover(two.clone()).unwrap();
    create(&provider, 5).await;
    assert_eq!((one.count(), two.count()), (5, 3));
    assert_eq!(provider.create(&request()).await.unwrap().id.issuer(), "one");
}

#[tokio::test(start_paused = true)]
async fn a_member_that_hangs_until_a_deadline_outside_is_left_out() {
    let one = FakeProvider::new("one").then([Step::Hang(HOUR); 10]);
    let provider = one.clone().with_failover(FakeProvider::new("two")).unwrap();
    for _ in 0..3 {
        timeout(Duration::from_secs(2), provider.create(&request())).await.unwrap_err();
    }
    assert_eq!(provider.create(&request()).await.unwrap().id.issuer(), "two");
    assert_eq!(one.count(), 3);
}

#[tokio::test(start_paused = true)]
async fn callers_that_do_not_wait_leave_nobody_out() {
    let one = FakeProvider::new("one").then([Step::Hang(HOUR); 10]);
    let provider = one.clone().with_failover(FakeProvider::new("two")).unwrap();
    for _ in 0..10 {
        timeout(Duration::from_millis(1900), provider.create(&request())).await.unwrap_err();
    }
    assert_eq!(one.count(), 10);
}

#[tokio::test(start_paused = true)]
async fn patience_and_cool_down_can_be_set() {
    for cool_down in [Duration::from_secs(5), Duration::MAX] {
        let one = FakeProvider::new("one").then([DOWN]);
        let provider =
            one.clone().with_failover(FakeProvider::new("two")).unwrap().with_breaker(1, cool_down);
        create(&provider, 5).await;
        assert_eq!(one.count(), 1);
        advance(Duration::from_secs(5)).await;
        create(&provider, 1).await;
        assert_eq!(one.count(), if cool_down == Duration::MAX { 1 } else { 2 });
    }
}
