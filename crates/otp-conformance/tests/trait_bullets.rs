//! The suite checks what the trait promises, no more and no less.

use std::collections::BTreeSet;

use otp_conformance::{Case, cases};

#[test]
fn the_bullets_of_the_trait_are_the_cases() {
    let source = include_str!("../../otp-facade/src/provider.rs");
    let bullets = source.lines().filter_map(|line| line.trim().strip_prefix("/// - "));
    let bullets: BTreeSet<String> = bullets.map(str::to_owned).collect();
    let cases: BTreeSet<String> = cases().iter().map(Case::name).collect();
    assert_eq!(bullets, cases);
}
