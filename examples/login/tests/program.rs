//! The program, as `cargo run -p otp-login-example` starts it.

use std::io::{BufRead, BufReader, Lines, Read, Write};
use std::net::TcpStream;
use std::process::{Child, ChildStdout, Command, Stdio};

/// The program on a free port. It ends when it is dropped.
struct Program {
    process: Child,
    log: Lines<BufReader<ChildStdout>>,
}

impl Program {
    fn start() -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_otp-login-example"))
            .env("LOGIN__LISTEN", "127.0.0.1:0")
            .stdout(Stdio::piped())
            .spawn()
            .expect("it starts");
        let log = BufReader::new(process.stdout.take().expect("its log")).lines();
        Self { process, log }
    }

    /// Reads the log up to a line with these words, and returns what follows them.
    fn logged(&mut self, words: &str) -> String {
        let mut lines = self.log.by_ref().map_while(Result::ok);
        lines.find_map(|line| Some(line.split_once(words)?.1.to_owned())).expect(words)
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Fetches a page, with its headers.
fn get(address: &str, path: &str) -> String {
    let mut stream = TcpStream::connect(address).expect("a connection");
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n")
        .expect("it is sent");
    let mut response = String::new();
    stream.read_to_string(&mut response).expect("a response");
    response
}

#[test]
fn it_starts_without_an_account_says_where_the_codes_are_and_stops_when_it_is_told_to() {
    let mut program = Program::start();
    let address = program.logged("open http://");
    let inbox = program.logged("the codes are at http://");
    assert!(get(&address, "/").contains("Send me a code"));
    assert!(get(&address, "/ready").starts_with("HTTP/1.1 200"));
    // The gauges of the stack are there from the start.
    let metrics = get(&address, "/metrics");
    assert!(metrics.contains("otp_client_circuit_breaker_state{otp_provider=\"smscx-eu\"} 0"), "{metrics}");
    let (host, path) = inbox.split_once('/').expect("a path");
    assert!(get(host, &format!("/{path}")).starts_with("HTTP/1.1 200"));

    if cfg!(unix) {
        let stopped = Command::new("kill").arg(program.process.id().to_string()).status();
        assert!(stopped.expect("kill").success());
        assert!(program.process.wait().expect("its end").success());
    }
}
