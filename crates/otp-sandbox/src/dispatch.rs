//! Dispatches a request: to the controls, or through journal and faults to the service of the port.

use crate::fault::{Fault, ResponsePlan};
use crate::http::{Request, Response, Target};
use crate::recording::RecordedRequest;
use crate::services::Context;
use crate::state::SharedState;
use crate::{Provider, control};

/// `provider` is the one whose port received the request.
pub(crate) async fn dispatch(state: &SharedState, provider: Provider, request: &Request) -> ResponsePlan {
    // Controls are neither recorded nor disturbed by faults.
    if control::is_control_path(&request.path) {
        return ResponsePlan::Whole(control::respond(state, provider, request));
    }
    let target = Target::find(provider.routes(), &request.method, &request.path);
    let recorded = RecordedRequest::new(provider, request, target.operation());
    // Recorded before the response: a client that goes away during a delay was there all the same.
    let number = state.journal().record_request(recorded);
    let fault = state.next_fault(provider);
    let plan = match &fault {
        Some(fault) if !fault.acts() => ResponsePlan::without_acting(fault),
        fault => ResponsePlan::with_fault(act(state, provider, &target, request), fault.as_ref()),
    };
    if let Some(Fault::Delay(duration)) = fault {
        tokio::time::sleep(duration).await;
    }
    if let Some(status) = plan.status() {
        state.journal().record_status(number, status);
    }
    plan
}

/// Lets the service act, and delivers the messages that it sends.
fn act(state: &SharedState, provider: Provider, target: &Target, request: &Request) -> Response {
    let port = state.port(provider);
    let now = state.clock.now();
    let rejected = state.rejected_credentials();
    let mut context = Context {
        now,
        quota: port.rate_limit.count(now),
        origin: &port.origin,
        rejected: &rejected,
        outbox: Vec::new(),
    };
    let response = state.services.respond(provider, target, request, &mut context);
    state.inbox().receive(context.outbox);
    response
}
