//! Reads what is set: clock, faults, credentials, account, rate limit.

use serde_json::{Value, json};

use super::ROUTES;
use crate::Provider;
use crate::fault::{Fault, KINDS};
use crate::recording::fingerprint;
use crate::state::SharedState;

pub(super) fn overview(state: &SharedState) -> Value {
    let url = |provider: Provider| format!("{}{}", state.port(provider).origin, provider.base_path());
    let urls = Provider::ALL.iter().map(|provider| (provider.slug().to_owned(), Value::from(url(*provider))));
    let controls = ROUTES.iter().map(|route| format!("{} {}", route.method, route.path));
    json!({
        "sandbox": "No message leaves this machine. This is not a real provider.",
        "page": state.page.as_ref().map(|page| &page.origin),
        "seed": state.seed(),
        "now": state.clock.now().to_rfc3339(),
        "providers": urls.collect::<serde_json::Map<_, _>>(),
        "fault_kinds": KINDS.iter().map(|kind| kind.to_json()).collect::<Vec<_>>(),
        "controls": controls.collect::<Vec<_>>(),
    })
}

pub(super) fn clock(state: &SharedState) -> Value {
    json!({
        "now": state.clock.now().to_rfc3339(),
        "ahead_seconds": state.clock.ahead().as_secs(),
        "next_expiry": state.refreshed_inbox().next_expiry().map(|time| time.to_rfc3339()),
    })
}

/// The faults that are set, each as the body that sets it.
pub(super) fn faults(state: &SharedState) -> Value {
    let of = |provider: Provider| {
        state.faults(provider).into_iter().map(move |(fault, times)| {
            let mut json = fault.to_json();
            json["provider"] = json!(provider.slug());
            if fault != Fault::Refuse {
                json["times"] = json!(times);
            }
            json
        })
    };
    Provider::ALL.into_iter().flat_map(of).collect()
}

/// Credentials that are accepted, and fingerprints of those that are rejected.
pub(super) fn credentials(state: &SharedState) -> Value {
    let accepted = |provider: &Provider| {
        let credentials = crate::Credential::accepted_by(*provider).into_iter().map(|credential| {
            json!({ "header": credential.header, "scheme": credential.scheme, "value": credential.value })
        });
        (provider.slug().to_owned(), credentials.collect::<Value>())
    };
    let mut rejected: Vec<String> =
        state.rejected_credentials().iter().map(|credential| fingerprint(credential)).collect();
    rejected.sort_unstable();
    json!({
        "accepted": Provider::ALL.iter().map(accepted).collect::<serde_json::Map<_, _>>(),
        "rejected": rejected,
    })
}

pub(super) fn rate_limit(state: &SharedState) -> Value {
    let limit = |provider: &Provider| {
        let per_minute = state.port(*provider).rate_limit.per_minute();
        (provider.slug().to_owned(), json!(per_minute))
    };
    json!({ "per_minute": Provider::ALL.iter().map(limit).collect::<serde_json::Map<_, _>>() })
}

/// All that the page shows of the settings.
pub(super) fn all(state: &SharedState) -> Value {
    json!({
        "seed": state.seed(),
        "ahead_seconds": state.clock.ahead().as_secs(),
        "faults": faults(state),
        "credentials": credentials(state),
        "account": state.services.account(),
        "rate_limit": rate_limit(state),
    })
}
