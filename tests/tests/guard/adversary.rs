//! Nothing of what attackers do gets further than the settings promise.

use otp_sandbox::Provider;
use otp_tests::adversary::{Measured, STRATEGIES, World, measure, memory_store, table};

fn assert_promised(measured: &[Measured], what: &str) {
    let exceeded = measured.iter().any(Measured::exceeds);
    assert!(!exceeded, "{what}: more got through than is promised in brackets\n{}", table(measured));
}

#[tokio::test]
async fn in_a_year_nothing_gets_further_than_promised() {
    for provider in Provider::ALL {
        // A year for one provider: the limits of the others are the same, as the days show.
        let spans = if provider == Provider::Smscx { 3 } else { 2 };
        let measured = measure(spans, async || World::in_memory(provider, memory_store())).await;
        assert!(measured.len() > STRATEGIES.len() / 2, "strategies are missing");
        assert_promised(&measured, &format!("like {provider}"));
    }
}

#[tokio::test]
async fn in_a_day_nothing_gets_further_over_the_real_interfaces() {
    for provider in Provider::ALL {
        let over = measure(1, async || World::over_the_sandbox(provider, memory_store()).await).await;
        assert_promised(&over, &format!("over {provider}"));
        // The in-process provider with the same capabilities meets the same limits.
        let like = measure(1, async || World::in_memory(provider, memory_store())).await;
        assert_eq!(table(&over), table(&like), "{provider}");
    }
}
