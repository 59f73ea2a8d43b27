//! The examples of the README: each is a line for a shell, and does what it says.

use otp_sandbox::{Provider, Sandbox};
use otp_tests::sandbox::{Caller, http_client};
use otp_transport::reqwest;
use serde_json::{Value, json};

const README: &str = include_str!("../../../crates/otp-sandbox/README.md");

/// A line of the README, as `curl` would send it.
#[derive(Debug, Default)]
struct Curl {
    method: Option<String>,
    headers: Vec<String>,
    body: Option<String>,
    url: String,
}

/// The words of a line of a shell: blanks separate, single quotes hold together, `#` begins a comment.
fn words(line: &str) -> Vec<String> {
    let (mut words, mut word, mut quoted, mut any) = (Vec::new(), String::new(), false, false);
    for c in line.chars() {
        match c {
            '\'' => (quoted, any) = (!quoted, true),
            '#' if !quoted && word.is_empty() => break,
            ' ' if !quoted => {
                if any || !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                    any = false;
                }
            }
            other => word.push(other),
        }
    }
    if any || !word.is_empty() {
        words.push(word);
    }
    words
}

fn curl(line: &str) -> Curl {
    let mut words = words(line).into_iter();
    assert_eq!(words.next().as_deref(), Some("curl"), "{line}");
    let mut curl = Curl::default();
    while let Some(word) = words.next() {
        match word.as_str() {
            "-X" => curl.method = words.next(),
            "-H" => curl.headers.extend(words.next()),
            "-d" => curl.body = words.next(),
            "-N" | "-s" => {}
            url if url.starts_with("http") && curl.url.is_empty() => curl.url = word,
            other => panic!("{other} in {line}"),
        }
    }
    assert!(!curl.url.is_empty(), "{line}");
    curl
}

impl Curl {
    async fn send(&self, url: &str) -> reqwest::Response {
        let default = if self.body.is_some() { "POST" } else { "GET" };
        let method = self.method.as_deref().unwrap_or(default);
        let client = http_client();
        let mut request = client.request(method.parse().unwrap(), url);
        // What `curl -d` sends unless `-H` says otherwise.
        let is_labeled = self.headers.iter().any(|header| header.to_lowercase().starts_with("content-type"));
        if self.body.is_some() && !is_labeled {
            request = request.header("content-type", "application/x-www-form-urlencoded");
        }
        for header in &self.headers {
            let (name, value) = header.split_once(": ").unwrap();
            request = request.header(name, value);
        }
        request.body(self.body.clone().unwrap_or_default()).send().await.unwrap()
    }
}

async fn read(response: reqwest::Response) -> Value {
    serde_json::from_str(&response.text().await.unwrap()).unwrap_or_default()
}

#[tokio::test]
async fn every_curl_line_of_the_readme_works() {
    let sandbox = Sandbox::builder().page_port(0).start().await.unwrap();
    let origin = sandbox.page_url().unwrap().trim_end_matches('/').to_owned();
    let agilicus = Caller::with(sandbox.clone(), Provider::Agilicus);
    let push = json!({ "spec": { "user_id": "u", "challenge_type": "web_push", "send_now": true } });
    let lines: Vec<_> = README.lines().filter(|line| line.starts_with("curl ")).collect();
    assert!(lines.len() > 25, "{lines:?}");
    for line in lines {
        let curl = curl(line);
        let mut url = curl.url.replace("http://127.0.0.1:4000", &origin);
        if url.contains("CHALLENGE") {
            let reply = agilicus.call("POST", "/v1/challenges", Some(push.clone())).await;
            url = url.replace("CHALLENGE", &reply.string_at("/metadata/id"));
        } else if curl.body.as_deref().is_some_and(|body| body.contains("to_next_expiry")) {
            agilicus.call("POST", "/v1/challenges", Some(push.clone())).await;
        }
        let response = curl.send(&url).await;
        assert!(response.status().is_success(), "{line}: {}", response.status());
        if !url.ends_with("/events") {
            read(response).await;
        }
    }
}

/// Each control that the sandbox lists is in the README, and the other way round.
#[tokio::test]
async fn the_readme_has_an_example_of_every_control() {
    let caller = Caller::new(Provider::Smscx).await;
    let url = caller.sandbox.control_url();
    let overview = read(http_client().get(&url).send().await.unwrap()).await;
    let controls: Vec<_> =
        overview["controls"].as_array().unwrap().iter().map(|it| it.as_str().unwrap().to_owned()).collect();
    let examples: Vec<_> = README.lines().filter(|line| line.starts_with("curl ")).map(curl).collect();
    for control in &controls {
        let (method, path) = control.split_once(' ').unwrap();
        let path = path.replace("{}", "CHALLENGE");
        let is_it = |curl: &&Curl| {
            let default = if curl.body.is_some() { "POST" } else { "GET" };
            let own = curl.url.strip_prefix("http://127.0.0.1:4000").unwrap().split('?').next().unwrap();
            own == path && curl.method.as_deref().unwrap_or(default) == method
        };
        assert!(examples.iter().any(|curl| is_it(&curl)), "no example of {control}");
    }
}

/// The table of faults says the same as the page.
#[tokio::test]
async fn the_table_of_faults_is_that_of_the_controls() {
    let caller = Caller::new(Provider::Smscx).await;
    let overview = read(http_client().get(caller.sandbox.control_url()).send().await.unwrap()).await;
    let kinds = overview["fault_kinds"].as_array().unwrap();
    let rows: Vec<Vec<_>> = README
        .lines()
        .filter(|line| line.starts_with("| `") && line.matches('|').count() == 5)
        .map(|line| line.split('|').map(str::trim).collect())
        .collect();
    assert_eq!(rows.len(), kinds.len());
    for (kind, row) in kinds.iter().zip(&rows) {
        let mut names = vec![kind["fault"].as_str().unwrap()];
        names.extend(kind["fields"].as_object().unwrap().keys().map(String::as_str));
        let documented: Vec<_> = row[2].split(", ").map(|name| name.trim_matches('`')).collect();
        names.sort_unstable();
        let mut sorted = documented.clone();
        sorted.sort_unstable();
        assert_eq!(names, sorted, "{row:?}");
        assert_eq!(row[3] == "yes", kind["acts"] == true, "{row:?}");
        assert_eq!(row[4], kind["client_sees"].as_str().unwrap());
    }
}
