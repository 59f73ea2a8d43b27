//! `otp providers` and the README say the same.

use crate::program::run;

const README: &str = include_str!("../../../../README.md");

/// The cells of a row of the README's table, by the name in its first cell.
fn row(name: &str) -> Vec<String> {
    let table = README.split("## What the providers support").nth(1).unwrap();
    let line = table.lines().find(|line| line.starts_with(&format!("| {name} |"))).unwrap();
    line.trim_matches('|').split(" | ").skip(1).map(|cell| cell.trim().to_owned()).collect()
}

/// `Deutsche Bank` is `deutsche-bank`.
fn slugs() -> Vec<String> {
    let table = README.split("## What the providers support").nth(1).unwrap();
    let header = table.lines().find(|line| line.starts_with("| |")).unwrap();
    let names = header.trim_start_matches("| |").trim_end_matches('|').split('|');
    names.map(|name| name.trim().to_lowercase().replace(' ', "-")).collect()
}

#[tokio::test]
async fn the_table_of_the_readme_is_that_of_the_capabilities() {
    let printed = run(&["providers", "--json"], &[], "").await.json();
    let slugs = slugs();
    assert_eq!(printed.as_object().unwrap().len(), slugs.len(), "a provider is missing: {printed}");
    for name in ["cancel", "status", "recipient", "channels", "options"] {
        for (slug, cell) in slugs.iter().zip(row(name)) {
            assert_eq!(printed[slug][name], cell.as_str(), "{name} of {slug}");
        }
    }
}

#[tokio::test]
async fn text_has_every_provider() {
    let outcome = run(&["providers"], &[], "").await;
    for slug in slugs() {
        assert!(outcome.out.lines().any(|line| line == slug), "{slug} in {}", outcome.out);
    }
}
