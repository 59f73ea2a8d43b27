//! A gateway in front of the provider that refuses everything: neither guesses nor messages become free.

use otp_facade::stores::MemoryStore;
use otp_facade::{
    CreateRequest, ErrorKind, Guard, GuardSettings, OtpProvider, Recipient, Rejection, Smscx, VerifyRequest,
};
use otp_sandbox::{Fault, Provider, Sandbox};
use serde_json::json;

const MANY: usize = 40;

fn guarded(sandbox: &Sandbox) -> Guard<Smscx> {
    let builder = Smscx::builder().api_key(sandbox.credentials(Provider::Smscx)[0].value.as_str());
    let provider = builder.base_url(sandbox.base_url(Provider::Smscx)).build().expect("valid settings");
    let settings = GuardSettings::new("a key of at least 32 characters, kept like a password");
    Guard::new(provider, MemoryStore::new(), settings).expect("valid settings")
}

fn request() -> CreateRequest {
    CreateRequest::new(Recipient::phone("+4915112345678"))
}

/// What a gateway may say, or a service of somebody else.
fn refusals() -> Vec<Fault> {
    let pages = [400, 403, 404, 409, 422, 429, 503].map(Fault::Html);
    let body =
        json!({ "error": { "type": "server_error", "message": "in words", "code": 9999 } }).to_string();
    let own = |status| Fault::Response { status, headers: Vec::new(), body: body.clone() };
    // In the vendor's form, with statuses that it does not document for these operations.
    pages.into_iter().chain([own(422), own(409), own(503)]).collect()
}

#[tokio::test]
async fn an_undocumented_refusal_of_a_verify_uses_an_attempt() {
    for fault in refusals() {
        let sandbox = Sandbox::start().await.expect("a sandbox");
        let guard = guarded(&sandbox);
        let challenge = guard.create(&request()).await.expect("a message");
        let (id, attempts) = (challenge.id, challenge.max_attempts);
        sandbox.inject_times(Provider::Smscx, fault.clone(), MANY);
        let mut reached: u32 = 0;
        for _ in 0..MANY {
            let error = guard.verify(&VerifyRequest::new(id.clone(), "000000")).await.expect_err("refused");
            reached += u32::from(error.kind() != ErrorKind::Rejected(Rejection::TooManyAttempts));
        }
        assert_eq!(Some(reached), attempts, "{fault:?}");
    }
}

#[tokio::test]
async fn an_undocumented_refusal_of_a_create_takes_the_interval() {
    for fault in refusals() {
        let sandbox = Sandbox::start().await.expect("a sandbox");
        let guard = guarded(&sandbox);
        sandbox.inject_times(Provider::Smscx, fault.clone(), MANY);
        let mut limited = 0;
        for _ in 0..MANY {
            let error = guard.create(&request()).await.expect_err("refused");
            limited += usize::from(error.retry_after().is_some() && !error.may_have_acted());
        }
        assert_eq!(limited, MANY - 1, "{fault:?}");
    }
}
