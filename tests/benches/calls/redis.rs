//! A guard whose records are in Redis, and what is sent of it if there is nothing to do: scripts that only return a value.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use otp_facade::Operation;
use redis::aio::MultiplexedConnection;
use redis::{Client, Script, Value};
use tokio::runtime::{Builder, Runtime};

use crate::subject::Subject;

/// A server that keeps nothing on disk, for as long as this lives.
pub(crate) struct Server {
    process: Child,
    port: u16,
}

impl Server {
    /// None where Redis is not installed.
    pub(crate) fn start() -> Option<Self> {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut command = Command::new("redis-server");
        command.args([
            "--port",
            &port.to_string(),
            "--bind",
            "127.0.0.1",
            "--save",
            "",
            "--appendonly",
            "no",
        ]);
        let Ok(process) = command.stdout(Stdio::null()).spawn() else {
            println!("redis-server is not installed: the guard is measured with records in memory only");
            return None;
        };
        let server = Self { process, port };
        while !server.responds() {
            thread::sleep(Duration::from_millis(20));
        }
        Some(server)
    }

    pub(crate) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}/", self.port)
    }

    fn responds(&self) -> bool {
        let mut response = [0; 5];
        let asked = TcpStream::connect(("127.0.0.1", self.port)).and_then(|mut stream| {
            stream.write_all(b"PING\r\n")?;
            stream.read_exact(&mut response)
        });
        asked.is_ok() && response == *b"+PONG"
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

/// As many keys and arguments as a transition of the guard has, as long, and a response like its own.
struct Transition {
    script: Script,
    keys: Vec<String>,
    arguments: &'static [&'static str],
}

impl Transition {
    fn new(response: &str, keys: &[usize], arguments: &'static [&'static str]) -> Self {
        let keys = keys.iter().map(|length| "k".repeat(*length)).collect();
        Self { script: Script::new(&format!("return {response}")), keys, arguments }
    }

    async fn send(&self, connection: &mut MultiplexedConnection) {
        let mut call = self.script.prepare_invoke();
        for key in &self.keys {
            call.key(key);
        }
        for argument in self.arguments {
            call.arg(argument);
        }
        call.invoke_async::<Value>(connection).await.unwrap();
    }
}

/// What each operation of the guard sends.
fn transitions(operation: Operation) -> Vec<Transition> {
    match operation {
        Operation::Create => vec![
            Transition::new(
                "{0, 0}",
                &[57, 60],
                &[
                    "0",
                    "600000",
                    "4200000",
                    "3",
                    "86400000",
                    "1",
                    "30000",
                    "5",
                    "3600000",
                    "10",
                    "86400000",
                    "state",
                    "reserved",
                    "attempts",
                    "0",
                    "max_attempts",
                    "5",
                ],
            ),
            Transition::new("1", &[57, 59], &["0", "nothing:1234", "600000", "4200000", "5"]),
        ],
        Operation::Verify => vec![
            Transition::new("{'admitted', 'nothing:1234', 4}", &[57], &["0", "", ""]),
            Transition::new("'done'", &[57], &["0", "1"]),
        ],
        _ => vec![Transition::new("{'pending', 'nothing:1234'}", &[57], &["0", "0"])],
    }
}

/// How many round trips a operation of the guard makes.
pub(crate) fn round_trips(operation: Operation) -> usize {
    transitions(operation).len()
}

/// The same round trips without a guard.
pub(crate) struct Bare {
    runtime: Runtime,
    connection: MultiplexedConnection,
}

impl Bare {
    pub(crate) fn new(url: &str) -> Self {
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        let client = Client::open(url).unwrap();
        let connection = runtime.block_on(client.get_multiplexed_async_connection()).unwrap();
        Self { runtime, connection }
    }
}

impl Subject for Bare {
    fn run(&self, operation: Operation, calls: u64) -> Duration {
        let (transitions, mut connection) = (transitions(operation), self.connection.clone());
        self.runtime.block_on(async {
            let began = Instant::now();
            for _ in 0..calls {
                for transition in &transitions {
                    transition.send(&mut connection).await;
                }
            }
            began.elapsed()
        })
    }
}
