//! Coverage of the descriptions: each documented response is produced once. [`Caller`] checks that each is valid.

use std::collections::BTreeSet;

use otp_sandbox::{Fault, Provider};

use crate::caller::Caller;
use crate::spec::Spec;
use crate::subject;

#[tokio::test]
async fn every_documented_response_of_every_operation_can_be_produced() {
    for provider in Provider::ALL {
        let (caller, subject) = (Caller::new(provider).await, subject(provider));
        let mut id = String::new();
        let mut operations = Vec::new();
        for (status, method, path, body) in (subject.calls)() {
            let code = caller.sandbox.last_message(provider).map(|message| message.code).unwrap_or_default();
            let filled = |text: &str| text.replace("{id}", &id).replace("{code}", &code);
            let path = filled(path);
            let body = (!body.is_null()).then(|| filled(&body.to_string()));
            let body = body.map(|text| serde_json::from_str(&text).unwrap());
            let reply = caller.call(method, &path, body.clone()).await;
            assert_eq!(reply.status, status, "{provider} {method} {path}: {}", reply.text);
            if let (true, Some(found)) = (status < 300, reply.body.pointer(subject.id)) {
                found.as_str().into_iter().for_each(|found| found.clone_into(&mut id));
            }
            operations.push((method, path, body));
        }
        // Errors that no ordinary request causes: a missing credential, and what a fault has to inject.
        for (method, path, body) in operations {
            caller.send(method, &path, &[], body.clone()).await;
            let operation = Spec::of(provider).operation(method, path.split('?').next().unwrap()).unwrap();
            let seen = caller.seen.lock().unwrap().clone();
            let missing =
                Spec::of(provider).documented().into_iter().filter(|documented| !seen.contains(documented));
            for (_, status) in missing.filter(|(missing, status)| missing == operation.id && *status >= 400) {
                caller.sandbox.inject(
                    provider,
                    Fault::Response {
                        status,
                        headers: operation.response_headers(status),
                        body: (subject.error)().to_string(),
                    },
                );
                assert_eq!(caller.call(method, &path, body.clone()).await.status, status);
            }
        }
        let seen = caller.seen.lock().unwrap().clone();
        let documented: BTreeSet<_> = Spec::of(provider).documented().into_iter().collect();
        let missing: Vec<_> = documented.difference(&seen).collect();
        assert!(missing.is_empty(), "{provider}: {missing:?}");
    }
}
