//! One request over three unlike vendors: SMSCX first, Twilio second, Vonage third.
//!
//! `cargo run --example unlike_vendors` starts the sandbox, which serves their APIs on 127.0.0.1, and takes the vendors away one by one.
//! They differ in nearly everything: a wrong code is an error at two and a success at one, a second create is another challenge, a
//! resend, or refused. It exits with 1 if anything is not as it should be.

#![allow(clippy::print_stdout)]

use std::error::Error;

use otp_facade::{
    CreateRequest, ErrorKind, OtpProvider, OtpProviderExt, Recipient, Rejection, Smscx, Twilio,
    VerifyRequest, Vonage,
};
use otp_sandbox::{Fault, Provider, Sandbox};

const SERVICE: &str = "VA0123456789abcdef0123456789abcdef";

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let sandbox = Sandbox::start().await?;
    let provider = stack(&sandbox)?;
    // What all three can do: SMS to a phone number, with an id of ours that each writes in its own way.
    let request = CreateRequest::new(Recipient::phone("+4915112345678"))
        .with_tracking_id("c41f9d06-7b2e-4f58-a3c9-60d8e1f2b745");

    for (away, expected) in [
        (&[][..], Provider::Smscx),
        (&[Provider::Smscx][..], Provider::Twilio),
        (&[Provider::Smscx, Provider::Twilio], Provider::Vonage),
    ] {
        let names: Vec<_> = away.iter().map(ToString::to_string).collect();
        println!("\nAway: {}", if names.is_empty() { "nobody".to_owned() } else { names.join(", ") });
        away.iter().for_each(|vendor| sandbox.inject(*vendor, Fault::Refuse));
        let challenge = provider.create(&request).await?;
        println!(
            "  create   by {}, {} attempts",
            challenge.id.issuer(),
            challenge.max_attempts.unwrap_or_default()
        );
        expect(challenge.id.issuer() == expected.slug(), "the first that can be reached sends")?;
        expect(sandbox.inbox().len() == 1, "one message")?;
        let message = sandbox.last_message(expected).ok_or("no message")?;
        // The vendors are back: the challenge is the issuer's all the same.
        sandbox.clear_faults();
        let verify = |code: String| VerifyRequest::new(challenge.id.clone(), code);
        let wrong =
            provider.verify(&verify(message.wrong_code())).await.err().ok_or("a wrong code was accepted")?;
        println!("  verify   {wrong}");
        expect(wrong.kind() == ErrorKind::Rejected(Rejection::WrongCode), "it is a wrong code everywhere")?;
        let verified = provider.verify(&verify(message.code.clone())).await?;
        println!("  verify   accepted by {}", verified.id.issuer());
        expect(provider.verify(&verify(message.code)).await.is_err(), "a code is accepted once")?;
        sandbox.clear_inbox();
    }

    println!("\nSMSCX sends the message and cuts the line: nobody else is asked.");
    sandbox.inject(Provider::Smscx, Fault::ActThenDrop);
    let error =
        provider.create(&request).await.err().ok_or("nobody can know that a challenge was started")?;
    println!("  create   {error}");
    expect(error.may_have_acted() && sandbox.inbox().len() == 1, "one message, and an error that says so")?;
    println!("\nOne message each time. Nothing left this machine.");
    Ok(())
}

fn stack(sandbox: &Sandbox) -> Result<Box<dyn OtpProvider>, Box<dyn Error>> {
    let smscx = Smscx::builder().api_key("key").base_url(sandbox.base_url(Provider::Smscx)).build()?;
    let twilio = Twilio::builder().service_sid(SERVICE).api_key("SK1", "secret");
    let twilio = twilio.base_url(sandbox.base_url(Provider::Twilio)).build()?;
    let vonage = Vonage::builder().brand("Acme").api_key("key", "secret");
    let vonage = vonage.base_url(sandbox.base_url(Provider::Vonage)).build()?;
    Ok(Box::new(smscx.with_failover(twilio)?.with_failover(vonage)?))
}

fn expect(condition: bool, what: &str) -> Result<(), String> {
    condition.then_some(()).ok_or_else(|| format!("not so: {what}"))
}
