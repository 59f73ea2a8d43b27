//! Nothing of what attackers do gets further than the settings promise.

use otp_sandbox::Provider;
use otp_tests::adversary::{Counted, Measured, STRATEGIES, World, fill, measure, memory_store, table};
use otp_tests::providers::subject;

const PAGE: &str = include_str!("../../../crates/otp-facade/docs/limits.md");

fn assert_promised(measured: &[Measured], what: &str) {
    let exceeded = measured.iter().any(Measured::exceeds);
    assert!(!exceeded, "{what}: more got through than is promised in brackets\n{}", table(measured));
}

#[tokio::test]
async fn in_a_year_nothing_gets_further_than_promised() {
    let measured = measure(3, async || World::without_limits_of_the_vendor(memory_store())).await;
    assert_eq!(measured.len(), STRATEGIES.len());
    assert_promised(&measured, "a provider without limits");
    let filled = fill(PAGE, &table(&measured));
    assert!(filled == PAGE, "write the page: cargo run -p otp-tests --example adversary\n{filled}");
}

#[tokio::test]
async fn in_a_week_nothing_gets_further_with_the_capabilities_of_any_provider() {
    for provider in Provider::ALL {
        let measured = measure(2, async || World::in_memory(provider, memory_store())).await;
        assert!(measured.len() > STRATEGIES.len() / 2, "strategies are missing");
        assert_promised(&measured, &format!("like {provider}"));
    }
}

/// `held by` names a test, and that test exists.
#[test]
fn the_page_about_requirements_names_tests_that_exist() {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
    let mut code = String::new();
    let folders =
        ["tests/tests", "crates/otp-conformance/src", "crates/otp-facade/src", "crates/otp-transport"];
    for folder in folders {
        read_all(std::path::Path::new(&format!("{root}/{folder}")), &mut code);
    }
    let named: Vec<&str> = PAGE
        .lines()
        .filter_map(|line| line.split_once("held by `"))
        .filter_map(|(_, rest)| rest.split_once('`').map(|(name, _)| name))
        .collect();
    assert!(named.len() > 12, "{named:?}");
    for name in named {
        assert!(code.contains(&format!("fn {name}(")), "there is no test {name}");
    }
}

fn read_all(folder: &std::path::Path, code: &mut String) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        match path.extension() {
            Some(extension) if extension == "rs" => {
                code.push_str(&std::fs::read_to_string(&path).expect("text"));
            }
            None if path.is_dir() => read_all(&path, code),
            _ => {}
        }
    }
}

#[tokio::test]
async fn in_a_day_nothing_gets_further_over_the_real_interfaces() {
    for provider in Provider::ALL {
        let over = measure(1, async || World::over_the_sandbox(provider, memory_store()).await).await;
        assert_promised(&over, &format!("over {provider}"));
        // The in-process provider with the same capabilities meets the same limits.
        let like = measure(1, async || World::in_memory(provider, memory_store())).await;
        assert_eq!(over.len(), like.len(), "{provider}");
        for (over, like) in over.iter().zip(&like) {
            let (strategy, counted) = (over.strategy, over.strategy.counted);
            let has_own_limit = counted == Counted::Guesses && subject(provider).keeps_attempts;
            match has_own_limit {
                true => assert!(over.counted <= like.counted, "{provider}: {}", strategy.name),
                false => assert_eq!(over.counted, like.counted, "{provider}: {}", strategy.name),
            }
        }
    }
}
