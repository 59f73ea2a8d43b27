//! A dead first provider, and a second one that steps in, without a second message.
//!
//! `cargo run --example failover` starts the sandbox, which serves both APIs on 127.0.0.1, and lets SMSCX fail in two
//! ways: it refuses connections, and it sends a message and then cuts the line. It exits with 1 if anything is not as
//! it should be.

#![allow(clippy::print_stdout)]

use std::error::Error;
use std::time::Duration;

use otp_facade::{
    Agilicus, CreateRequest, OtpProvider, OtpProviderExt, Recipient, RetryPolicy, Smscx, Status,
    VerifyRequest,
};
use otp_sandbox::{Fault, Provider, Sandbox};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let sandbox = Sandbox::start().await?;
    let provider = stack(&sandbox)?;
    println!("{} first, then Agilicus. Each takes of the recipient what it needs.\n", provider.name());
    let request = CreateRequest::new(Recipient::phone("+4915112345678").with_user_id("user-7"));

    println!("SMSCX refuses connections: it cannot have sent anything.");
    sandbox.inject(Provider::Smscx, Fault::Refuse);
    let challenge = provider.create(&request).await?;
    println!("  create   started by {}", challenge.id.issuer());
    expect(challenge.id.issuer() == "agilicus", "the second one steps in")?;
    let message = only_message(&sandbox, Provider::Agilicus)?;
    provider.verify(&VerifyRequest::new(challenge.id.clone(), message)).await?;
    println!("  verify   accepted by {}", challenge.id.issuer());
    expect(provider.status(&challenge.id).await? == Status::Verified, "the issuer knows it")?;
    sandbox.clear_faults();
    sandbox.clear_inbox();

    println!("\nSMSCX sends the message and cuts the line: nobody knows that it did.");
    sandbox.inject(Provider::Smscx, Fault::ActThenDrop);
    let Err(error) = provider.create(&request).await else {
        return Err("nobody can know that a challenge was started".into());
    };
    println!("  create   {error}");
    expect(error.may_have_acted(), "the error says that a message may have been sent")?;
    only_message(&sandbox, Provider::Smscx)?;

    println!("\nOne message each time. Nothing left this machine.");
    Ok(())
}

/// SMSCX, and Agilicus to step in, as an application would build it once at its start.
fn stack(sandbox: &Sandbox) -> Result<Box<dyn OtpProvider>, Box<dyn Error>> {
    let smscx = Smscx::builder().api_key("key").base_url(sandbox.base_url(Provider::Smscx)).build()?;
    let agilicus =
        Agilicus::builder().bearer("token").base_url(sandbox.base_url(Provider::Agilicus)).build()?;
    let policy = RetryPolicy::default().with_delay(Duration::from_millis(50), Duration::from_secs(1));
    let both = smscx.with_retry(policy).with_failover(agilicus.with_retry(policy))?;
    Ok(Box::new(both.with_timeout(Duration::from_secs(15))))
}

/// The code of the only message that went out, which must be from this provider.
fn only_message(sandbox: &Sandbox, from: Provider) -> Result<String, String> {
    let inbox = sandbox.inbox();
    let senders: Vec<_> = inbox.iter().map(|message| message.provider.to_string()).collect();
    println!("  inbox    {} message, from {}", inbox.len(), senders.join(" and "));
    match inbox.as_slice() {
        [message] if message.provider == from => Ok(message.code.clone()),
        _ => Err(format!("one message from {from} was expected")),
    }
}

fn expect(condition: bool, what: &str) -> Result<(), String> {
    condition.then_some(()).ok_or_else(|| format!("not so: {what}"))
}
