//! What an application does with a stack besides calling it: readiness, shutdown, and sharing it.

use std::sync::Arc;
use std::time::Duration;

use otp_facade::config::{Stack, StackConfig};
use otp_facade::{CreateRequest, ErrorKind, OtpProvider, Recipient};
use otp_sandbox::{Fault, Provider, Sandbox};
use tokio::time::timeout;

use crate::example::{KEY, variables};

fn stack(sandbox: &Sandbox, lines: &str) -> Stack {
    let toml = format!(
        "{lines}\n[[providers]]\nprovider = \"smscx\"\napi_key = {{ env = \"KEY\" }}\nbase_url = \"{}\"\n",
        sandbox.base_url(Provider::Smscx)
    );
    let config = StackConfig::from_toml(&toml).expect("a good configuration");
    config.build_with(&variables([("KEY", "key")])).expect("a stack")
}

fn request() -> CreateRequest {
    CreateRequest::new(Recipient::phone("+4915112345678"))
}

#[tokio::test]
async fn drain_waits_for_the_messages_of_callers_that_are_gone() {
    for (lines, left) in [("", 1), ("detached.max_in_flight = 1", 1), ("detached.enabled = false", 0)] {
        let sandbox = Sandbox::start().await.unwrap();
        let stack = stack(&sandbox, lines);
        sandbox.inject(Provider::Smscx, Fault::Delay(Duration::from_secs(1)));
        let state: Arc<dyn OtpProvider> = Arc::new(stack.clone());
        timeout(Duration::from_millis(50), state.create(&request())).await.expect_err("it is delayed");
        assert_eq!(stack.drain(Duration::from_millis(1)).await, left, "{lines}");
        assert_eq!(stack.drain(Duration::from_secs(20)).await, 0, "{lines}");
        assert!(sandbox.inbox().len() >= left, "{lines}");
    }
}

#[tokio::test]
async fn a_stack_is_ready_without_a_request() {
    let sandbox = Sandbox::start().await.unwrap();
    let stack = stack(&sandbox, "");
    stack.ready().await.unwrap();
    assert_eq!(sandbox.journal().len(), 0);
}

#[tokio::test]
async fn a_stack_is_not_ready_while_all_circuit_breakers_are_open_or_its_store_is_away() {
    let sandbox = Sandbox::start().await.unwrap();
    let provider = |name: &str| {
        let base_url = sandbox.base_url(Provider::Smscx);
        format!(
            "[[providers]]\nprovider = \"smscx\"\nname = \"{name}\"\napi_key = {{ env = \"KEY\" }}\nbase_url = \"{base_url}\"\n"
        )
    };
    let both = provider("one") + &provider("two") + "[failover]\nfailures = 1\n";
    let stack = StackConfig::from_toml(&both).unwrap().build_with(&variables([("KEY", "key")])).unwrap();
    stack.ready().await.unwrap();
    sandbox.inject(Provider::Smscx, Fault::Refuse);
    stack.create(&request()).await.unwrap_err();
    let error = stack.ready().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
    assert!(error.retry_after() <= Some(Duration::from_secs(30)) && error.is_never_sent());

    let away = "[[providers]]\nprovider = \"memory\"\n\
        [guard]\nkey = { env = \"KEY\" }\nstore.redis = { url = { env = \"REDIS\" } }\n";
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let environment = variables([("KEY", KEY), ("REDIS", &format!("redis://{nobody}/0"))]);
    let stack = StackConfig::from_toml(away).unwrap().build_with(&environment).unwrap();
    assert_eq!(stack.ready().await.unwrap_err().kind(), ErrorKind::StoreUnavailable);
}
