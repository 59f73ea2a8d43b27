//! Runs the strategies of attackers for a day, a week and a year, and writes the tables into the page of the documentation.
//!
//! `cargo run -p otp-tests --example adversary`

#![allow(clippy::print_stdout)]

use std::fs;

use otp_tests::adversary::{World, fill, measure, memory_store, table};

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../crates/otp-facade/docs/limits.md");

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let reached = measure(3, async || World::without_limits_of_the_vendor(memory_store())).await;
    let page = fs::read_to_string(PAGE).expect("the page is there");
    fs::write(PAGE, fill(&page, &table(&reached))).expect("the page can be written");
    println!("{}", table(&reached));
}
