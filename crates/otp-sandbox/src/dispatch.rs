//! Dispatches a request: to the controls, to the page, or through journal and faults to the service of the port.

use std::sync::Arc;
use std::time::Instant;

use crate::fault::{Fault, ResponsePlan};
use crate::http::{Request, Response, Target};
use crate::recording::{Completion, RecordedRequest, response_body};
use crate::services::Context;
use crate::state::SharedState;
use crate::{Provider, control, page};

/// `provider` is the one whose port received the request.
pub(crate) async fn dispatch(
    state: &Arc<SharedState>,
    provider: Provider,
    request: &Request,
) -> ResponsePlan {
    // Controls are neither recorded nor disturbed by faults.
    if control::is_control_path(&request.path) {
        return control::respond(state, Some(provider), request);
    }
    let started = Instant::now();
    let target = Target::find(provider.routes(), &request.method, &request.path);
    let recorded = RecordedRequest::new(provider, request, target.operation(), state.clock.now());
    let named = recorded.possible_ids().find(|id| state.inbox().knows(id)).map(ToOwned::to_owned);
    // Recorded before the response: a client that goes away during a delay was there all the same.
    let number = state.journal().record(recorded);
    let fault = state.next_fault(provider);
    let (plan, challenge) = match &fault {
        Some(fault) if !fault.acts() => (ResponsePlan::without_acting(fault), named),
        fault => {
            let (response, started) = act(state, provider, &target, request);
            (ResponsePlan::with_fault(response, fault.as_ref()), started.or(named))
        }
    };
    if let Some(Fault::Delay(duration)) = fault {
        tokio::time::sleep(duration).await;
    }
    let sent = plan.response();
    let completion = Completion {
        status: plan.status(),
        took: started.elapsed(),
        challenge,
        fault: fault.as_ref().map(Fault::name),
        headers: sent.map(|response| response.headers.clone()).unwrap_or_default(),
        body: sent.and_then(|response| response_body(response.body.as_deref()?)),
    };
    state.journal().complete(number, completion);
    plan
}

/// Serves the page's port: the page, and the controls that it uses.
pub(crate) fn dispatch_page(state: &Arc<SharedState>, request: &Request) -> ResponsePlan {
    if control::is_control_path(&request.path) {
        return control::respond(state, None, request);
    }
    ResponsePlan::Whole(match state.allowed_hosts.allows(request) {
        true => page::respond(request),
        false => control::foreign_host(),
    })
}

/// Lets the service act, and delivers the messages that it sends. Returns the challenge of the first one, too.
fn act(
    state: &SharedState,
    provider: Provider,
    target: &Target,
    request: &Request,
) -> (Response, Option<String>) {
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
    let challenge = context.outbox.first().and_then(|message| message.challenge.clone());
    state.inbox().receive(context.outbox);
    (response, challenge)
}
