//! A whole stack from a file.
//!
//! `cargo run --example configured --features config,redis,tracing` builds what `examples/stack.toml` says and shows
//! it. Another file may be given as argument. Where secrets are missing, it says which; nothing is sent.

#![allow(clippy::print_stdout)]

use std::error::Error;

use otp_facade::config::StackConfig;

fn main() -> Result<(), Box<dyn Error>> {
    let usual = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/stack.toml").to_owned();
    let path = std::env::args().nth(1).unwrap_or(usual);

    let config = StackConfig::load(&path)?;
    println!("{path} is good: {} providers.", config.providers.len());

    match config.build() {
        Ok(stack) => println!("The stack, from outside to inside:\n{stack:#?}"),
        Err(error) => println!("It cannot be built here:\n  {error}"),
    }
    Ok(())
}
