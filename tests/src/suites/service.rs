//! The service of a provider in the sandbox: it produces each documented response once, and its codes have the states that
//! the inbox shows. [`Caller`] checks that each response is valid.

use std::collections::BTreeSet;
use std::time::Duration;

use otp_facade::Operation;
use otp_sandbox::{Fault, Provider};
use serde_json::Value;

use crate::providers::{operation, subject};
use crate::sandbox::{Caller, Description, Reply};
use crate::spec::{find, operations};

/// Status, method, path and body of a call.
///
/// In path and body, `{id}` is the id of the last challenge or enrollment, and `{code}` the code in the newest message. A
/// body is null where there is none, and is written as a form where the description wants one.
pub type Call = (u16, &'static str, &'static str, Value);

/// A call without its status, with id and code put in.
struct Filled {
    method: &'static str,
    path: String,
    body: Option<Value>,
}

impl Filled {
    fn new((_, method, path, body): &Call, id: &str, code: &str) -> Self {
        let filled = |text: &str| text.replace("{id}", id).replace("{code}", code);
        let body = (!body.is_null()).then(|| filled(&body.to_string()));
        let body = body.map(|text| serde_json::from_str(&text).expect("ids and codes need no escapes"));
        Self { method, path: filled(path), body }
    }

    async fn send(&self, caller: &Caller) -> Reply {
        caller.call(self.method, &self.path, self.body.clone()).await
    }
}

/// Makes the calls of a provider in their order, and injects the errors that no call produces. `error` is one in the
/// provider's format.
///
/// # Panics
///
/// If a call has another status, or if a documented response did not come.
pub async fn every_documented_response_of_every_operation_can_be_produced(
    provider: Provider,
    calls: Vec<Call>,
    error: &Value,
) {
    let (caller, subject) = (Caller::new(provider).await, subject(provider));
    let mut id = String::new();
    let mut made = Vec::new();
    for call in calls {
        let code = caller.sandbox.last_message(provider).map(|message| message.code).unwrap_or_default();
        let filled = Filled::new(&call, &id, &code);
        let (reply, status) = (filled.send(&caller).await, call.0);
        assert_eq!(reply.status, status, "{provider} {} {}: {}", filled.method, filled.path, reply.text);
        if let (true, Some(found)) = (status < 300, subject.id.and_then(|(at, _)| reply.body.pointer(at))) {
            found.as_str().into_iter().for_each(|found| found.clone_into(&mut id));
        }
        made.push(filled);
    }
    let documented: BTreeSet<(String, u16)> = operations(provider.slug())
        .iter()
        .flat_map(|it| it.successes.iter().chain(&it.errors).map(|status| (it.id.clone(), *status)))
        .collect();
    // Errors that no ordinary request causes: a missing credential, and what a fault has to inject.
    for call in made {
        caller.send(call.method, &call.path, &[], call.body.clone()).await;
        let operation = Description::of(provider).operation(call.method, &call.path);
        let operation = operation.expect("the call was checked against it");
        let missing = &documented - &caller.seen();
        for (_, status) in missing.into_iter().filter(|(id, status)| id == operation.id && *status >= 400) {
            caller.sandbox.inject(
                provider,
                Fault::Response {
                    status,
                    headers: operation.response_headers(status),
                    body: error.to_string(),
                },
            );
            assert_eq!(call.send(&caller).await.status, status);
        }
    }
    let missing = &documented - &caller.seen();
    assert!(
        missing.is_empty(),
        "`calls` of tests/tests/{provider}/service.rs needs a call that produces each of: {missing:?}"
    );
}

/// The first of the calls that succeeds at an operation of the facade. None if the provider does not have it.
fn success(provider: Provider, facade: Operation, calls: &[Call]) -> Option<&Call> {
    let due = operation(provider, facade)?;
    let is_it = |(status, method, path, _): &&Call| {
        let path = path.split('?').next().unwrap_or_default();
        *status < 300 && find(provider.slug(), method, path).is_some_and(|it| it.id == due.id)
    };
    let found = calls.iter().find(is_it);
    assert!(found.is_some(), "`calls` of tests/tests/{provider}/service.rs needs a {facade} that succeeds");
    found
}

/// Starts challenges and lets them come to each of their ends.
///
/// # Panics
///
/// If the inbox shows another state.
pub async fn a_code_is_pending_until_it_is_verified_exhausted_expired_or_cancelled(
    provider: Provider,
    calls: Vec<Call>,
) {
    let caller = Caller::new(provider).await;
    let create = async || {
        let reply = caller.create().await;
        assert!(reply.status < 300, "{reply:?}");
        caller.message().challenge.unwrap_or_default()
    };
    let accepted = success(provider, Operation::Verify, &calls).expect("every provider verifies");
    let verify = async |id: &str, code: &str| Filled::new(accepted, id, code).send(&caller).await.status;

    let id = create().await;
    let message = caller.message();
    let first = caller.inbox().await.remove(0);
    assert_eq!(first["state"], "pending");
    let attempts = first["attempts_left"].as_u64().expect("a number of attempts");
    assert!(first["expires"].as_str() > first["time"].as_str(), "{first}");
    verify(&id, &message.wrong_code()).await;
    assert_eq!(caller.inbox().await[0]["attempts_left"], attempts - 1);
    assert!(verify(&id, &message.code).await < 300);
    assert_eq!(caller.states().await, ["verified"]);

    let id = create().await;
    let wrong = caller.message().wrong_code();
    for _ in 0..attempts {
        verify(&id, &wrong).await;
    }
    assert_eq!(caller.states().await[1], "exhausted");

    // A service may send no other code to the same number until the first has expired.
    caller.sandbox.advance(Duration::from_secs(601));
    create().await;
    caller.sandbox.advance(Duration::from_secs(601));
    assert_eq!(caller.states().await, ["verified", "exhausted", "expired"]);

    if let Some(cancelled) = success(provider, Operation::Cancel, &calls) {
        let id = create().await;
        Filled::new(cancelled, &id, "").send(&caller).await;
        assert_eq!(caller.states().await[3], "cancelled");
    }
}
