//! On a terminal: questions, hidden input and Ctrl-C, through a pseudo terminal.

use std::fs::File;
use std::io::{Read, Seek, Write};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use otp_sandbox::{Fault, Provider, Sandbox};
use rustix::fs::{Mode, OFlags, open};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

/// Runs the command, says on the terminal how it ended, and waits for a key. While this shell is there, nothing of the output
/// is lost: when the first program of a terminal ends, the system drops what nobody has read.
const SHELL: &str =
    r#"trap : INT; "$0" "$@"; printf '\nended with %s.\n' "$?" >/dev/tty; read -r _ </dev/tty"#;

/// The command on a terminal of its own.
struct Terminal {
    child: Child,
    keys: File,
    /// What the terminal shows, in parts.
    output: Receiver<String>,
    shown: String,
    /// Up to where `expect` has read.
    read: usize,
}

impl Terminal {
    fn start(arguments: &[&str], environment: &[(&str, &str)]) -> Self {
        Self::start_with(arguments, environment, |_| {})
    }

    /// `redirect` may put another stream in place of the terminal.
    fn start_with(
        arguments: &[&str],
        environment: &[(&str, &str)],
        redirect: impl FnOnce(&mut Command),
    ) -> Self {
        let controller = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&controller).unwrap();
        unlockpt(&controller).unwrap();
        let name = ptsname(&controller, Vec::new()).unwrap();
        let terminal = File::from(open(name, OFlags::RDWR | OFlags::NOCTTY, Mode::empty()).unwrap());
        let stdio = || Stdio::from(terminal.try_clone().unwrap());
        // `setsid` makes it the controlling terminal, so that its Ctrl-C reaches the command.
        let mut command = Command::new("setsid");
        command
            .args(["--ctty", "--wait", "sh", "-c", SHELL, env!("CARGO_BIN_EXE_otp")])
            .args(arguments)
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .env("TERM", "xterm")
            .envs(environment.iter().copied())
            .stdin(stdio())
            .stdout(stdio())
            .stderr(stdio());
        redirect(&mut command);
        let child = command.spawn().unwrap();
        // It holds the terminal open, whose end is the end of the output.
        drop(command);
        let keys = File::from(controller);
        let mut screen = keys.try_clone().unwrap();
        let (sender, output) = channel();
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            // The read fails when the last program has left the terminal.
            while let Ok(length @ 1..) = screen.read(&mut buffer) {
                if sender.send(String::from_utf8_lossy(&buffer[..length]).into_owned()).is_err() {
                    break;
                }
            }
        });
        Self { child, keys, output, shown: String::new(), read: 0 }
    }

    /// Waits until the terminal shows this, after what was expected before.
    fn expect(&mut self, text: &str) {
        while !self.shown[self.read..].contains(text) {
            let part = self.output.recv_timeout(Duration::from_secs(30));
            self.shown += &part.unwrap_or_else(|_| panic!("no {text:?} in {:?}", self.shown));
        }
        self.read += self.shown[self.read..].find(text).unwrap() + text.len();
    }

    fn press(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).unwrap();
    }

    fn exit_code(&mut self) -> i32 {
        self.expect("ended with ");
        let begin = self.read;
        self.expect(".");
        let code = self.shown[begin..self.read - 1].parse().unwrap();
        self.press("\n");
        self.child.wait().unwrap();
        code
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

const NUMBER: &str = "+4915112345678";
const KEY: &str = "typed-secret-4711";

async fn smscx(command: &str) -> (Sandbox, Vec<String>) {
    let sandbox = Sandbox::start().await.unwrap();
    let url = sandbox.base_url(Provider::Smscx);
    let arguments = [command, "--provider", "smscx", "--base-url", &url, "--phone", NUMBER];
    let arguments = arguments.map(ToOwned::to_owned).to_vec();
    (sandbox, arguments)
}

fn start(arguments: &[String], environment: &[(&str, &str)]) -> Terminal {
    Terminal::start(&arguments.iter().map(String::as_str).collect::<Vec<_>>(), environment)
}

/// Starts the command with a file in place of one of its streams.
fn start_redirected(arguments: &[String], redirect: impl FnOnce(&mut Command, Stdio)) -> (Terminal, File) {
    let file = tempfile::tempfile().unwrap();
    let stream = Stdio::from(file.try_clone().unwrap());
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    let environment = [("SMSCX_API_KEY", KEY)];
    (Terminal::start_with(&arguments, &environment, |command| redirect(command, stream)), file)
}

fn text_of(mut file: File) -> String {
    let mut text = String::new();
    file.rewind().unwrap();
    file.read_to_string(&mut text).unwrap();
    text
}

/// Without the sequences that color text and move the cursor.
fn plain(shown: &str) -> String {
    let mut parts = shown.split('\u{1b}');
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let end = part.find(|c: char| c.is_ascii_alphabetic()).map_or(part.len(), |index| index + 1);
        text += &part[end..];
    }
    text
}

/// Each line of the recording is on the terminal, in the same order, with the code and the id of this time.
fn is_the_recording_of_the_readme(shown: &str, message: &otp_sandbox::Message) {
    let shown = plain(shown);
    let readme = include_str!("../../README.md");
    let recording = readme.split("```text\n$ otp try").nth(1).unwrap().split("```").next().unwrap();
    let recording = recording
        .replace("0826", &message.wrong_code())
        .replace("0825", &message.code)
        .replace("6d0166ae-241d-4817-a839-3f653a091699", message.challenge.as_deref().unwrap());
    let lines: Vec<_> =
        recording.lines().skip(1).map(str::trim_end).filter(|line| !line.is_empty()).collect();
    assert!(lines.len() > 6, "{lines:?}");
    let mut rest = shown.as_str();
    for line in lines {
        let index = rest.find(line).unwrap_or_else(|| panic!("{line:?} is not in {rest:?} of {shown:?}"));
        rest = &rest[index + line.len()..];
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn try_asks_for_what_it_needs_and_verifies() {
    let (sandbox, arguments) = smscx("try").await;
    let mut terminal = start(&arguments, &[]);
    terminal.expect("api_key of smscx (SMSCX_API_KEY is not set): ");
    terminal.press(&format!("{KEY}\n"));
    terminal.expect("may cost money. Send it? [y/N] ");
    assert!(sandbox.inbox().is_empty(), "it asks before it sends");
    terminal.press("y\n");
    terminal.expect("Code: ");
    let message = sandbox.message_to(NUMBER).unwrap();
    terminal.press(&format!("{}\n", message.wrong_code()));
    terminal.expect("wrong_code");
    terminal.expect("Code: ");
    terminal.press(&format!("{}\n", message.code));
    terminal.expect("verified");
    assert_eq!(terminal.exit_code(), 0, "{}", terminal.shown);
    assert!(!terminal.shown.contains(KEY), "{}", terminal.shown);
    assert!(terminal.shown.contains("\u{1b}["), "colors on a terminal");
    is_the_recording_of_the_readme(&terminal.shown, &message);
    assert_eq!(sandbox.journal()[0].header("x-api-key"), Some(sandbox.fingerprint(KEY).as_str()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rejected_code_is_no_result() {
    let (sandbox, mut arguments) = smscx("try").await;
    arguments.extend(["--json".to_owned(), "--yes".to_owned()]);
    let redirect = |command: &mut Command, results| {
        command.stdout(results);
    };
    let (mut terminal, results) = start_redirected(&arguments, redirect);
    terminal.expect("Code: ");
    let message = sandbox.message_to(NUMBER).unwrap();
    terminal.press(&format!("{}\n", message.wrong_code()));
    terminal.expect("wrong_code");
    terminal.expect("Code: ");
    terminal.press(&format!("{}\n", message.code));
    assert_eq!(terminal.exit_code(), 0, "{}", terminal.shown);
    let result: serde_json::Value = serde_json::from_str(&text_of(results)).unwrap();
    assert_eq!(result["verified"], true);
}

#[tokio::test(flavor = "multi_thread")]
async fn anything_but_yes_is_no() {
    let (sandbox, arguments) = smscx("create").await;
    for answer in ["\n", "n\n", "yeah\n", "\u{4}"] {
        let mut terminal = start(&arguments, &[("SMSCX_API_KEY", KEY)]);
        terminal.expect("[y/N] ");
        terminal.press(answer);
        assert_eq!(terminal.exit_code(), 130, "{}", terminal.shown);
        assert!(terminal.shown.contains("nothing was sent"), "{}", terminal.shown);
    }
    assert!(sandbox.journal().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn where_the_question_cannot_be_seen_nothing_is_sent() {
    for name in ["create", "try"] {
        let (sandbox, arguments) = smscx(name).await;
        let redirect = |command: &mut Command, errors| {
            command.stderr(errors);
        };
        let (mut terminal, errors) = start_redirected(&arguments, redirect);
        assert_eq!(terminal.exit_code(), 2, "{}", terminal.shown);
        assert!(sandbox.journal().is_empty());
        let shown = text_of(errors);
        assert!(shown.contains("pass --yes"), "{shown}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_provider_would_refuse_is_refused_before_the_question() {
    let (_sandbox, mut arguments) = smscx("create").await;
    arguments.extend(["--ttl".to_owned(), "1".to_owned()]);
    let mut terminal = start(&arguments, &[("SMSCX_API_KEY", KEY)]);
    assert_eq!(terminal.exit_code(), 4, "{}", terminal.shown);
    assert!(!terminal.shown.contains("[y/N]"));
}

#[tokio::test(flavor = "multi_thread")]
async fn ctrl_c_says_whether_a_message_may_have_been_sent() {
    let (sandbox, mut arguments) = smscx("create").await;
    let mut terminal = start(&arguments, &[("SMSCX_API_KEY", KEY)]);
    terminal.expect("[y/N] ");
    terminal.press("\u{3}");
    assert_eq!(terminal.exit_code(), 130, "{}", terminal.shown);
    assert!(terminal.shown.contains("interrupted: nothing was sent"), "{}", terminal.shown);
    assert!(sandbox.journal().is_empty());

    arguments.push("--yes".to_owned());
    sandbox.inject(Provider::Smscx, Fault::Delay(Duration::from_secs(3600)));
    let mut terminal = start(&arguments, &[("SMSCX_API_KEY", KEY)]);
    terminal.expect("sending");
    while sandbox.inbox().is_empty() {
        tokio::task::yield_now().await;
    }
    terminal.press("\u{3}");
    assert_eq!(terminal.exit_code(), 130, "{}", terminal.shown);
    assert!(terminal.shown.contains("interrupted: a message may have been sent"), "{}", terminal.shown);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hidden_prompt_that_is_interrupted_leaves_a_terminal_that_shows_what_is_typed() {
    let (_sandbox, arguments) = smscx("create").await;
    let mut terminal = start(&arguments, &[]);
    let echoes = |terminal: &Terminal| {
        let settings = rustix::termios::tcgetattr(&terminal.keys).unwrap();
        settings.local_modes.contains(rustix::termios::LocalModes::ECHO)
    };
    terminal.expect("is not set): ");
    while echoes(&terminal) {
        std::thread::yield_now();
    }
    terminal.press("\u{3}");
    assert_eq!(terminal.exit_code(), 130, "{}", terminal.shown);
    assert!(echoes(&terminal));
}
