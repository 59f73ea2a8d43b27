//! `otp config schema` and `otp config explain`.

use std::process::ExitCode;

use otp_facade::config::{GuardConfig, LimitConfig, ProviderConfig, SecretSource, StackConfig, StoreConfig};
use otp_facade::reqwest::Url;
use serde_json::{Value, json};

use crate::args::Explain;
use crate::command_error::CommandError;
use crate::output::{Output, STRONG};
use crate::target;

pub(crate) fn schema(output: &Output) -> Result<ExitCode, CommandError> {
    let schema = StackConfig::json_schema();
    let json = serde_json::from_str(&schema).unwrap_or(Value::Null);
    output.result(&schema, &json)?;
    Ok(ExitCode::SUCCESS)
}

pub(crate) fn explain(arguments: &Explain, output: &Output) -> Result<ExitCode, CommandError> {
    let config = target::read_file(&arguments.file, arguments.section.as_deref())?;
    let tree = tree(&config);
    output.result(&tree.draw(), &tree.to_json())?;
    Ok(ExitCode::SUCCESS)
}

/// A layer with what is inside it.
#[derive(Debug)]
struct Node {
    name: String,
    text: String,
    inside: Vec<Node>,
}

impl Node {
    fn new(name: impl Into<String>, text: impl Into<String>, inside: Vec<Self>) -> Self {
        Self { name: name.into(), text: text.into(), inside }
    }

    /// This layer around another.
    fn around(name: impl Into<String>, text: impl Into<String>, inner: Self) -> Self {
        Self::new(name, text, vec![inner])
    }

    fn draw(&self) -> String {
        let mut lines = String::new();
        self.draw_below("", "", &mut lines);
        lines
    }

    /// `first` is what stands before its own line, `rest` before the lines of what is inside.
    fn draw_below(&self, first: &str, rest: &str, lines: &mut String) {
        lines.push_str(&format!("{first}{STRONG}{}{STRONG:#}: {}\n", self.name, self.text));
        for (index, inner) in self.inside.iter().enumerate() {
            let is_last = index + 1 == self.inside.len();
            let (branch, below) = if is_last { ("└─ ", "   ") } else { ("├─ ", "│  ") };
            inner.draw_below(&format!("{rest}{branch}"), &format!("{rest}{below}"), lines);
        }
    }

    fn to_json(&self) -> Value {
        let inside: Vec<_> = self.inside.iter().map(Self::to_json).collect();
        json!({ "layer": self.name, "text": self.text, "inside": inside })
    }
}

/// The layers from outside to inside, in the order in which the stack is built.
fn tree(config: &StackConfig) -> Node {
    let mut members: Vec<_> = config.providers.iter().map(|provider| member(config, provider)).collect();
    let mut node = match members.len() {
        1 => members.remove(0),
        _ => Node::new("failover", failover(config), members),
    };
    if let Some(limit) = config.timeout_seconds {
        node = Node::around("timeout", format!("{limit} s for an operation with all its attempts"), node);
    }
    if let Some(guard) = &config.guard {
        node = Node::around("guard", describe_guard(guard), node);
    }
    if config.trace {
        node = Node::around("tracing", "a span for each operation", node);
    }
    if config.detached.enabled {
        let most = config.detached.max_in_flight.map(|max| format!(", at most {max} at once"));
        let text = format!(
            "operations run to their ends although their callers are gone{}",
            most.unwrap_or_default()
        );
        node = Node::around("detached", text, node);
    }
    node
}

fn member(config: &StackConfig, provider: &ProviderConfig) -> Node {
    let url =
        provider.base_url().map_or_else(|| "in this process".to_owned(), |url| format!("at {}", shown(url)));
    let secrets =
        provider.secrets().into_iter().map(|(key, source)| format!(", {key} from {}", place(source)));
    let optional =
        if provider.is_optional() { ", passed over for a recipient that lacks what it needs" } else { "" };
    let attempt = config.transport.timeout_seconds;
    let deadline = attempt.map_or_else(String::new, |limit| format!(", {limit} s for one attempt"));
    let text = format!("{} {url}{}{deadline}{optional}", provider.slug(), secrets.collect::<String>());
    let node = Node::new(provider.instance_name(), text, Vec::new());
    let Some(retry) = &config.retry else { return node };
    let attempts = retry.max_attempts.map_or_else(|| "several".to_owned(), |max| format!("at most {max}"));
    let text = format!("{attempts} attempts, and only while the provider certainly did nothing");
    Node::around("retry", text, node)
}

fn failover(config: &StackConfig) -> String {
    let settings = config.failover.as_ref();
    let after = match settings.is_some_and(|settings| settings.after_uncertain_create) {
        true => ", and create also when a message may have been sent",
        false => "",
    };
    let breaker = settings.and_then(|settings| settings.failures);
    let breaker = breaker
        .map_or_else(String::new, |count| format!("; {count} failures in a row open a circuit breaker"));
    format!(
        "the first that works starts a challenge; on to the next if one certainly did nothing{after}{breaker}"
    )
}

fn describe_guard(guard: &GuardConfig) -> String {
    let limit = |name: &str, limit: Option<&LimitConfig>| match limit {
        Some(LimitConfig::Unlimited) => format!(", no limit {name}"),
        Some(LimitConfig::AtMost(number)) => format!(", {number} {name}"),
        _ => String::new(),
    };
    let store = match &guard.store {
        StoreConfig::Memory(_) => "records in memory, for one process".to_owned(),
        StoreConfig::Redis(redis) => format!("records in Redis, URL from {}", place(&redis.url)),
        _ => "records in a store".to_owned(),
    };
    let codes = guard.calling_codes.as_ref().map(|codes| format!(", only to {}", codes.join(" ")));
    format!(
        "key from {}, {store}{}{}{}{}",
        place(&guard.key),
        limit("messages an hour", guard.per_hour.as_ref()),
        limit("a day", guard.per_day.as_ref()),
        limit("in all an hour", guard.global_per_hour.as_ref()),
        codes.unwrap_or_default(),
    )
}

/// Where a secret is, without looking there.
pub(crate) fn place(source: &SecretSource) -> String {
    match (source, source.variable()) {
        (_, Some(name)) => format!("${name}"),
        (SecretSource::Env(_), None) => {
            "an environment variable (shown only if of A-Z, 0-9 and _)".to_owned()
        }
        (SecretSource::File(path), None) => path.display().to_string(),
    }
}

/// Scheme, host, port and path of an address. The rest may be secret.
fn shown(address: &str) -> String {
    match Url::parse(address) {
        Ok(url) if url.has_host() => {
            let port = url.port().map_or_else(String::new, |port| format!(":{port}"));
            let host = url.host_str().unwrap_or_default();
            format!("{}://{host}{port}{}", url.scheme(), url.path().trim_end_matches('/'))
        }
        _ => "an address that is no URL".to_owned(),
    }
}
