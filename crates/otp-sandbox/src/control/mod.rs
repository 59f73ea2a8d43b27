//! Control API over HTTP, for tests in other languages and for people with `curl`.

mod fault_body;
mod operations;

use serde_json::json;

use crate::Provider;
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
    Route { method: "POST", path: "/__sandbox/clock", operation: "advance" },
    Route { method: "POST", path: "/__sandbox/faults", operation: "inject" },
    Route { method: "DELETE", path: "/__sandbox/faults", operation: "clear_faults" },
    Route { method: "POST", path: "/__sandbox/seed", operation: "reseed" },
    Route { method: "POST", path: "/__sandbox/challenges/{}", operation: "settle" },
    Route { method: "POST", path: "/__sandbox/credentials", operation: "credentials" },
    Route { method: "POST", path: "/__sandbox/account", operation: "account" },
];

pub(crate) fn is_control_path(path: &str) -> bool {
    path == PATH || path.strip_prefix(PATH).is_some_and(|rest| rest.starts_with('/'))
}

/// `called` is the provider whose port was called. It is the default where a body names no provider.
pub(crate) fn respond(state: &SharedState, called: Provider, request: &Request) -> Response {
    if !state.allowed_hosts.allows(request) {
        let message = "The controls answer to loopback names only. Allow other hosts with `allowed_hosts`";
        return error(403, message);
    }
    let outcome = match Target::find(ROUTES, &request.method, &request.path) {
        Target::Operation(operation, segments) => {
            operations::run(state, called, request, operation, segments.get(0))
        }
        Target::OtherMethod(allowed) => {
            return error(405, "This path does not support this method").with("allow", allowed);
        }
        Target::Unknown => return error(404, "There is no control at this path"),
    };
    match outcome {
        Ok(Some(body)) => Response::json(200, &body),
        Ok(None) => Response::empty(204),
        Err(message) => error(400, &message),
    }
}

fn error(status: u16, message: &str) -> Response {
    Response::json(status, &json!({ "error": message }))
}
