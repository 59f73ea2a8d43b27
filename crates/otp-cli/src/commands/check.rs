//! `otp check`: whether everything is right, without a message and without an attempt.

use std::collections::HashMap;
use std::process::ExitCode;
use std::time::{Duration, SystemTime};

use otp_facade::config::{ProviderConfig, SecretSource, Stack};
use otp_facade::reqwest::{self, Url};
use otp_facade::{OtpProvider, is_loopback_url};
use serde_json::{Value, json};

use super::config::place;
use crate::args::Check;
use crate::command_error::CommandError;
use crate::interrupt::or_interrupted;
use crate::output::{BAD, GOOD, Output, WARNING};
use crate::target::{self, Loaded};

const DEADLINE: Duration = Duration::from_secs(10);
/// A clock that is further off makes tokens and times look wrong.
const MAX_CLOCK_DIFFERENCE: Duration = Duration::from_secs(30);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Severity {
    Good,
    Warning,
    Bad,
}

/// One line of the result.
#[derive(Debug)]
struct Finding {
    subject: String,
    severity: Severity,
    text: String,
}

/// Collects the lines.
#[derive(Debug, Default)]
struct Findings(Vec<Finding>);

impl Findings {
    fn add(&mut self, subject: impl Into<String>, severity: Severity, text: impl Into<String>) {
        self.0.push(Finding { subject: subject.into(), severity, text: text.into() });
    }
}

pub(crate) async fn run(arguments: Check, output: &Output) -> Result<ExitCode, CommandError> {
    let mut findings = Findings::default();
    match target::load(&arguments.target).await {
        Ok(loaded) => {
            findings.add("configuration", Severity::Good, "every key is known and every value fits");
            let work = async {
                all(loaded, &mut findings).await;
                Ok(())
            };
            or_interrupted(work, "nothing was sent to a provider's operations").await?;
        }
        // One that is incomplete is a finding, not a wrong argument.
        Err(CommandError::Usage(message)) => findings.add("configuration", Severity::Bad, message),
        Err(other) => return Err(other),
    }
    report(&findings.0, output)
}

async fn all(loaded: Loaded, findings: &mut Findings) {
    for provider in &loaded.config.providers {
        credentials(provider, &loaded.environment, findings);
    }
    if loaded.has_guard_in_memory() {
        let text = "its records are in memory and end with each command: only `otp try` can use them";
        findings.add("guard", Severity::Warning, text);
    }
    let providers = loaded.config.providers.clone();
    match loaded.build() {
        Ok(stack) => {
            findings.add("stack", Severity::Good, format!("can be built, as {}", stack.name()));
            store(&stack, findings).await;
        }
        // Its addresses may be those that were refused: none is asked.
        Err(error) => {
            return findings.add("stack", Severity::Bad, format!("cannot be built: {error}"));
        }
    }
    for provider in &providers {
        if let Some(url) = provider.base_url() {
            connection(provider.instance_name(), url, findings).await;
        }
    }
}

/// Present and well formed. Whether a provider accepts them is known only after a call.
fn credentials(provider: &ProviderConfig, environment: &HashMap<String, String>, findings: &mut Findings) {
    for (key, source) in provider.secrets() {
        let subject = format!("{} {key}", provider.instance_name());
        let place = place(source);
        if let SecretSource::File(path) = source
            && path.metadata().is_ok_and(|metadata| !metadata.is_file())
        {
            // A pipe has the secret once, and the stack reads it.
            findings.add(
                subject,
                Severity::Warning,
                format!("{place} is no regular file: its form is not checked"),
            );
            continue;
        }
        let text = match source {
            SecretSource::Env(name) => environment.get(name).cloned().ok_or("is not set".to_owned()),
            SecretSource::File(path) => {
                std::fs::read_to_string(path).map_err(|error| format!("cannot be read: {error}"))
            }
        };
        match text.as_deref().map(|text| text.trim_end_matches(['\r', '\n'])) {
            Err(reason) => {
                findings.add(subject, Severity::Bad, format!("{place} {reason}: put the secret there"))
            }
            Ok("") => findings.add(subject, Severity::Bad, format!("{place} is empty: put the secret there")),
            Ok(secret) if secret.trim() != secret => {
                findings.add(subject, Severity::Bad, format!("{place} has blanks around it: remove them"));
            }
            Ok(secret) if secret.chars().any(|c| c.is_control() || !c.is_ascii()) => {
                findings.add(
                    subject,
                    Severity::Bad,
                    format!("{place} has characters that no header can carry: copy it again"),
                );
            }
            Ok(_) => findings.add(subject, Severity::Good, format!("is in {place}, and well formed")),
        }
    }
}

async fn store(stack: &Stack, findings: &mut Findings) {
    // It asks the guard's store, and sends nothing to a provider.
    match tokio::time::timeout(DEADLINE, stack.ready()).await {
        Ok(Ok(())) => findings.add("store", Severity::Good, "is ready, or there is none"),
        Ok(Err(error)) => {
            findings.add("store", Severity::Bad, format!("{error}: start it, or correct its URL"))
        }
        Err(_) => findings.add("store", Severity::Bad, "does not respond: start it, or correct its URL"),
    }
}

/// DNS, then connection and TLS, then the clock, by a request that is no operation of the provider.
async fn connection(name: &str, base_url: &str, findings: &mut Findings) {
    let url = match Url::parse(base_url) {
        Ok(url) if url.host_str().is_some() => url,
        _ => {
            return findings.add(
                format!("{name} URL"),
                Severity::Bad,
                "is no URL with a host: correct base_url",
            );
        }
    };
    let (host, port) = (url.host_str().unwrap_or_default(), url.port_or_known_default().unwrap_or(443));
    let subject = format!("{name} DNS");
    // An IPv6 address has brackets in a URL only.
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let lookup = tokio::time::timeout(DEADLINE, tokio::net::lookup_host((bare, port))).await;
    if lookup.is_ok_and(|outcome| outcome.is_ok_and(|mut addresses| addresses.next().is_some())) {
        findings.add(subject, Severity::Good, format!("{host} has an address"));
    } else {
        let text = format!("{host} has no address: check the name, the network and the resolver");
        return findings.add(subject, Severity::Bad, text);
    }
    let is_tls = url.scheme() == "https";
    let subject = format!("{name} {}", if is_tls { "TLS" } else { "connection" });
    match get(&url).await {
        Ok(response) => {
            let secured =
                if is_tls { "is secured by a certificate that is trusted" } else { "is not encrypted" };
            findings.add(subject, Severity::Good, format!("{host} responds, and {secured}"));
            clock(name, response.headers().get("date"), findings);
        }
        Err(error) => findings.add(subject, Severity::Bad, reason(&error)),
    }
}

/// The root of the host. No provider has an operation there, and no credential is sent.
async fn get(url: &Url) -> reqwest::Result<reqwest::Response> {
    let client = reqwest::Client::builder().timeout(DEADLINE).redirect(reqwest::redirect::Policy::none());
    // As the providers' clients do it.
    let client = if is_loopback_url(url.as_str()) { client.no_proxy() } else { client }.build()?;
    let mut root = url.clone();
    root.set_path("/");
    root.set_query(None);
    client.get(root).send().await
}

/// The innermost reason, which has no URL.
fn reason(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        return "no response in time: check firewall and proxy".to_owned();
    }
    let mut inner: &dyn std::error::Error = error;
    while let Some(source) = inner.source() {
        inner = source;
    }
    format!("{inner}: check base_url, firewall, proxy and certificates")
}

fn clock(name: &str, date: Option<&reqwest::header::HeaderValue>, findings: &mut Findings) {
    let subject = format!("{name} clock");
    let theirs =
        date.and_then(|date| date.to_str().ok()).and_then(|date| httpdate::parse_http_date(date).ok());
    let Some(theirs) = theirs else {
        return findings.add(subject, Severity::Warning, "the server does not tell its time");
    };
    let ours = SystemTime::now();
    let difference = ours.duration_since(theirs).or_else(|_| theirs.duration_since(ours)).unwrap_or_default();
    if difference <= MAX_CLOCK_DIFFERENCE {
        findings.add(
            subject,
            Severity::Good,
            format!("is within {} s of this machine's", MAX_CLOCK_DIFFERENCE.as_secs()),
        );
    } else {
        let text = format!("is {} s away from this machine's: synchronize this one", difference.as_secs());
        findings.add(subject, Severity::Bad, text);
    }
}

fn report(findings: &[Finding], output: &Output) -> Result<ExitCode, CommandError> {
    let width = findings.iter().map(|finding| finding.subject.chars().count()).max().unwrap_or(0);
    let lines = findings.iter().map(|finding| {
        let (style, mark) = match finding.severity {
            Severity::Good => (GOOD, "✓"),
            Severity::Warning => (WARNING, "!"),
            Severity::Bad => (BAD, "✗"),
        };
        format!("{style}{mark}{style:#} {:<width$}  {}\n", finding.subject, finding.text)
    });
    let is_good = findings.iter().all(|finding| finding.severity != Severity::Bad);
    let json = |finding: &Finding| {
        let severity = match finding.severity {
            Severity::Good => "good",
            Severity::Warning => "warning",
            Severity::Bad => "bad",
        };
        json!({ "subject": finding.subject, "severity": severity, "text": finding.text })
    };
    let all: Value = findings.iter().map(json).collect();
    output.result(&lines.collect::<String>(), &json!({ "good": is_good, "findings": all }))?;
    // In JSON, the one object has said it.
    Ok(if is_good { ExitCode::SUCCESS } else { CommandError::Check.exit_code().into() })
}
