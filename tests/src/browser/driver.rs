//! The process of `chromedriver`, which starts Chromium.

use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

/// A driver of its own, on a port that the system chooses.
pub(super) struct Driver {
    process: Child,
    /// Of all files that driver and browser write.
    directory: TempDir,
    url: String,
}

impl Driver {
    pub(super) fn start() -> Self {
        let directory = TempDir::new().expect("a directory");
        let mut process = Command::new("chromedriver")
            .arg("--port=0")
            .env("TMPDIR", directory.path())
            // The browser is in the same group, so that both end together.
            .process_group(0)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("chromedriver is installed: the packages chromium and chromium-driver");
        let lines = BufReader::new(process.stdout.take().expect("its output")).lines();
        let started = lines.map_while(Result::ok).find_map(|line| {
            let (_, port) = line.split_once("started successfully on port ")?;
            port.trim_end_matches('.').parse::<u16>().ok()
        });
        let port = started.expect("chromedriver says on which port it is");
        Self { process, directory, url: format!("http://127.0.0.1:{port}") }
    }

    pub(super) fn url(&self) -> &str {
        &self.url
    }

    /// What browser to start: without a window, without a profile of before, and without connections of its own.
    pub(super) fn capabilities(&self) -> Value {
        let profile = format!("--user-data-dir={}", self.directory.path().join("profile").display());
        json!({
            "browserName": "chrome",
            // Commands do not wait for a page that is on its way: tests click twice, or close the tab, meanwhile.
            "pageLoadStrategy": "none",
            "goog:chromeOptions": { "args": [
                "--headless",
                "--no-sandbox", // Chromium's own sandbox does not run as root
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--disable-quic",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                profile,
            ] }
        })
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        // The minus stands for the group. By its id, so that no other browser on this machine ends.
        let group = format!("-{}", self.process.id());
        let _ = Command::new("kill").args(["-KILL", "--", &group]).status();
        let _ = self.process.wait();
    }
}
