//! Control API over HTTP, for tests in other languages, for people with `curl`, and for the inbox page.

mod events;
mod fault_body;
mod operations;
mod settings;

use std::sync::Arc;

use serde_json::json;

use crate::Provider;
use crate::fault::ResponsePlan;
use crate::http::{Request, Response, Route, Target};
use crate::state::SharedState;

/// Every port serves the controls under this path. No provider uses it.
pub(crate) const PATH: &str = "/__sandbox";

const ROUTES: &[Route] = &[
    Route { method: "GET", path: "/__sandbox", operation: "overview" },
    Route { method: "GET", path: "/__sandbox/inbox", operation: "inbox" },
    Route { method: "DELETE", path: "/__sandbox/inbox", operation: "clear_inbox" },
    Route { method: "GET", path: "/__sandbox/journal", operation: "journal" },
    Route { method: "DELETE", path: "/__sandbox/journal", operation: "clear_journal" },
    Route { method: "GET", path: "/__sandbox/events", operation: "events" },
    Route { method: "GET", path: "/__sandbox/clock", operation: "clock" },
    Route { method: "POST", path: "/__sandbox/clock", operation: "advance" },
    Route { method: "GET", path: "/__sandbox/faults", operation: "faults" },
    Route { method: "POST", path: "/__sandbox/faults", operation: "inject" },
    Route { method: "DELETE", path: "/__sandbox/faults", operation: "clear_faults" },
    Route { method: "GET", path: "/__sandbox/seed", operation: "seed" },
    Route { method: "POST", path: "/__sandbox/seed", operation: "reseed" },
    Route { method: "POST", path: "/__sandbox/challenges/{}", operation: "settle" },
    Route { method: "GET", path: "/__sandbox/credentials", operation: "credentials" },
    Route { method: "POST", path: "/__sandbox/credentials", operation: "set_credentials" },
    Route { method: "GET", path: "/__sandbox/account", operation: "account" },
    Route { method: "POST", path: "/__sandbox/account", operation: "set_account" },
    Route { method: "GET", path: "/__sandbox/rate-limit", operation: "rate_limit" },
    Route { method: "POST", path: "/__sandbox/rate-limit", operation: "set_rate_limit" },
    Route { method: "POST", path: "/__sandbox/reset", operation: "reset" },
];

pub(crate) fn is_control_path(path: &str) -> bool {
    path == PATH || path.strip_prefix(PATH).is_some_and(|rest| rest.starts_with('/'))
}

/// `called` is the provider whose port was called. It is the default where a body names no provider. The page's port
/// belongs to none.
pub(crate) fn respond(state: &Arc<SharedState>, called: Option<Provider>, request: &Request) -> ResponsePlan {
    ResponsePlan::Whole(match Target::find(ROUTES, &request.method, &request.path) {
        _ if !state.allowed_hosts.allows(request) => foreign_host(),
        Target::Operation("events", _) => return events::stream(state, request),
        Target::Operation(operation, segments) => {
            match operations::run(state, called, request, operation, segments.get(0)) {
                Ok(Some(body)) => with_headers(Response::json(200, &body)),
                Ok(None) => Response::empty(204),
                Err(message) => error(400, &message),
            }
        }
        Target::OtherMethod(allowed) => {
            error(405, "This path does not support this method").with("allow", allowed)
        }
        Target::Unknown => error(404, "There is no control at this path"),
    })
}

/// The response to a `Host` or `Origin` that is not allowed.
pub(crate) fn foreign_host() -> Response {
    error(403, "The controls answer to loopback names only. Allow other hosts with `allowed_hosts`")
}

/// What is read here is for this origin and for now.
fn with_headers(response: Response) -> Response {
    response
        .with("cache-control", "no-store")
        .with("cross-origin-resource-policy", "same-origin")
        .with("x-content-type-options", "nosniff")
}

fn error(status: u16, message: &str) -> Response {
    Response::json(status, &json!({ "error": message }))
}
